"""A family of base runs as a picture."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pdfjobs import access
from pdfjobs.family import families, familytree
from pdfjobs.family.families import Family, Rejected
from pdfjobs.models import Job
from pdfjobs.templatetags.diary import SHAPES
from pdfjobs.templatetags.family import first_line
from pdfjobs.views.request import Request
from pdfjobs.wording import ASSESSMENT_WORDS, SHORT_STATUS, STATUS_NAMES

NAME_SHOWN = 24
"""Letters of a name that fit into a box of the picture…"""
NAME_BEGIN = 9
"""…and how many of a longer one's begin."""


@dataclass(frozen=True)
class Box:
    """A node of the picture as its template draws it."""

    node: familytree.Node
    job: Job | None
    here: bool
    rejected: list[Rejected]

    @property
    def name(self) -> str:
        name = self.job.name if self.job else ""
        if len(name) <= NAME_SHOWN:
            return name
        end = NAME_SHOWN - NAME_BEGIN - 1  # where variants' names differ
        return f"{name[:NAME_BEGIN]}…{name[-end:]}"

    @property
    def kind(self) -> str:
        if self.job is None:
            return "is-folded" if self.node.folded else "is-unknown"
        return f"is-{self.job.status} as-{self.job.result_assessment or 'open'}"

    @property
    def shape(self) -> str:
        return SHAPES.get(self.job.status, "○") if self.job else ""

    @property
    def status(self) -> str:
        return STATUS_NAMES.said(self.job.status) if self.job else ""

    @property
    def short_status(self) -> str:
        return SHORT_STATUS.get(self.job.status, "") if self.job else ""

    @property
    def assessment(self) -> str:
        code = self.job.result_assessment if self.job else ""
        return ASSESSMENT_WORDS.said(code) if code else ""

    @property
    def info(self) -> str:
        return first_line(self.job.info) if self.job else ""


@dataclass(frozen=True)
class Row:
    """A line of the nested list."""

    item: familytree.Item
    box: Box


@require_safe
def family_page(request: Request, number: int) -> HttpResponse:
    """The jobs that base runs tie to this one, as a picture and as a list."""
    job = access.job_for(request.user, number)
    family = families.family_of(job, access.visible(request.user))
    rejected = _rejected(family)
    tree = familytree.drawn(family.jobs.keys(), family.edges, job.number)
    items = familytree.listed(family.jobs.keys(), family.edges)

    def box(node: familytree.Node) -> Box:
        its = None if node.folded else family.jobs.get(node.number)
        here = not node.folded and node.number == job.number
        return Box(node, its, here, rejected.get(node.number, []) if its else [])

    boxes = [box(node) for node in tree.nodes]
    shown = {
        "job": job,
        "family": family,
        "tree": tree,
        "boxes": boxes,
        "legend": _legend(tree, boxes),
        "rows": [Row(item, box(familytree.Node(item.number))) for item in items],
    }
    return render(request, "pdfjobs/family.html", shown)


def _legend(tree: familytree.Tree, boxes: list[Box]) -> set[str]:
    """What of the picture needs words."""
    there = {
        "circle": any(line.back for line in tree.lines),
        "unknown": any(each.kind == "is-unknown" for each in boxes),
        "folded": any(each.kind == "is-folded" for each in boxes),
        "rejected": any(each.rejected for each in boxes),
    }
    return {name for name, is_there in there.items() if is_there}


def _rejected(family: Family) -> dict[int, list[Rejected]]:
    """Only those that the person sees."""
    found = families.rejected_bases(family.jobs.values())
    return {
        number: [each for each in bases if each.number in family.jobs]
        for number, bases in found.items()
    }
