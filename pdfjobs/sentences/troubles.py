"""Why a message did not get through, and why a part of the service does not answer."""

from django.utils.translation import gettext_noop as _

from pdfjobs.sentences import Sentences

TROUBLES = Sentences(
    _("no answer within {seconds} s"),
    _("there is no such file"),
    _("mail server: {words}"),
    _("not taken"),
    _("This is a staging mirror: it starts no solver and sends no message."),
    _("disarmed: staging mirror"),
    _("The job is not yours to see any more."),
    _("The service has a new secret key and cannot read this address any more; enter it again."),
    _("This is not a service's address as Apprise takes it."),
    _("{host} is inside your network; messages to it need [notify] inside in pdfjobs.toml"),
    _("bubblewrap is not installed (apt-get install bubblewrap)"),
    _("bubblewrap cannot be run ({why})"),
    _("bubblewrap does not work here ({why})"),
)
PLACES = Sentences(_("{name} on this host"), _("{name} on {host}"))
"""Where a database is."""
