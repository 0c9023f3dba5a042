"""Why a job has its status, in the words of `workers.verdict`, of what starts runs, and of services; rows of its history note the same."""

from django.utils.translation import gettext_noop as _

from pdfjobs.sentences import Sentences

REASONS = Sentences(
    _("waits for a free slot"),
    _("no log says how it stands"),
    _("silent since {since}"),
    _("the solver could not be started"),
    _("the solver could not be confined ({why}); see [confine]"),
    _("stopped by {who} before it started"),
    _("stopped by {who}"),
    _("stopped"),
    _("given back to automatic"),
    _("set by {who}"),
    _("wall limit of {limit} s reached"),
    _("took more memory than the {limit} GB that a run may have (confine.memory_bytes)"),
    _("began more than the {limit} processes that a run may have (confine.processes)"),
    _("the solver crashed ({signal}): {words}"),
    _("the solver crashed ({signal})"),
    _("killed by {signal}"),
    _("ended without an end mark; its exit code is not known"),
    _("ended without an end mark, exit code {code}"),
    _("{words}, but exit code {code}"),
    _("{step} ended with exit code {code}; its words are in {log}"),
    _("no command for the solver {solver} in pdfjobs.toml ([solvers.{solver}])"),
    _("[solvers.{solver}]: none of its steps is for this run"),
    _("the application {name} is none that solvers.{solver}.applications allows"),
    _("{program} not found on this machine"),
    _("not started, and why was lost; run it again"),
    _("This is a staging mirror: it starts no solver and sends no message."),
    _(
        "{place}: solvers must be confined and cannot be on {host}: {why};"
        ' make it work, or set confine.mode = "auto"'
    ),
)
