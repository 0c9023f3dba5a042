"""A job's relatives on its page, the mark of a rejected base, and the words of deck differences."""

import re
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pdfjobs import access, queries
from pdfjobs.decks.deckdiff import Value
from pdfjobs.decks.meshdiff import MeshChange
from pdfjobs.family.families import rejected_bases, relatives
from pdfjobs.markdown import plain
from pdfjobs.services import runagain
from pdfjobs.templatetags.diary import figure

register = template.Library()

_MARK = re.compile(r" \([0-9a-f]{8}\)$")
"""The fingerprint behind the size of a set."""

GROUP_WORDS = {
    "control": gettext_lazy("Control and time"),
    "material": gettext_lazy("Materials"),
    "section": gettext_lazy("Parts and sections"),
    "contact": gettext_lazy("Contacts"),
    "load": gettext_lazy("Loads and boundary conditions"),
    "curve": gettext_lazy("Curves and tables"),
    "set": gettext_lazy("Sets"),
    "output": gettext_lazy("Output"),
    "other": gettext_lazy("Other cards"),
}
KIND_WORDS = {
    "changed": gettext_lazy("changed"),
    "added": gettext_lazy("added"),
    "removed": gettext_lazy("removed"),
}
MESH_WORDS = {
    "count": gettext_lazy("%(what)s: %(before)s → %(after)s %(kind)s"),
    "added": gettext_lazy("%(what)s: %(after)s %(kind)s, new"),
    "removed": gettext_lazy("%(what)s: %(before)s %(kind)s, gone"),
    "moved": gettext_lazy("%(what)s: as many %(kind)s, in other places"),
    "connected": gettext_lazy("%(what)s: as many %(kind)s, connected in another way"),
    "renumbered": gettext_lazy("%(what)s: the same %(kind)s with other numbers"),
    "box": gettext_lazy("extent: %(before)s → %(after)s"),
    "more": gettext_lazy("%(after)s more parts of the mesh differ"),
}


@register.inclusion_tag("pdfjobs/_job_family.html", takes_context=True)
def job_family(context: dict[str, Any]) -> dict[str, Any]:
    """What the job is based on, and its variants."""
    job, user = context["job"], context["request"].user
    return {"job": job, "relatives": relatives(job, access.visible(user))}


@register.inclusion_tag("pdfjobs/_rejected_note.html", takes_context=True)
def rejected_note(context: dict[str, Any]) -> dict[str, Any]:
    """That the job descends from one that was turned down, of those that the person sees."""
    job, user = context["job"], context["request"].user
    found = rejected_bases([job]).get(job.number, [])
    seen = set(
        access.visible(user)
        .filter(number__in=[each.number for each in found])
        .values_list("number", flat=True)
    )
    return {
        "rejected": [each for each in found if each.number in seen],
        "unseen": len(found) - len(seen),
    }


@register.filter
def first_line(text: str) -> str:
    """The first line that says something, without the marks of Markdown."""
    return plain(next((line.strip() for line in text.splitlines() if line.strip()), ""))


@register.inclusion_tag("pdfjobs/_run_again.html", takes_context=True)
def run_again(context: dict[str, Any]) -> dict[str, Any]:
    """The button that hands the deck in once more, where that makes sense and the person may."""
    job, user = context["job"], context["request"].user
    run = queries.current_run(job)
    can = not runagain.refusal(job, run) and access.may(user, "start", job)
    return {"job": job, "can": can, "csrf_token": context.get("csrf_token")}


@register.filter
def before_words(value: Value) -> str:
    """A value of a deck with all digits that count, and sets without their fingerprint."""
    return _MARK.sub("", _exact(value.before))


@register.filter
def after_words(value: Value) -> str:
    """As `before_words`; of a set that is as large as it was, that it has other members."""
    words = _MARK.sub("", _exact(value.after))
    is_set = isinstance(value.after, str) and _MARK.search(value.after)
    if is_set and value.before is not None and words == before_words(value):
        return _("%(members)s, other ones") % {"members": words}
    return words


def _exact(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


@register.filter
def group_words(name: str) -> str:
    return str(GROUP_WORDS.get(name, name))


@register.filter
def kind_words(kind: str) -> str:
    return str(KIND_WORDS.get(kind, kind))


@register.filter
def mesh_words(change: MeshChange) -> str:
    """A change of the mesh as a sentence: "mesh of part 12: 4 210 → 4 455 shell elements"."""
    what = _("mesh of part %(part)s") % {"part": change.part} if change.part else _("mesh")
    said = {"what": what, "kind": change.kind}
    said |= {"before": figure(change.before), "after": figure(change.after)}
    return str(MESH_WORDS[change.what]) % said
