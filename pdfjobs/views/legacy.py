"""Addresses that people know from the diary that came before."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from pdfjobs import access
from pdfjobs.views.request import Request


@require_safe
def by_number(request: Request, number: int) -> HttpResponse:
    """A bare number leads to the job's page."""
    return redirect("job", number=access.job_for(request.user, number).number)
