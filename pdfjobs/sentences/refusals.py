"""Why a thing in the hot folder was not taken in, or not yet: the words of `workers/intake`."""

from django.utils.translation import gettext_noop as _

from pdfjobs.sentences import Sentences

REFUSALS = Sentences(
    _("taken away before it had settled"),
    _("taken away while it was taken in"),
    _("cannot be taken in yet: {why}; tried again by itself"),
    _("{name} cannot be taken in: {why}; give the service's user write permission on it."),
    _("It is a symbolic link; drop the file itself."),
    _("It is neither a file nor a folder; drop a deck."),
    _("It is a sidecar, but no deck {name} came with it; drop both together, the sidecar first."),
    _("Several sidecars in it: {names}; keep one."),
    _("{name}: larger than {most} bytes; that is no sidecar."),
    _("{name}: not valid TOML: {why}. Mend the sidecar and drop it again with the deck."),
    _("{name}: {faults}. Allowed keys: {keys}. Mend the sidecar and drop it again with the deck."),
    _('The sidecar names the deck "{name}", but the folder has no such file.'),
    _(
        "The sidecar says cores = {cores}, but system/decomposeParDict numberOfSubdomains {parts};"
        " make them the same and drop it again."
    ),
    _("{name} names no application, so nobody knows what to start; write: application icoFoam;"),
    _(
        '{name} names the application "{application}", which the settings do not allow'
        " (solvers.{solver}.applications)."
    ),
    _("{name}: {words}; a case may load libraries of the installation only, by name."),
    _(
        "The folder has more than {most} entries (intake.max_members); drop only what the run needs."
    ),
    _("The folder has folders nested more than {most} deep; drop only what the run needs."),
    _(
        "The folder {name} cannot be read ({why}); give the service's user read permission and drop it again."
    ),
    _("{name} is a link that is absolute or leaves the folder; put the file itself there."),
    _("{name} is neither a file nor a folder; drop the folder without it."),
    _("{name} cannot be read ({why}); give the service's user read permission and drop it again."),
    _("{name} is a symbolic link; put the file itself there."),
    _("{name} is no file; put a file there."),
    _("{name} is empty (0 bytes); write the deck again and drop it again."),
    _("{name} is not a text file, so it is no deck; drop the deck that the pre-processor writes."),
    _(
        "{name} is a deck of no solver that the diary knows: its first lines are those of none of"
        " {solvers}; see README.md, Add a solver."
    ),
    _(
        "{name} is a deck of no solver that the diary knows how to start: it is written for {solver}."
        " Name the command in pdfjobs.toml ([solvers.{solver}]) and drop it again."
    ),
    _(
        "No deck in it: none of its {n} files is a deck of a solver that the diary knows."
        " Put the deck at the top of the folder."
    ),
    _('Several decks in it: {names}. Name one in a sidecar: deck = "{name}".'),
    _(
        "{name} has too many or too large includes to look at each ({n} so far); join them"
        " (or allow it: intake.allow_outside_includes)."
    ),
    _(
        '{name}, line {line}: the include "{include}" is absolute or leaves the deck\'s folder.'
        " Put the file beside the deck and drop both as a folder or archive"
        " (or allow it: intake.allow_outside_includes)."
    ),
    _(
        "The archive uses a compression that is not supported ({why}); pack it as plain zip or tar.gz."
    ),
    _("The archive holds {name} twice, or as file and as folder; pack it again."),
    _("The archive is damaged or was cut off ({why}); pack it again and drop it again."),
    _("The archive has more than {most} entries (intake.max_members); drop a smaller one."),
    _(
        "The archive unpacks to more than {most} bytes, the limit of"
        " intake.max_unpacked_bytes; drop a smaller one."
    ),
    _(
        "The archive grows more than {most}-fold when unpacked, which no deck does;"
        " it was not unpacked (intake.max_ratio)."
    ),
    _("The archive's entry {name} has a path that is too long; pack it with shorter names."),
    _("The archive's entry {name} is encrypted; pack it without a password."),
    _(
        "The archive's entry {name} is a link or a special file; put the file itself into the archive."
    ),
    _(
        "The archive's entry {name} has an absolute or unusable name; pack it with relative names"
        " and '/' between folders."
    ),
    _("The archive's entry {name} would leave its folder; pack it without '..'."),
    _("The archive's entry {name} is a file without a name; pack it again."),
    _("The archive's entry {name} has a name longer than 255 bytes."),
    _("The archive's entry {name} lies more than {most} folders deep; pack it flatter."),
)
