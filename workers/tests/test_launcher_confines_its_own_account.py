"""A solver with the user number of its service: what the kernel would give to the number stays out of reach."""

import json
import os
import signal
from pathlib import Path

import pytest

from workers.launchers import refusals
from workers.tests.lone_runs import ACCOUNT, place, run_of, served

__all__ = ["place"]

MACHINE = os.uname().machine
TRY = f"""
import ctypes, fcntl, json, os, resource, socket, sys
pid, key, numbers = int(os.environ["SERVICE"]), int(os.environ["KEY"]), {refusals.MACHINES[MACHINE].numbers}
libc = ctypes.CDLL(None, use_errno=True)
def checked(answer):
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
def call(name, *arguments):
    return checked(libc.syscall(numbers[name], *arguments))
def connect(family, address):
    with socket.socket(family) as one:
        return one.connect(address)
def make(name, mode):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, mode))
    return oct(os.stat(name).st_mode)
def status(of, *fields):
    lines = (line.split(":\\t") for line in open(f"/proc/{{of}}/status").read().splitlines())
    return [value for name, value in lines if name in fields]
told = {{}}
for name, code in TRIED.items():
    try:
        told[name] = eval(code)
    except (OSError, ValueError) as error:
        told[name] = getattr(error, "strerror", None) or str(error)
print(json.dumps(told))
"""

pytestmark = pytest.mark.skipif(
    not refusals.is_known(MACHINE), reason=f"no filter is known for {MACHINE}"
)


def tried(place: Path, *, network: bool = False, **codes: str) -> tuple[dict, dict]:
    """What each expression gives in the sandbox, or the system's words; and what the service says afterwards."""
    argv = ("/usr/bin/python3", "-c", TRY.replace("TRIED", repr(codes)))
    said = served(place, (argv, "log"), bounds={"network": network})
    assert said["record"]["exit_code"] == 0, said
    return json.loads((run_of(place) / "log").read_text()), said


GONE, FORBIDDEN = "No such file or directory", "Operation not permitted"


def test_nothing_that_the_service_holds_is_found(place: Path) -> None:
    told, said = tried(
        place,
        who="[os.getuid(), os.getgid()]",
        environment="open(f'/proc/{pid}/environ')",
        files="os.listdir(f'/proc/{pid}/fd')",
        signal="os.kill(pid, 9)",
        abstract="connect(socket.AF_UNIX, f'\\0pdfjobs-{pid}')",
        queue=f"connect(socket.AF_UNIX, '{place}/queue.sock')",
        secret=f"open('{place}/secret.key')",
        memory="checked(libc.shmget(pid, 0, 0))",
        messages="checked(libc.msgget(pid, 0))",
        places="sorted(os.listdir('/run'))",
        haste="os.setpriority(os.PRIO_USER, os.getuid(), 19)",
    )

    assert told == {
        "who": [ACCOUNT, ACCOUNT if os.geteuid() == 0 else os.getgid()],
        **dict.fromkeys(("environment", "files", "queue", "secret", "memory", "messages"), GONE),
        "signal": "No such process",
        "abstract": "Connection refused",
        "places": ["pdfjobs"],
        "haste": None,  # of its own processes
    }
    assert said["nice"] == os.nice(0)


def test_keys_that_the_kernel_keeps_for_the_account_are_not_read(place: Path) -> None:
    told, _ = tried(
        place,
        read="call('keyctl', 11, key, 0, 0)",
        found="call('request_key', b'user', b'ticket', 0, 0)",
        left="call('add_key', b'user', b'mark', b'x', 1, -4)",
        names="open('/proc/keys').read()",
        counts="open('/proc/key-users').read()",
    )

    assert told == {
        **dict.fromkeys(("read", "found", "left"), FORBIDDEN),
        **dict.fromkeys(("names", "counts"), "Permission denied"),
    }


def test_no_file_is_left_that_gives_the_accounts_rights_to_whoever_starts_it(place: Path) -> None:
    told, _ = tried(
        place,
        plain="make('plain', 0o755)",
        program="os.chmod('plain', 0o4755)",
        group="os.chmod('plain', 0o2755)",
        by_handle="os.fchmod(os.open('plain', os.O_RDONLY), 0o4755)",
        at_once="make('made', 0o4755)",
        nameless="os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o4755)",
        node="os.mknod('node', 0o104755)",
        newer="call('openat2', -100, b'new', 0, 0)",
        newest="call('fchmodat2', -100, b'plain', 0o4755, 0)",
        past="call('io_uring_setup', 8, 0)",
    )

    unknown = "Function not implemented"
    assert told == {
        "plain": "0o100755",
        **dict.fromkeys(("program", "group", "by_handle", "at_once", "nameless", "node"), FORBIDDEN),
        "newest": FORBIDDEN,
        **dict.fromkeys(("newer", "past"), unknown),
    }  # fmt: skip
    modes = [path.stat().st_mode & 0o6000 for path in place.rglob("*")]
    assert set(modes) == {0}


def test_nobody_is_held_up_who_opens_a_file_of_the_run(place: Path) -> None:
    told, _ = tried(
        place, lease="fcntl.fcntl(os.open('log', os.O_RDONLY), 1024, 1)", size="os.stat('log').st_size"
    )  # fmt: skip

    assert told == {"lease": FORBIDDEN, "size": 0}


def test_there_is_no_way_to_further_rights(place: Path) -> None:
    told, _ = tried(
        place,
        capabilities="status('self', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')",
        of_the_first="status(1, 'CapPrm', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp')",
        new="status('self', 'NoNewPrivs', 'Seccomp')",
        users="checked(libc.unshare(0x10000000))",
        users_by_clone="call('clone', 0x10000000 | 17, 0, 0, 0, 0)",
        leader="open('/proc/2/mem', 'rb')",
        more_processes="resource.setrlimit(resource.RLIMIT_NPROC, (500, 500))",
        records="os.rename('.pdfjobs', 'mine')",
        machine="socket.socket(40, socket.SOCK_STREAM)",
    )

    none = "0" * 16
    assert told == {
        "capabilities": [none] * 5,
        "of_the_first": [none] * 3 + ["1", "2"],
        "new": ["1", "2"],
        "users": FORBIDDEN,
        "users_by_clone": FORBIDDEN,
        "leader": "Permission denied",
        "more_processes": "not allowed to raise maximum limit",
        "records": "Device or resource busy",
        "machine": "Address family not supported by protocol",
    }


def test_honest_programs_miss_nothing(place: Path) -> None:
    """What libraries ask for by newer calls they get by older ones; a share's folders have the set-group-id mode."""
    shared = run_of(place) / "0.orig"
    shared.mkdir()
    os.chown(shared, ACCOUNT, ACCOUNT if os.geteuid() == 0 else -1)
    shared.chmod(0o2775)
    told, _ = tried(
        place,
        thread="(t := __import__('threading').Thread(target=int)).start() or t.join()",
        child="__import__('subprocess').run(['cp', '-rp', '/usr/share/doc/bubblewrap', 'copy']).returncode",
        from_the_share="__import__('subprocess').run(['cp', '-r', '0.orig', '0']).returncode",
        pool="__import__('multiprocessing').Pool(2).map(abs, [-1, -2])",
        sticky="os.chmod('copy', 0o1755)",
        lock="fcntl.flock(os.open('log', os.O_RDWR), fcntl.LOCK_EX)",
        loopback="socket.create_server(('127.0.0.1', 0)).close()",
    )

    assert told == {
        **dict.fromkeys(("thread", "sticky", "lock", "loopback"), None),
        "child": 0,
        "from_the_share": 0,
        "pool": [1, 2],
    }


def test_a_network_brings_sockets_without_a_file(place: Path) -> None:
    """As docs/security.md says; those that have a file stay out of sight."""
    told, _ = tried(
        place,
        network=True,
        abstract="connect(socket.AF_UNIX, f'\\0pdfjobs-{pid}')",
        queue=f"connect(socket.AF_UNIX, '{place}/queue.sock')",
    )

    assert told == {"abstract": None, "queue": GONE}


def test_a_program_of_another_machine_is_ended(place: Path) -> None:
    """x32's numbers are past those that the filter knows."""
    if refusals.MACHINES[MACHINE].foreign_from is None:
        pytest.skip("this machine knows no calls but its own")
    code = "(n := os.fork()) or libc.syscall(0x40000000 + 39) or os._exit(0)"
    told, _ = tried(place, ended=f"os.waitstatus_to_exitcode(os.waitpid({code}, 0)[1])")

    assert told == {"ended": -signal.SIGSYS}
