"""What early warnings say: the words of `workers/alerts.toml`."""

from django.utils.translation import gettext_noop as _

from pdfjobs.sentences import Sentences

ALERTS = Sentences(
    _("total energy is {value} of initial energy and external work: energy is made or lost"),
    # xgettext:no-python-format
    _("energy error {value} %: above 0 energy is made, far below it is lost"),
    _("hourglass energy is {value} of the peak internal energy"),
    _(
        "sliding energy is negative, {value} of the peak internal energy: penetrations that were not seen"
    ),
    # xgettext:no-python-format
    _("mass scaling has added {value} % of mass: inertia is falsified"),
    _("mass has grown by {value} of the model's: inertia is falsified"),
    _("mass scaling has added {value} of the mass: inertia is falsified"),
    _("time step {last} is {value} of the first one: an element collapses, the run takes longer"),
    _("increment {last} is {value} of the first one: near the smallest one that the solver takes"),
    _("{last} attempts given up for {of} increments: it hardly converges"),
    _("{series} is no number any more: the solution has diverged, though the solver may run on"),
    _("residual of {field} is {value} decades above its lowest"),
    _("residual of {field} stays at {last}: no new lowest in the last {value} of the log"),
    _("continuity error {value}: mass is not kept"),
    _("largest Courant number {value}: the time step is long for this mesh"),
    _(
        "will likely not reach its end within the wall limit: {of} is allowed, about {value} would be needed"
    ),
    _("no log has grown since {since}; a line came each {value} before"),
)
