"""The small files that make an instance what it is: its settings, its secret, and what its site added."""

import io
import json
import os
from pathlib import Path

from pdfjobs.backups.errors import DamagedError
from pdfjobs.backups.store import Folder
from pdfjobs.config import Instance
from pdfjobs.solvercommands import SITE, SITE_FILE

SETTINGS, SECRET = "pdfjobs.toml", "secret.key"
NAMES = (SETTINGS, SECRET, "metrics.token", f"{SITE}/{SITE_FILE}")
SITE_LOGS = "parsers.d"
PASSWORDS = (
    *(("database", "password_file"), ("mail", "password_file"), ("ldap", "password_file")),
    *(("backup", "key_file"), ("backup", "s3_secret_file")),
)


def settings_file(inst: Instance) -> Path:
    named = os.environ.get("PDFJOBS_CONFIG")
    return Path(named) if named else inst.var / SETTINGS


def collect(inst: Instance) -> bytes:
    """All of them that there are, as one JSON object of names and texts."""
    files = {name: inst.var / name for name in NAMES} | {SETTINGS: settings_file(inst)}
    for file in sorted((inst.var / SITE_LOGS).glob("*.toml")):
        files[f"{SITE_LOGS}/{file.name}"] = file
    found = {}
    for name, file in files.items():
        if file.is_file():
            found[name] = file.read_bytes().decode("utf-8", "surrogateescape")
    return json.dumps(found, indent=1).encode()


def unpack(raw: bytes, place: str) -> dict[str, str]:
    """Only names that `collect` gives: none leads out of the instance's folder."""
    try:
        found = json.loads(raw)
        texts = {str(name): str(text) for name, text in found.items()}
    except (ValueError, AttributeError):
        raise DamagedError(f"{place}: damaged: no settings in it") from None
    for name in texts:
        folder, _, file = name.partition("/")
        is_site_log = folder == SITE_LOGS and file.endswith(".toml") and file == Path(file).name
        if name not in NAMES and not is_site_log:
            raise DamagedError(f"{place}: holds {name!r}, which is no file of an instance")
    return texts


def lay_down(inst: Instance, texts: dict[str, str], aside: Path) -> list[str]:
    """What is not there is written; the secret is that of the backup; of what differs a copy lies in `aside`.

    The words say what was done.
    """
    said = []
    for name, text in texts.items():
        file = settings_file(inst) if name == SETTINGS else inst.var / name
        if file.is_file() and file.read_bytes() == _bytes(text):
            continue
        if file.is_file() and name != SECRET:
            write_private(aside / f"{file.name}.of-the-backup", text)
            said.append(f"{file} stays; the backup's lies in {aside / file.name}.of-the-backup")
            continue
        if file.is_file():
            file.rename(aside / file.name)
        write_private(file, text)
        if name.startswith(SITE):  # solvers read it, as whoever they run as
            for path, mode in ((file, 0o644), (file.parent, 0o755), (file.parent.parent, 0o755)):
                path.chmod(mode)
        said.append(f"{file} is that of the backup")
    return said


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, mode 0600."""
    Folder(file.parent).write(file.name, io.BytesIO(_bytes(text)))


def password_files(settings: object) -> list[Path]:
    """Files that the settings name and no backup holds: they are for this host's administrator to carry over."""
    named = (getattr(getattr(settings, table, None), key, None) for table, key in PASSWORDS)
    return [path for path in named if path is not None]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
