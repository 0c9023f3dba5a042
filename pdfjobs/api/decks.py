"""Decks handed in, and what became of them."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import File, Form, Router, Status, UploadedFile

from pdfjobs import access
from pdfjobs.api.asking import person
from pdfjobs.api.errors import InvalidError
from pdfjobs.api.schemas import Drop
from pdfjobs.dropform import DropForm
from pdfjobs.models import IntakeRecord

router = Router(tags=["decks"])


@router.post("", response={201: Drop}, summary="Hand in a deck")
def hand_in(
    request: HttpRequest,
    deck: File[list[UploadedFile]],
    project: Form[str] = "",
    info: Form[str] = "",
    base_runs: Form[str] = "",
    folder: Form[str] = "",
    main: Form[str] = "",
    paths: Form[list[str]] = [],  # noqa: B006 - the library's own way to say what is missing
) -> Any:
    """A file or an archive as `deck`; several files, one job: say `folder`, the name of their folder, and for each its
    path in that folder in `paths`. `base_runs`: numbers with blanks between them. `main`: which file is the deck.

    It goes the hot folder's way: ask for it again until its state is taken or refused.
    """
    form = DropForm(request.POST, request.FILES)
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise InvalidError(f"{name}: {' '.join(map(str, problems))}")
    (record,) = form.hand_in(person(request), together=True)
    return Status(201, _drop(record))


@router.get("/{int:drop}", response=Drop, summary="What became of it")
def one(request: HttpRequest, drop: int) -> Any:
    return _drop(
        get_object_or_404(access.visible_drops(person(request)).select_related("job"), pk=drop)
    )


def _drop(record: IntakeRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "name": record.name,
        "state": record.state,
        "reason": record.reason,
        "job": record.job.number if record.job else None,
        "seen_at": record.seen_at,
    }
