"""What helps while a review is written."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from pdfjobs import access
from pdfjobs.markdown import around, rendered
from pdfjobs.models import Tag
from pdfjobs.reviewpanel import WRITTEN
from pdfjobs.views.request import Request

MOST_PREVIEWED = 100_000
"""Characters, as many as the form takes."""
MOST_TAGS = 20
LATEST = 2000
"""Uses of tags that suggestions are made of."""


@require_POST
def preview(request: Request, number: int) -> HttpResponse:
    """One text of the form as it will look; nothing is saved."""
    job = access.job_for(request.user, number)
    field = request.GET.get("field", "")
    text = request.POST.get(field if field in WRITTEN else WRITTEN[0], "")[:MOST_PREVIEWED]
    return HttpResponse(rendered(text, around(job, request.user, [text])))


@require_safe
def tag_words(request: Request) -> HttpResponse:
    """Tags that begin so, of jobs that this person sees, the latest first."""
    begin = " ".join(request.GET.get("q", "").split())[:50]
    uses = Tag.objects.filter(name__istartswith=begin) if begin else Tag.objects.all()
    if not access.sees_all(request.user):
        uses = uses.filter(job__in=access.visible(request.user))
    names = uses.order_by("-id").values_list("name", flat=True)[:LATEST]
    return JsonResponse({"tags": list(dict.fromkeys(names))[:MOST_TAGS]})
