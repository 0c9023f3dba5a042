"""The request as every view behind the login gets it."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request of a person who is logged in."""

    user: User
    htmx: HtmxDetails
