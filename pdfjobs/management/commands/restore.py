"""`manage.py restore [NAME]`: brings a backup back."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from pdfjobs import staging
from pdfjobs.backups import manifest, restorer, settingsfiles, verification
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.errors import BackupError
from pdfjobs.table import ConfigError


class Command(BaseCommand):
    """Works on an empty host, too: then the backup's settings come first, and it begins anew with them."""

    help = "puts a backup in the diary's place; the service must not run"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="which backup; the newest without it")
        parser.add_argument("--from", dest="place", default="", help="folder or s3://bucket/prefix")
        parser.add_argument("--key-file", type=Path, help="in the place of backup.key_file")
        parser.add_argument("--without-key", action="store_true", help="take one not encrypted")
        parser.add_argument("--replace", action="store_true", help="a diary that holds jobs, too")
        parser.add_argument(
            "--as-staging", action="store_true", help="no mail, no hooks, no tokens, no solvers"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        connections.close_all()
        try:
            self._restore(**options)
        except (BackupError, ConfigError, OSError) as error:
            raise CommandError(str(error)) from error

    def _restore(self, **options: Any) -> None:
        inst, as_staging = settings.INSTANCE, options["as_staging"]
        shelf = Shelf.of(
            settings.PDFJOBS.backup,
            inst,
            to=options["place"],
            key_file=options["key_file"],
            without_key=options["without_key"],
        )
        name = options["name"] or manifest.newest(shelf.store)
        diary = Diary.of(inst, settings.DATABASES["default"], is_mirror=staging.is_mirror())
        if not as_staging and self._takes_settings(diary, shelf, name):
            os.execv(sys.executable, sys.orig_argv)
        said = restorer.restore(
            diary, shelf, name, replace=options["replace"], as_staging=as_staging
        )
        for line in said:
            self.stdout.write(line)
        if as_staging:
            self.stdout.write(staging.WORDS)
        self.stdout.write("Start the service; then `manage.py verify` compares it with the disk.")

    def _takes_settings(self, diary: Diary, shelf: Shelf, name: str) -> bool:
        """Whether this host had none and has the backup's now: they say which database it is."""
        file = settingsfiles.settings_file(diary.inst)
        if file.exists():
            return False
        held = manifest.read(shelf.store, name, shelf.key)
        text = verification.settings_of(diary, shelf, held).get(settingsfiles.SETTINGS)
        if text is None:
            return False
        settingsfiles.write_private(file, text)
        self.stdout.write(f"{file} is that of the backup")
        self.stdout.flush()
        return True
