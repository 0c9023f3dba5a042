"""Django's command line for the diary."""

import os
import sys

from django.core.management import execute_from_command_line

from pdfjobs import config

NEED_A_DIARY = {"jobs", "verify", "rescan", "stop", "login_link"}


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")
    inst = config.instance()
    asks = {*arguments[1:2]} & NEED_A_DIARY and not {"-h", "--help"} & {*arguments}
    if asks and not inst.database.exists():
        sys.stderr.write(f"{inst.var}: no diary here; start it once, or set PDFJOBS_VAR\n")
        return 2
    try:
        execute_from_command_line(arguments)
    except config.ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
