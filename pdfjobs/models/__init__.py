"""What the diary keeps: jobs, their runs, what was read from each log, who did what, and who may.

Only `pdfjobs.services` writes these tables; pages read them through `pdfjobs.queries`.
"""

from pdfjobs.models.intake import INTAKE_STATES, Counter, IntakeRecord
from pdfjobs.models.job import (
    ANALYSIS_STATUSES,
    ASSESSMENTS,
    ENDED,
    STATUSES,
    Attachment,
    BaseRun,
    History,
    Job,
    Tag,
)
from pdfjobs.models.notice import EVENTS, Channel, Follow, Notice
from pdfjobs.models.people import ROLES, Member, Project, SavedView, Token
from pdfjobs.models.run import LogFile, Message, Run, SeriesChunk, SeriesPiece

__all__ = [
    "ANALYSIS_STATUSES",
    "ASSESSMENTS",
    "ENDED",
    "EVENTS",
    "INTAKE_STATES",
    "ROLES",
    "STATUSES",
    "Attachment",
    "BaseRun",
    "Channel",
    "Counter",
    "Follow",
    "History",
    "IntakeRecord",
    "Job",
    "LogFile",
    "Member",
    "Message",
    "Notice",
    "Project",
    "Run",
    "SavedView",
    "SeriesChunk",
    "SeriesPiece",
    "Tag",
    "Token",
]
