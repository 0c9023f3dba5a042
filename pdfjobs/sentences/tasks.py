"""What workers are busy with, as tasks describe themselves on the queue's own pages."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

from pdfjobs.sentences import Sentences

TASKS = Sentences(
    _("{said} (its worker died {times}x)"),
    _("{said} (try {number}, after: {why})"),
    _("sweep the diary"),
    _("messages to people"),
    _("forget {names}"),
    _("note {names} arriving"),
    _("take in {name}"),
    _("go on with {name}"),
    _("stop {run}"),
    _("look through the deck of {job}"),
    _("mark warnings and errors in {name} of {number}"),
    _("run the deck of {job} again"),
    lambda n: ngettext("read {n} log in {folder}", "read {n} logs in {folder}", n),
    lambda n: ngettext("read on {n} log in {folder}", "read on {n} logs in {folder}", n),
    lambda n: ngettext("read again {n} log in {folder}", "read again {n} logs in {folder}", n),
    lambda n: ngettext("import {n} log in {folder}", "import {n} logs in {folder}", n),
    _("read again {name} in {folder}"),
    _("read on {name} in {folder}"),
    _("read {name} in {folder}"),
    _("{number} {name}, run {ordinal} ({solver})"),
)
