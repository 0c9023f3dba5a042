"""How the pages are used."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pdfjobs.listing.language import SYNONYMS
from pdfjobs.listing.words import FIELDS
from pdfjobs.models import STATUSES
from pdfjobs.views.request import Request

MEANINGS = {
    "none": _("Nobody can tell: no solver on this machine, or no log says how it stands."),
    "pending": _("Waits for a free slot, or in the batch queue."),
    "running": _("The solver works; progress and time left come from its log."),
    "finished": _("It has ended, and how is not known yet."),
    "normal": _("The solver's log says that it ended well."),
    "error": _("The solver gave up; the page names the cause and the line that says so."),
    "other": _("Ended from outside: stopped, killed, out of time or memory, or silent too long."),
}
KEYS = (
    ("/", _("to the search")),
    ("j k", _("next and previous job in the list")),
    ("Enter", _("open the job")),
    ("x", _("select the job")),
    ("e", _("edit: the selected jobs, or the review on a job's page")),
    ("?", _("all keys of the page")),
    ("Esc", _("close, or leave the field")),
)
EXAMPLES = (
    ("bumper", _("a word in name, title, texts, messages … that begins so")),
    ("bumper v12", _("both words")),
    ("bumper -obsolete", _("the first, and not the second")),
    ("solver:calculix status:error", _("words in these fields alone")),
    ("status:error,other", _("one or the other")),
    ("error:negative", _("in the solver's errors; warning: in its warnings, message: in both")),
)


@require_safe
def help_page(request: Request) -> HttpResponse:
    context = {
        "meanings": [(status, MEANINGS[status]) for status in STATUSES],
        "keys": KEYS,
        "examples": EXAMPLES,
        "feedback_to": settings.PDFJOBS.web.feedback_to,
        "fields": sorted([*FIELDS, *SYNONYMS]),
    }
    return render(request, "pdfjobs/help.html", context)
