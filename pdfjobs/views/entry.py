"""Ways in: the login page, the one-time link, and one's own password."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods
from django.views.defaults import page_not_found

from pdfjobs import knownbrowser, loginlink
from pdfjobs.directory import adapter
from pdfjobs.loginform import LoginForm, address_of
from pdfjobs.services import audit, directory, logins

NOTHING_THERE = {
    "error": "not_found",
    "detail": "The API has no such address.",
    "remedy": "Its addresses are in /api/v1/openapi.json.",
}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@method_decorator(login_not_required, name="dispatch")
class Login(auth_views.LoginView):
    """The one login page, also the admin's."""

    redirect_authenticated_user = True
    authentication_form = LoginForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if getattr(request, "htmx", False):
            # A poll of a page whose session is over was sent here: the page itself must come here.
            response.headers["HX-Refresh"] = "true"
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        knownbrowser.remember(response, form.get_user().get_username())
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.wait_s is not None:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.wait_s)
        return response


class Logout(auth_views.LogoutView):
    """Leaves a row of who left."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            logins.left(request.user.get_username(), address_of(request))
        return super().post(request, *args, **kwargs)


class Password(auth_views.PasswordChangeView):
    """Asks for the old password where the account has one."""

    template_name = "registration/password.html"
    success_url = reverse_lazy("job_list")

    def get_form_class(self) -> Any:
        user: Any = self.request.user
        return super().get_form_class() if user.has_usable_password() else SetPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("The new password is set."))
        audit.note(form.user, form.user, "changed", "set a new password")
        return super().form_valid(form)


def admin_login(request: HttpRequest) -> HttpResponse:
    """Sends the admin's login to ours."""
    wanted = request.GET.get("next") or reverse("admin:index")
    return redirect(f"{reverse('login')}?{urlencode({'next': wanted})}")


@login_not_required
@require_http_methods(["GET", "POST"])
@sensitive_variables("token")
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Shows a button, and logs in by it: what only looks at links must not use them up."""
    user = loginlink.holder(token)
    if user is None or (request.method == "POST" and not loginlink.use_up(user)):
        return render(request, "registration/link_void.html", status=403)
    if request.method == "GET":
        return render(request, "registration/enter.html", {"holder": user})
    login(request, user, backend=_backend_of(user))
    logins.entered(user.get_username(), address_of(request))
    response = redirect("job_list")
    knownbrowser.remember(response, user.get_username())
    return response


def _backend_of(user: User) -> str:
    """Who is asked for the account while the session lasts."""
    theirs = settings.PDFJOBS.ldap.url and directory.is_the_directorys(user)
    return adapter.BACKEND if theirs else BACKEND


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Says so to people who are logged in; strangers learn nothing of what exists. Programs get JSON."""
    if request.path.startswith("/api/"):
        return JsonResponse(NOTHING_THERE, status=404)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return page_not_found(request, exception)
