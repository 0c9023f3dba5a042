"""Searches of the job list that people keep under a name."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from pdfjobs import names
from pdfjobs.models import SavedView
from pdfjobs.services.errors import RefusedError

MOST = 100
"""Views of one person."""
LONGEST = 100
"""Letters of a name."""


def views_for(user: User) -> QuerySet[SavedView]:
    """One's own, and those that others share."""
    seen = SavedView.objects.filter(Q(owner=user) | Q(shared=True))
    return seen.select_related("owner").order_by("name", "pk")


def save_view(user: User, name: str, query: str, *, shared: bool) -> SavedView:
    """Keeps the query under the name, in the place of one's own view of that name.

    RefusedError for a name that is empty or too long, and for more views than anybody finds again.
    """
    name = " ".join(names.readable(name).split())
    if not name:
        raise RefusedError(_("A saved view needs a name."))
    if len(name) > LONGEST:
        raise RefusedError(_("A view's name has at most %(most)s letters.") % {"most": LONGEST})
    if SavedView.objects.filter(owner=user).exclude(name=name).count() >= MOST:
        raise RefusedError(_("You have %(n)s saved views; delete one first.") % {"n": MOST})
    view, _is_new = SavedView.objects.update_or_create(
        owner=user, name=name, defaults={"query": query, "shared": shared}
    )
    return view


def delete_view(user: User, pk: int) -> str:
    """Deletes one's own view and gives its name; SavedView.DoesNotExist for another's."""
    view = SavedView.objects.get(owner=user, pk=pk)
    view.delete()
    return view.name
