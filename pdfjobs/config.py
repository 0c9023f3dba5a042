"""The settings of one instance: `pdfjobs.toml`, checked at start, and what follows from PDFJOBS_VAR.

The watcher reads the same file with its own small reader (it may not import this room); a contract test holds
both to the same answers.
"""

import hashlib
import os
import pwd
import stat
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from pdfjobs.backups.setting import Backup
from pdfjobs.confine import Confine
from pdfjobs.database import Database
from pdfjobs.directory.table import Ldap
from pdfjobs.login import Login
from pdfjobs.outgoing import Mail, Notify
from pdfjobs.serving import Web as Web
from pdfjobs.solvercommands import SITE, SITE_FILE, SITE_TEXT, SOLVERS, Solver, with_defaults
from pdfjobs.table import AbsolutePath, Table
from pdfjobs.table import ConfigError as ConfigError

SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel refuses unix sockets whose path passes 107."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
WatchMode = Literal["auto", "events", "poll"]
"""auto: the kernel's events where they can be trusted, polling elsewhere; events and poll: as the word says."""


class Intake(Table):
    quiet_s: Annotated[float, Field(ge=0.1, le=3600)] = 2.0
    """A deck in the hot folder has settled when nothing about it changed for so long."""
    max_unpacked_bytes: Annotated[int, Field(ge=1)] = 20 * 2**30
    """An archive that would unpack to more is refused."""
    max_members: Annotated[int, Field(ge=1)] = 50_000
    """An archive or folder with more entries is refused."""
    max_ratio: Annotated[float, Field(ge=1)] = 200.0
    """An archive that grows by more than this when unpacked is refused (only looked at above 100 MB)."""
    allow_outside_includes: bool = False
    """Take decks whose includes are absolute or leave the deck's folder."""


class Logs(Table):
    quiet_s: Annotated[float, Field(ge=0, le=60)] = 0.2
    """A log is read when quiet for so long…"""
    ceiling_s: Annotated[float, Field(ge=0, le=600)] = 1.0
    """…or so long after its first unread change: a solver's log may never be quiet."""
    readings_per_s: Annotated[float, Field(ge=0.1, le=100_000)] = 50.0
    """When logs would be read more often than this in all, those that keep growing are read less often…"""
    steady_s: Annotated[float, Field(ge=0, le=600)] = 5.0
    """…but at the latest so long after their first unread change."""
    turn_bytes: Annotated[int, Field(ge=4096)] = 8 * 2**20
    """How much of one file is read before other files get their turn."""
    silent_s: Annotated[float, Field(ge=1)] = 24 * 3600
    """A run without an end mark whose newest file is older than this counts as ended: `other`, "silent since …"."""


class Watch(Table):
    mode: WatchMode = "auto"
    """How changes are noticed: auto trusts the kernel's events by file system and by trying; events; or poll."""
    poll_s: Annotated[float, Field(ge=0.1, le=3600)] = 5.0
    """Where folders are polled, those of unfinished runs are looked at so often; the others rarely."""
    stats_per_s: Annotated[float, Field(ge=1, le=1_000_000)] = 5000.0
    """Files looked at per second, at most, in everything that is polled; with more of them news get older."""
    grace_s: Annotated[float, Field(ge=0, le=30 * 86400)] = 3600.0
    """A folder of no unfinished run loses its kernel watch after so long without a change, and is looked at rarely."""


class Launcher(Table):
    slots: Annotated[int, Field(ge=1, le=256)] = 2
    """How many solvers run at once on this machine."""
    cores: Annotated[int, Field(ge=1, le=4096)] = 1
    """Cores for a run whose sidecar does not say."""
    wall_limit_s: Annotated[float, Field(gt=0)] | None = None
    """Wall limit for a run whose sidecar does not say; none: no limit."""
    stop_grace_s: Annotated[float, Field(ge=0)] = 5.0
    """Seconds between asking a solver to end and ending it."""
    run_as: str = ""
    """A service of root runs solvers as this user; empty: as pdfjobs-solver; without that account as root, and pages warn."""

    @field_validator("run_as")
    @classmethod
    def _is_an_account(cls, run_as: str) -> str:
        try:
            return pwd.getpwnam(run_as).pw_name if run_as else ""
        except KeyError:
            raise ValueError("no account of this machine") from None


class Diary(Table):
    number_base: Annotated[int, Field(ge=1, le=2**31)] = 1_000_001
    """The first job number that the diary gives itself."""
    staging: bool = False
    """A mirror of another diary, to try things on: it starts no solver and sends no message."""


class Tree(Table):
    name: Name
    """How the diary calls this root."""
    path: Annotated[Path, Field(strict=False)]
    """Where it is on this host; absolute."""
    mode: WatchMode | None = None
    """How its changes are noticed; none: as [watch] says."""
    zone: str | None = None
    """Time zone of the logs' times that name none, as "Europe/Berlin"; none: the machine's."""

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str | None) -> str | None:
        try:
            return ZoneInfo(zone).key if zone is not None else None
        except (ValueError, ZoneInfoNotFoundError, OSError):
            raise ValueError("no time zone that this machine knows") from None


class Settings(Table):
    production: bool = False
    """People depend on this instance: what `production.py` names is refused at start, and pages go out by TLS alone."""
    debug: bool = False
    """A fault's page shows its traceback and the settings to whoever meets it; never in production."""
    language: str = "en"
    """Of messages to people whose own is not known, of pages for browsers that ask for none of ours, and of `status` in a
    terminal: "en", or one that has a catalogue (docs/translate.md)."""
    web: Web = Web()
    login: Login = Login()
    ldap: Ldap = Ldap()
    intake: Intake = Intake()
    logs: Logs = Logs()
    watch: Watch = Watch()
    database: Database = Database()
    mail: Mail = Mail()
    notify: Notify = Notify()
    backup: Backup = Backup()
    launcher: Launcher = Launcher()
    confine: Confine = Confine()
    diary: Diary = Diary()
    disks: dict[Name, AbsolutePath] = Field(default_factory=dict)
    """Folders on this host whose room the status looks at beside its own, by a name each: "database" and "queue" where these
    servers keep their data elsewhere than Debian has it."""
    solvers: dict[str, Solver] = SOLVERS
    """How each solver that intake may start is started; what is named here is added to what is known, or replaces it."""
    trees: list[Tree] = Field(default_factory=list)
    """Further run trees to watch, read-only, beside VAR/runs."""

    @model_validator(mode="before")
    @classmethod
    def _is_closed_in_production(cls, said: object) -> object:
        if isinstance(said, dict) and said.get("production") is True:
            web = said.get("web", {})
            if isinstance(web, dict):
                return {**said, "web": {"open_to_all": False, **web}}
        return said

    @field_validator("solvers", mode="before")
    @classmethod
    def _known_solvers_stay(cls, solvers: object) -> object:
        return with_defaults(solvers) if isinstance(solvers, dict) else solvers

    @field_validator("trees")
    @classmethod
    def _names_differ(cls, trees: list[Tree]) -> list[Tree]:
        names = ["hotfolder", "runs", *(tree.name for tree in trees)]
        for tree in trees:
            if names.count(tree.name) > 1:
                raise ValueError(f"the name {tree.name} is taken; each root needs its own")
            if not tree.path.is_absolute():
                raise ValueError(f"{tree.path} must be absolute")
        return trees


class Instance:
    """Where one instance keeps its things; everything it writes lies under `var`."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.hotfolder = var / "hotfolder"
        self.runs = var / "runs"
        self.incoming = self.runs / ".incoming"
        self.rejected = var / "rejected"
        self.attachments = var / "attachments"
        self.logs = var / "logs"
        self.static = var / "static"
        self.uploads = var / "uploads"
        self.database = var / "diary.sqlite3"
        self.secret_key = var / "secret.key"
        self.staging_mark = var / "staging-mirror"
        self.backups = var / "backups"
        self.last_backup = var / "last-backup"
        self.failed_backup = var / "last-backup-failed"

    @property
    def queue_prefix(self) -> str:
        """What every key in the queue server starts with, so that instances can share a server."""
        return f"pdfjobs:{hashlib.sha256(os.fsencode(self.var)).hexdigest()[:8]}"

    @property
    def queue_socket(self) -> Path:
        """The embedded queue server's socket; a private temporary folder where VAR's path is too long for one."""
        path = self.var / "queue.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        name = f"pdfjobs-{os.getuid()}-{self.queue_prefix.rpartition(':')[2]}"
        return Path(tempfile.gettempdir()) / name / "queue.sock"

    @property
    def redis_url(self) -> str:
        return os.environ.get("REDIS_URL") or f"unix://{quote(str(self.queue_socket))}"

    def make_folders(self) -> None:
        """Makes what is missing; sessions, queue, logs and decks on their way are nobody else's to read."""
        for folder in (self.hotfolder, self.runs, self.static):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.incoming, self.rejected, self.logs, self.uploads, self.var / "queue"):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        if load(self).database.engine == "sqlite":
            self.database.touch(mode=0o600)
            self.database.chmod(0o600)  # its -wal and -shm take its mode
        self._make_solvers_site()
        private = self.queue_socket.parent
        if private != self.var:
            private.mkdir(mode=0o700, exist_ok=True)
            info = private.lstat()
            if info.st_uid != os.getuid() or info.st_mode & 0o170077 != stat.S_IFDIR:
                raise ConfigError(
                    f"{private}: must be a folder of yours that is closed to others;"
                    " remove it or choose a shorter VAR"
                )

    def _make_solvers_site(self) -> None:
        """Readable for whom solvers run as, and nobody's but ours to write; what a person made of it stays."""
        file = self.var / SITE / SITE_FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            new = file.with_name(f".{file.name}.{os.getpid()}")
            new.write_text(SITE_TEXT)
            for path, mode in ((new, 0o644), (file.parent, 0o755), (file.parent.parent, 0o755)):
                path.chmod(mode)
            new.replace(file)


def time_zone() -> str:
    """The machine's zone by its name, UTC where it has none that Python knows."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    local = Path("/etc/localtime")
    if local.is_symlink():
        candidates.append(str(local.resolve()).rpartition("/zoneinfo/")[2])
    for name in candidates:
        try:
            return ZoneInfo(name).key
        except (ValueError, ZoneInfoNotFoundError, OSError):
            continue
    return "UTC"


def instance() -> Instance:
    """The instance that PDFJOBS_VAR names; `var` beside manage.py without it."""
    var = os.environ.get("PDFJOBS_VAR") or str(Path(__file__).parent.parent / "var")
    return Instance(Path(var).absolute())


def load(inst: Instance) -> Settings:
    """Reads PDFJOBS_CONFIG, else VAR/pdfjobs.toml where there is one, else defaults.

    Raises ConfigError naming file, key, value and what is allowed.
    """
    named = os.environ.get("PDFJOBS_CONFIG")
    path = Path(named) if named else inst.var / "pdfjobs.toml"
    if not path.exists():
        if named:
            raise ConfigError(f"{path}: named by PDFJOBS_CONFIG, but not there")
        return Settings()
    return parse(path.read_bytes(), str(path))


def parse(raw: bytes, where: str) -> Settings:
    try:
        table: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from error
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in e['loc'])} = {e['input']!r}: "
            + ("no such key" if e["type"] == "extra_forbidden" else e["msg"])
            for e in error.errors(include_url=False)
        ]
        raise ConfigError(f"{where}: cannot be used:\n" + "\n".join(lines)) from error
