"""Releases that differ from the one of this checkout as a test wants it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.service import APP

MADE = APP / "build" / "release"
"""By `make release`."""
SIGN = "pdfjobs/templates/pdfjobs/base.html"

Change = Callable[[Path], None]


def make(folder: Path, name: str, *changes: Change) -> Path:
    """A folder like build/release; its release is called `name`, and its login page says so."""
    files = folder / f"{name}-files"
    files.mkdir()
    subprocess.run(["tar", "-C", files, "-xzf", MADE / "pdfjobs.tar.gz"], check=True)
    with (files / SIGN).open("a") as page:
        page.write(f"<!-- release {name} -->\n")
    for change in changes:
        change(files)
    made = folder / name
    made.mkdir()
    subprocess.run(
        ["tar", "-C", files, "--mtime=@0", "-czf", made / "pdfjobs.tar.gz", "."], check=True
    )
    for same in ("wheels.tar", "MADE_FOR"):
        (made / same).symlink_to(MADE / same)
    (made / "VERSION").write_text(name)
    shutil.rmtree(files)
    return made


def say_made_for(made: Path, hosts: str) -> None:
    """Its record, as if it had been made there."""
    (made / "MADE_FOR").unlink()
    (made / "MADE_FOR").write_text(hosts)


def migration(name: str, *operations: str) -> Change:
    """Of the diary, after its last one."""

    def write(files: Path) -> None:
        migrations = files / "pdfjobs" / "migrations"
        last = max(path.stem for path in migrations.glob("[0-9]*.py"))
        (migrations / f"{int(last[:4]) + 1:04}_{name}.py").write_text(
            "from django.db import migrations\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [('pdfjobs', '{last}')]\n"
            f"    operations = [{', '.join(operations)}]\n"
        )

    return write


def sql(forwards: str, backwards: str = "") -> str:
    """An operation of a migration; without its second half it cannot be taken back."""
    return f"migrations.RunSQL({forwards!r}, {backwards or None!r})"


def ending(path: str, text: str) -> Change:
    """A file of the release that has something at its end."""

    def write(files: Path) -> None:
        with (files / path).open("a") as file:
            file.write(text)

    return write
