"""What people have the service do with a job."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from pdfjobs import access
from pdfjobs.api.asking import person
from pdfjobs.api.schemas import Act
from pdfjobs.services import runs
from pdfjobs.services import status as status_service

router = Router(tags=["acts"])


@router.post("/{int:number}/stop", response={202: Act}, summary="Ask the solver to end")
def stop(request: HttpRequest, number: int) -> Any:
    user = person(request)
    runs.request_stop(access.job_for(user, number, "start"), user.get_username())
    return Status(202, {"number": number, "done": "The solver is asked to stop."})


@router.post("/{int:number}/retry", response={202: Act}, summary="Run the deck again")
def retry(request: HttpRequest, number: int) -> Any:
    user = person(request)
    runs.request_retry(access.job_for(user, number, "start"), user.get_username())
    return Status(202, {"number": number, "done": "A new run is queued."})


@router.post("/{int:number}/automatic", response=Act, summary="Give the status back to the machine")
def automatic(request: HttpRequest, number: int) -> Any:
    user = person(request)
    status_service.give_back(access.job_for(user, number, "review"), user.get_username())
    return {"number": number, "done": "The status is automatic again."}
