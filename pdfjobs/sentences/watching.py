"""What the watcher says of its roots and of the kernel's limits."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

from pdfjobs.sentences import Sentences

WHYS = Sentences(
    _("not looked at yet"),
    _("set to poll"),
    _("a file written there made no event"),
    _("changes were found there that no event had told of"),
    _("it is missing"),
    _("it does not answer"),
    _("nothing is mounted there"),
    _("it is empty, and was not"),
    _("the kernel gives no more watches"),
    _("no events from {places}"),
    _("not mounted: {places}"),
    _("another host may write here ({fs_type})"),
    _("the host of this virtual machine may write here ({fs_type})"),
    _("what lies behind it may change without an event ({fs_type})"),
    _("the kernel's limit of watches is reached (fs.inotify.max_user_watches)"),
    _("the kernel's limit of event queues is reached (fs.inotify.max_user_instances)"),
)
"""Why a root is polled, in part or whole, or missing."""
ADVICE = Sentences(
    lambda n: ngettext(
        "The kernel has no watch left of the {limit} that this user's processes may hold for"
        " {n} folder, polled instead: {said}; {wanted} watches take about {size} MB of its memory.",
        "The kernel has no watch left of the {limit} that this user's processes may hold for"
        " {n} folders, polled instead: {said}; {wanted} watches take about {size} MB of its memory.",
        n,
    ),
    lambda n: ngettext(
        "The kernel has no watch left for {n} folder, polled instead: {said};"
        " {wanted} watches take about {size} MB of its memory.",
        "The kernel has no watch left for {n} folders, polled instead: {said};"
        " {wanted} watches take about {size} MB of its memory.",
        n,
    ),
    _("{held} of the kernel's {limit} watches are held by this watcher: {said}."),
    _(
        "The kernel's queue of {limit} events overflowed once, and what it lost was found by looking again,"
        " which is slower: {said}, then restart the watcher."
    ),
    _(
        "The kernel's queue of {limit} events overflowed {times} times, and what it lost was found by"
        " looking again, which is slower: {said}, then restart the watcher."
    ),
    _(
        "The kernel's queue overflowed once, and what it lost was found by looking again,"
        " which is slower: {said}, then restart the watcher."
    ),
    _(
        "The kernel's queue overflowed {times} times, and what it lost was found by looking again,"
        " which is slower: {said}, then restart the watcher."
    ),
    _(
        "The kernel has no inotify instance left of the {limit} that this user's processes may hold,"
        " so folders are polled: {said}."
    ),
    _("The kernel has no inotify instance left, so folders are polled: {said}."),
    _("run `sysctl {key}={value}` and, for it to last, put `{line}` in /etc/sysctl.d"),
)
