"""What rows of history note, those of a status left out, and what the administration's log does."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

from pdfjobs.sentences import Sentences

NOTES = Sentences(
    _("{name} from the hot folder"),
    _("asked to end"),
    _("run {number}"),
    _("a log of {solver} in {folder}"),
    _("gone from the disk"),
    _("back on the disk"),
    _("undo of a change by {who}; {more}"),
    _("undo of a change by {who}"),
    lambda n: ngettext("together with {n} other job", "together with {n} other jobs", n),
    _("{media_type}, {size} bytes, from {who}"),
    _("the deck is copied to the hot folder"),
    _("handed in as {name}"),
    _("not handed in: the deck cannot be copied ({why})"),
    _("not handed in: {said}"),
    _("{name} is not in the run's folder any more."),
    _("The deck has more than {most} files."),
    _("There is no room on the diary's disk for a copy of the deck."),
    _("{name} is no plain file."),
    _("The diary knows no deck of this job."),
    _("The job has not ended yet."),
    _("The run's folder is gone from the disk, and the deck with it."),
    _("made the project"),
    _("removed, with its members"),
    _("{who} added as {role}"),
    _("{who} taken out by the directory, was {role}"),
    _("{who} taken out, was {role}"),
    _("{who} is {role} by the directory"),
    _("made"),
    _("revoked"),
    _("set a new password"),
    _("{said}, by the directory"),
    _("opened again"),
    _("closed"),
    _("administrator"),
    _("staff"),
    _("no staff"),
)
