"""A person's own keys to the API."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from pdfjobs.models import Token
from pdfjobs.services import tokens as service
from pdfjobs.services.errors import RefusedError
from pdfjobs.views.request import Request


class TokenForm(forms.Form):
    """What a token is for, and how long it holds."""

    name = forms.CharField(
        max_length=100,
        label=gettext_lazy("What it is for"),
        widget=forms.TextInput({"placeholder": gettext_lazy("nightly batch on the cluster")}),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Holds for"),
        coerce=int,
        initial=90,
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (365, gettext_lazy("a year")),
            (0, gettext_lazy("until it is revoked")),
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def token_list(request: Request) -> HttpResponse:
    """One's tokens; a new one's secret is in the answer to the form, and nowhere else."""
    if request.method != "POST":
        return _page(request, TokenForm())
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    try:
        _token, secret = service.make(request.user, said["name"], said["days"] or None)
    except RefusedError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=409)
    return _page(request, TokenForm(), secret=secret)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    if not service.revoke(request.user, pk):
        raise Http404("no such token of yours")
    messages.success(request, _("The token is revoked: it opens nothing any more."))
    return redirect("tokens")


def _page(
    request: Request, form: TokenForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "tokens": Token.objects.filter(user=request.user), "secret": secret}
    return render(request, "pdfjobs/tokens.html", context, status=status)
