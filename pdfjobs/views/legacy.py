"""Addresses that people know from the diary that came before."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from pdfjobs.models import Job
from pdfjobs.views.request import Request


@require_safe
def by_number(request: Request, number: int) -> HttpResponse:
    """A bare number leads to the job's page."""
    return redirect("job", number=get_object_or_404(Job, number=number).number, permanent=False)
