"""Django's command line for the diary."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError

from pdfjobs import config

NEED_A_DIARY = {"jobs", "explain", "verify", "rescan", "stop", "login_link"}


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")
    inst = config.instance()
    asks = {*arguments[1:2]} & NEED_A_DIARY and not {"-h", "--help"} & {*arguments}
    try:
        if asks and not _has_diary(inst):
            sys.stderr.write(f"{inst.var}: no diary here; start it once, or set PDFJOBS_VAR\n")
            return 2
        execute_from_command_line(arguments)
    except config.ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OperationalError as error:
        sys.stderr.write(f"the database: {' '.join(str(error).split())}\n")
        return 2
    return 0


def _has_diary(inst: config.Instance) -> bool:
    """Whether there may be one; a database server says so itself."""
    return inst.database.exists() or config.load(inst).database.engine != "sqlite"


if __name__ == "__main__":
    sys.exit(main(sys.argv))
