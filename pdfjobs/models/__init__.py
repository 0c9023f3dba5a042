"""What the diary keeps: jobs, their runs, what was read from each log, who did what, and who may.

Only `pdfjobs.services` writes these tables; pages read them through `pdfjobs.queries`.
"""

from pdfjobs.models.deck import DeckCards
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
from pdfjobs.models.logins import LOGIN_ACTS, DirectoryAccount, LoginRecord
from pdfjobs.models.notice import EVENTS, Channel, Event, Follow, Notice
from pdfjobs.models.people import ROLES, Member, Project, SavedView, Token
from pdfjobs.models.run import LogFile, Message, Run, SeriesChunk, SeriesLevel, SeriesPiece

__all__ = [
    "ANALYSIS_STATUSES",
    "ASSESSMENTS",
    "ENDED",
    "EVENTS",
    "INTAKE_STATES",
    "LOGIN_ACTS",
    "ROLES",
    "STATUSES",
    "Attachment",
    "BaseRun",
    "Channel",
    "Counter",
    "DeckCards",
    "DirectoryAccount",
    "Event",
    "Follow",
    "History",
    "IntakeRecord",
    "Job",
    "LogFile",
    "LoginRecord",
    "Member",
    "Message",
    "Notice",
    "Project",
    "Run",
    "SavedView",
    "SeriesChunk",
    "SeriesLevel",
    "SeriesPiece",
    "Tag",
    "Token",
]
