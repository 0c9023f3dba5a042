"""What a confined solver sees and may use, as bubblewrap's argument list.

bubblewrap, and not systemd-run: it needs neither root nor a running systemd, its whole policy is the argument list
below, and the sandbox is a child of ours, so that its end is told by wait and not by a bus. It is the namespaces of
the kernel: a root of its own on which only what is named here is mounted, its own processes, its own loopback.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from workers.launchers import refusals
from workers.launchers.run_folder import STATE_FOLDER

SYSTEM = ("/usr", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
CONFIGURATION = (
    "alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "passwd", "group", "nsswitch.conf", "hosts",
    "host.conf", "resolv.conf", "services", "protocols", "localtime", "timezone", "os-release", "locale.alias",
    "machine-id", "openmpi", "mpich", "openfoam", "fonts", "ssl/certs", "ca-certificates.conf", "OpenCL",
)  # fmt: skip
"""Below /etc; all else there (keys, passwords, settings of services) stays out of sight."""
KERNEL = ("bus", "fs", "irq", "sys", "sysrq-trigger")
"""Below /proc; of a service of root's, their files could be written by any process of root's."""
KEYS = ("keys", "key-users")
"""Below /proc; they name what the kernel keeps for the account, which no namespace hides."""
TOPOLOGY = "/sys/devices/system"
"""How many cores there are and how they lie, which MPI asks."""
OURS = "/run/pdfjobs"
"""Where the leader's own code lies in the sandbox."""
PATIENCE_S = 10.0
LEADER = f"{OURS}/workers/launchers/inside.py"


@dataclass(frozen=True)
class Confinement:
    """The bounds of one run."""

    bwrap: str
    """Full path of the program."""
    memory_bytes: int
    processes: int
    scratch_bytes: int
    """So much fits into /tmp, and so much into shared memory; both are memory."""
    network: bool = False
    read: tuple[str, ...] = ()
    """Folders and files beside the system's that are seen, read-only."""
    hide: tuple[str, ...] = ()
    """Folders and files that stay out of sight even where they lie below one that is seen."""
    keep: tuple[str, ...] = ("PATH",)
    """Variables of the service's environment that the solver gets: names, "*" for any end."""

    def kept(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value
            for name, value in environment.items()
            if any(fnmatchcase(name, pattern) for pattern in self.keep)
        }


def sandbox(
    confine: Confinement, folder: str, programs: Iterable[str | None], run_as: str = ""
) -> dict[str, Any]:
    """What the recorder's order says of a confined run: bubblewrap's arguments up to the leader's own, and limits.

    As root, for another user, bubblewrap mounts with root's rights, and the leader gives them up before anything
    of the deck is read; otherwise all of it happens in a user namespace, in which no rights are to be had.
    """
    user = pwd.getpwnam(run_as) if run_as and os.geteuid() == 0 else None
    place = user.pw_dir if user else home()
    python = Path(sys.base_prefix)
    mounts = [
        *_system(),
        *_scratch("/dev/shm", confine.scratch_bytes, "1777"),  # nosec B108 # a place inside the sandbox
        *_scratch("/tmp", confine.scratch_bytes, "1777"),  # nosec B108 # a place inside the sandbox
        *(_scratch(place, confine.scratch_bytes, "0777") if _may_be_home(place) else ()),
        *_bound("--ro-bind", str(python)),
        *_bound("--ro-bind", str(Path(__file__).parent), f"{OURS}/workers/launchers"),
        *_seen(confine, folder, [program for program in programs if program]),
        *_bound("--bind", folder),
        *("--perms", "0555", "--tmpfs", f"{folder}/{STATE_FOLDER}"),
        *("--remount-ro", f"{folder}/{STATE_FOLDER}"),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
    ]
    arguments = [*_namespaces(confine, own_user=user is None), *mounts, "--chdir", folder]
    return {
        "argv": [confine.bwrap, *arguments, "--", *_leader(python)],
        "user": [user.pw_uid, user.pw_gid, os.getgrouplist(run_as, user.pw_gid)] if user else None,
        "memory_bytes": confine.memory_bytes,
        "processes": confine.processes,
    }


def _namespaces(confine: Confinement, *, own_user: bool) -> Iterator[str]:
    yield from ("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try")
    if not confine.network:
        yield "--unshare-net"
    # All of them: as root bubblewrap would leave every right there is, over its own mounts too.
    yield from ("--cap-drop", "ALL")
    if own_user:
        yield "--unshare-user"
        if not _is_refused_by_filter():
            yield "--disable-userns"
    else:
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")


def _is_refused_by_filter() -> bool:
    """Whether new user namespaces are; bubblewrap's own way needs a /proc/sys to write to, which containers lack."""
    return refusals.is_known(os.uname().machine)


def find_bwrap() -> str | None:
    return shutil.which("bwrap", path="/usr/local/bin:/usr/bin:/bin")


def why_not(run_as: str = "") -> str:
    """Why solvers cannot be confined here; "" where they can. Tried with a sandbox as solvers get it."""
    bwrap = find_bwrap()
    if bwrap is None:
        return "bubblewrap is not installed (apt-get install bubblewrap)"
    bounds = Confinement(bwrap, memory_bytes=2**30, processes=64, scratch_bytes=2**20)
    with tempfile.TemporaryDirectory(prefix="pdfjobs-confine-") as place:
        Path(place).chmod(0o755)
        (Path(place) / STATE_FOLDER).mkdir()
        argv, fd = refusals.with_filter(
            sandbox(bounds, place, [], run_as)["argv"], os.uname().machine
        )
        python = argv[: argv.index("--") + 2]
        try:
            done = subprocess.run(
                [*python, "-I", "-S", "-c", "pass"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE_S,
                env={},
                check=False,
                pass_fds=() if fd is None else (fd,),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap cannot be run ({error})"
        finally:
            if fd is not None:
                os.close(fd)
    if done.returncode == 0:
        return ""
    words = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (
        f"bubblewrap does not work here ({words[-1] if words else f'exit code {done.returncode}'})"
    )


def _leader(python: Path) -> list[str]:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # File names must be bytes to the leader as they are to us.
    return [str(python / "bin" / version), "-X", f"utf8={sys.flags.utf8_mode}", "-I", "-S", LEADER]


def _system() -> Iterator[str]:
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for name in CONFIGURATION:
        yield from _bound("--ro-bind", f"/etc/{name}")
    yield from _bound("--ro-bind", TOPOLOGY)
    yield from ("--proc", "/proc", "--dev", "/dev")
    for name in KERNEL:
        yield from _bound("--ro-bind", f"/proc/{name}")
    for name in KEYS:
        if Path(f"/proc/{name}").exists():
            yield from ("--ro-bind", "/dev/null", f"/proc/{name}")


def _bound(how: str, source: str, place: str = "") -> Iterator[str]:
    """A mount or link, and the folders above it, which bubblewrap would close to all but itself."""
    place = place or source
    if not Path(source).exists():
        return
    for above in reversed(Path(place).parents[:-1]):
        if not _is_below(above, (*SYSTEM, "/proc")):
            yield from ("--perms", "0755", "--dir", str(above))
    yield from (how, source, place)


def _scratch(place: str, size: int, mode: str) -> Iterator[str]:
    yield from ("--perms", mode, "--size", str(size), "--tmpfs", place)


def home() -> str:
    """Where a run of the service's own account finds its home, which is empty."""
    ours = os.environ.get("HOME", "")
    return ours if _may_be_home(ours) else "/tmp"  # nosec B108 # a place inside the sandbox


def _may_be_home(place: str) -> bool:
    """Whether a home folder of its own may be laid over this one: not over the system, nor over what lies in it."""
    path = Path(place)
    return path.is_absolute() and path != Path("/") and not _is_below(path, SYSTEM)


def _seen(confine: Confinement, folder: str, programs: list[str]) -> Iterator[str]:
    """What the settings name and what must not be seen, of which the nearer one counts; then where the programs lie.

    Both by where they really are: a link would else show what is hidden there, or hide but itself.
    """
    read = [Path(path).resolve() for path in confine.read]
    named = [(path, False) for path in read]
    named += [(Path(path).resolve(), True) for path in confine.hide]
    for path, is_hidden in sorted(named, key=lambda one: (len(one[0].parts), one[1])):
        if not is_hidden:
            yield from _bound("--ro-bind", str(path))
        elif _is_below(path, (*SYSTEM, *map(str, read))):
            yield from _covered(path)
    for link in confine.read:
        if not _is_below(Path(link), (*SYSTEM, *map(str, read))):
            yield from _bound("--symlink", str(Path(link).resolve()), link)
    for place in sorted({place for program in programs for place in _places_of(program)}):
        if not _is_below(Path(place), (folder, *SYSTEM, *confine.read, sys.base_prefix)):
            yield from _bound("--ro-bind", place)


def _covered(hidden: Path) -> Iterator[str]:
    if hidden.is_dir():
        yield from ("--perms", "0555", "--tmpfs", str(hidden))
    elif hidden.exists():
        yield from ("--ro-bind", "/dev/null", str(hidden))


def _places_of(program: str) -> set[str]:
    """A program's own file, and the one that it is a link to."""
    return {program, str(Path(program).resolve())}


def _is_below(path: Path, folders: Iterable[str]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
