"""What people say of a job, read and written."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from pdfjobs import access
from pdfjobs.api.asking import person
from pdfjobs.api.errors import InvalidError
from pdfjobs.api.schemas import ReviewIn, ReviewOut
from pdfjobs.forms import ReviewForm
from pdfjobs.models import Job
from pdfjobs.services import review as service

router = Router(tags=["review"])


@router.get("/{int:number}/review", response=ReviewOut, summary="The review")
def read(request: HttpRequest, number: int) -> Any:
    return _review(access.job_for(person(request), number))


@router.patch("/{int:number}/review", response=ReviewOut, summary="Change the review")
def change(request: HttpRequest, number: int, sent: ReviewIn) -> Any:
    """Checked by the page's own form; 409 when somebody changed the review since `version`."""
    user = person(request)
    job = access.job_for(user, number, "review")
    given = {
        name: value
        for name, value in sent.model_dump(exclude={"version"}).items()
        if value is not None
    }
    said = {name: _text(name, value) for name, value in given.items()}
    form = ReviewForm({**service.current_review(job), **said, "version": sent.version}, job=job)
    if unknown := given.keys() - form.fields.keys():
        raise InvalidError(f"{', '.join(sorted(unknown))}: not a field of the review.")
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise InvalidError(f"{name}: {' '.join(map(str, problems))}")
    changes = {name: value for name, value in form.changes().items() if name in given}
    job = service.save_review(job, actor=user.get_username(), version=sent.version, changes=changes)
    return _review(job)


def _text(name: str, value: Any) -> str:
    return service.as_text(name, value) if isinstance(value, list) else str(value)


def _review(job: Job) -> dict[str, Any]:
    kept = service.current_review(job)
    return {
        **kept,
        "base_runs": [int(word) for word in kept["base_runs"].split()],
        "tags": service.tag_names(kept["tags"]),
        "status": job.status,
        "version": service.version_of(job),
    }
