"""A diary of its own in this process, for what is measured without a service; once in a process' life."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_process(settings_text: str = "") -> Iterator[Path]:
    """An empty diary with these lines of `pdfjobs.toml`, SQLite by default; gives the folder of its runs, the root `runs`."""
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as var:
        if settings_text:
            (Path(var) / "pdfjobs.toml").write_text(settings_text)
        os.environ["PDFJOBS_VAR"] = var
        os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
        os.environ.pop("PDFJOBS_CONFIG", None)
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.INSTANCE.make_folders()
        call_command("migrate", verbosity=0)
        try:
            yield settings.INSTANCE.runs
        finally:
            connection.close()
