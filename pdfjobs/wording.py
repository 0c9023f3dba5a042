"""What people read for the diary's codes, in the language of who asks; codes alone are stored, searched and compared."""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override, pgettext_lazy


class Words(Mapping[str, str]):
    """By code, worded when they are asked for: never keep them beyond one answer."""

    def __init__(self, said: Mapping[str, str | Promise]) -> None:
        self._said = said

    def __getitem__(self, code: str) -> str:
        return str(self._said[code])

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)

    def said(self, code: str) -> str:
        """Its words; what has none, as it is."""
        return self.get(code, code)

    def untranslated(self) -> dict[str, str]:
        """For files that programs read."""
        with override(None):
            return dict(self)


STATUS_NAMES = Words(
    {
        "none": pgettext_lazy("status", "undefined"),
        "pending": pgettext_lazy("status", "pending"),
        "running": pgettext_lazy("status", "running"),
        "finished": pgettext_lazy("status", "finished"),
        "normal": pgettext_lazy("status", "normal termination"),
        "error": pgettext_lazy("status", "error termination"),
        "other": pgettext_lazy("status", "other termination"),
    }
)
"""In English as `listing.words.STATUS_WORDS`, which find jobs in every language."""
SHORT_STATUS = Words(
    {
        "none": pgettext_lazy("short status", "none"),
        "pending": pgettext_lazy("short status", "pending"),
        "running": pgettext_lazy("short status", "running"),
        "finished": pgettext_lazy("short status", "finished"),
        "normal": pgettext_lazy("short status", "normal"),
        "error": pgettext_lazy("short status", "error"),
        "other": pgettext_lazy("short status", "other"),
    }
)
"""For the boxes of a picture."""
ANALYSIS_WORDS = Words(
    {
        "open": pgettext_lazy("analysis", "open"),
        "ongoing": pgettext_lazy("analysis", "ongoing"),
        "done": pgettext_lazy("analysis", "done"),
    }
)
ASSESSMENT_WORDS = Words(
    {
        "": pgettext_lazy("result", "not assessed"),
        "ok": pgettext_lazy("result", "OK"),
        "not_ok": pgettext_lazy("result", "not OK"),
        "other": pgettext_lazy("result", "other"),
        "issue": pgettext_lazy("result", "issue"),
        "obsolete": pgettext_lazy("result", "obsolete"),
    }
)
INTAKE_WORDS = Words(
    {
        "arriving": pgettext_lazy("intake", "arriving"),
        "claimed": pgettext_lazy("intake", "being taken in"),
        "taken": pgettext_lazy("intake", "taken"),
        "refused": pgettext_lazy("intake", "refused"),
        "gone": pgettext_lazy("intake", "taken away"),
    }
)
SEVERITY_WORDS = Words(
    {
        "fatal": pgettext_lazy("severity", "fatal"),
        "error": pgettext_lazy("severity", "error"),
        "warning": pgettext_lazy("severity", "warning"),
        "note": pgettext_lazy("severity", "note"),
    }
)
INCLUDE_WORDS = Words(
    {
        "missing": pgettext_lazy("include", "missing"),
        "outside": pgettext_lazy("include", "outside"),
        "unread": pgettext_lazy("include", "unread"),
    }
)
CAUSE_WORDS = Words(
    {
        "licence": pgettext_lazy("cause", "licence"),
        "missing file": pgettext_lazy("cause", "missing file"),
        "input error": pgettext_lazy("cause", "input error"),
        "singular matrix": pgettext_lazy("cause", "singular matrix"),
        "no convergence": pgettext_lazy("cause", "no convergence"),
        "time step too small": pgettext_lazy("cause", "time step too small"),
        "negative volume": pgettext_lazy("cause", "negative volume"),
        "energy error": pgettext_lazy("cause", "energy error"),
        "floating point error": pgettext_lazy("cause", "floating point error"),
        "out of memory": pgettext_lazy("cause", "out of memory"),
        "out of disk": pgettext_lazy("cause", "out of disk"),
        "wall limit": pgettext_lazy("cause", "wall limit"),
        "killed by user": pgettext_lazy("cause", "killed by user"),
        "killed by system": pgettext_lazy("cause", "killed by system"),
        "MPI failure": pgettext_lazy("cause", "MPI failure"),
        "crash": pgettext_lazy("cause", "crash"),
        "unknown": pgettext_lazy("cause", "unknown"),
    }
)
"""Why runs fail, by the words of `workers/parsers/causes.py`."""
RULE_WORDS = Words(
    {
        "energy ratio": pgettext_lazy("early warning", "energy ratio"),
        "energy error": pgettext_lazy("early warning", "energy error"),
        "hourglass energy": pgettext_lazy("early warning", "hourglass energy"),
        "contact energy": pgettext_lazy("early warning", "contact energy"),
        "added mass": pgettext_lazy("early warning", "added mass"),
        "time step": pgettext_lazy("early warning", "time step"),
        "cutbacks": pgettext_lazy("early warning", "cutbacks"),
        "no number": pgettext_lazy("early warning", "no number"),
        "residual grows": pgettext_lazy("early warning", "residual grows"),
        "residual stalled": pgettext_lazy("early warning", "residual stalled"),
        "continuity": pgettext_lazy("early warning", "continuity"),
        "Courant number": pgettext_lazy("early warning", "Courant number"),
        "wall limit": pgettext_lazy("early warning", "wall limit"),
        "stalled": pgettext_lazy("early warning", "stalled"),
    }
)
"""By the names of the rules of `workers/alerts.toml`."""
QUEUE_WORDS = Words(
    {
        "arrivals": pgettext_lazy("queue", "decks to show as arriving"),
        "intake": pgettext_lazy("queue", "decks to take in"),
        "ingest": pgettext_lazy("queue", "logs that changed"),
        "backlog": pgettext_lazy("queue", "logs of an import, or to be read once more"),
        "solve": pgettext_lazy("queue", "runs on this machine"),
        "upkeep": pgettext_lazy("queue", "the diary's own upkeep"),
        "notices": pgettext_lazy("queue", "messages to people"),
    }
)
"""What each holds."""
KEPT_WORDS = Words(
    {
        "every write": pgettext_lazy("kept on disk", "every write"),
        "snapshots only": pgettext_lazy("kept on disk", "snapshots only"),
    }
)
"""What of its data the queue server keeps."""
ROOT_WORDS = Words(
    {
        "watched": pgettext_lazy("root", "watched"),
        "polled": pgettext_lazy("root", "polled"),
        "mixed": pgettext_lazy("root", "mixed"),
        "missing": pgettext_lazy("root", "missing"),
    }
)
WORKER_WORDS = Words(
    {
        "started": pgettext_lazy("worker", "started"),
        "idle": pgettext_lazy("worker", "idle"),
        "busy": pgettext_lazy("worker", "busy"),
        "suspended": pgettext_lazy("worker", "suspended"),
    }
)
"""For a terminal."""
ROLE_WORDS = Words(
    {
        "viewer": pgettext_lazy("role", "viewer"),
        "member": pgettext_lazy("role", "member"),
        "manager": pgettext_lazy("role", "manager"),
    }
)
TYPE_WORDS = Words(
    {
        "results": pgettext_lazy("file", "results"),
        "log": pgettext_lazy("file", "log"),
        "deck": pgettext_lazy("file", "deck"),
        "table": pgettext_lazy("file", "table"),
        "picture": pgettext_lazy("file", "picture"),
        "document": pgettext_lazy("file", "document"),
        "archive": pgettext_lazy("file", "archive"),
    }
)
LOG_WORDS = Words(
    {
        "screen": pgettext_lazy("log", "screen output"),
        "history": pgettext_lazy("log", "history"),
        "engine": pgettext_lazy("log", "engine"),
        "starter": pgettext_lazy("log", "starter"),
        "solver": pgettext_lazy("log", "solver"),
        "utility": pgettext_lazy("log", "utility program"),
        "log": "",
    }
)
"""Which of a solver's logs it is, where that is not a file's ending or name; a log as such needs no word."""
FIELD_WORDS = Words(
    {
        "info": gettext_lazy("information"),
        "result_summary": gettext_lazy("summary"),
        "result_assessment": gettext_lazy("result"),
        "analysis_status": gettext_lazy("analysis"),
        "base_runs": gettext_lazy("base runs"),
        "status": gettext_lazy("status"),
        "tags": gettext_lazy("tags"),
        "reviewer": gettext_lazy("reviewer"),
        "attachment": gettext_lazy("attachment"),
        "taken in": gettext_lazy("taken in"),
        "found": gettext_lazy("found"),
        "folder": gettext_lazy("folder"),
        "stop": gettext_lazy("stop"),
        "retry": gettext_lazy("retry"),
        "run again": gettext_lazy("run again"),
    }
)
"""Of rows of history; the name of another field is its word."""
UNIT_WORDS = Words(
    {
        "d": pgettext_lazy("days", "d"),
        "h": pgettext_lazy("hours", "h"),
        "min": pgettext_lazy("minutes", "min"),
        "s": pgettext_lazy("seconds", "s"),
    }
)
