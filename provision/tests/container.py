"""A bare Debian with systemd and ssh, booted by systemd-nspawn: what a machine is when nothing was done to it yet.

It shares the machine's network, so everything in it listens on the loopback and on ports that are free.
What differs from machine to machine comes from the environment:

    PDFJOBS_TEST_SUITE     which Debian it is, bookworm without it
    PDFJOBS_TEST_HOST      folder for its files and for what was said, build/host without it; each suite has one in there
    PDFJOBS_TEST_MIRROR    where Debian's packages come from, the usual place without it
    PDFJOBS_TEST_APT_CONF  a file for its /etc/apt/apt.conf.d, such as one that names a proxy
"""

import os
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

from tests.service import APP, free_port, wait_for

SUITE = os.environ.get("PDFJOBS_TEST_SUITE") or "bookworm"
FOLDER = Path(os.environ.get("PDFJOBS_TEST_HOST") or APP / "build" / "host").absolute() / SUITE
MIRROR = os.environ.get("PDFJOBS_TEST_MIRROR") or "http://deb.debian.org/debian"
BASE = "systemd,systemd-sysv,dbus,python3,openssh-server,ca-certificates,sudo"
PORTS = ("SSH", "HTTPS", "HTTP", "SMB")


class Container:
    """One host, from nothing; `end` leaves its files to be looked at."""

    def __init__(self) -> None:
        self.root = FOLDER / "root"
        self.key = FOLDER / "key"
        self.known_hosts = FOLDER / "known_hosts"
        self.ports = {name: free_port() for name in PORTS}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What inventories/test reads."""
        ports = {f"PDFJOBS_TEST_{name}_PORT": str(port) for name, port in self.ports.items()}
        return {
            **os.environ,
            **ports,
            "PDFJOBS_TEST_SSH_KEY": str(self.key),
            "PDFJOBS_TEST_KNOWN_HOSTS": str(self.known_hosts),
        }

    def make(self) -> None:
        """1. Has debootstrap make a system, once; it is kept packed.
        2. Unpacks it, and lets the holder of a new key in.
        """
        assert os.geteuid() == 0, "debootstrap and systemd-nspawn are root's: sudo make test-host"
        FOLDER.mkdir(parents=True, exist_ok=True)
        packed = FOLDER / "bare.tar"
        shutil.rmtree(self.root, ignore_errors=True)
        if not packed.exists():
            _run(
                "debootstrap",
                "--variant=minbase",
                f"--include={BASE}",
                SUITE,
                str(self.root),
                MIRROR,
            )
            _run("tar", "-C", str(self.root), "-cf", f"{packed}.new", ".")
            packed.with_name(f"{packed.name}.new").replace(packed)
            shutil.rmtree(self.root)
        self.root.mkdir()
        _run("tar", "-C", str(self.root), "-xpf", str(packed))
        self._let_in()
        if conf := os.environ.get("PDFJOBS_TEST_APT_CONF"):
            shutil.copy(conf, self.root / "etc/apt/apt.conf.d/90test")

    def boot(self) -> None:
        archives = FOLDER / "archives"
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        with (FOLDER / "boot.log").open("wb") as said:
            self.process = subprocess.Popen(
                [
                    *("systemd-nspawn", "--boot", f"--directory={self.root}"),
                    # Without a bus of this machine's own, as in a container.
                    *("--register=no", "--keep-unit", "--machine=pdfjobs-test"),
                    *("--resolv-conf=copy-host", "--console=pipe"),
                    f"--bind={archives}:/var/cache/apt/archives",
                ],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._answers, "ssh in the container")

    def end(self) -> None:
        """In order, as a host that is shut down."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of the host's root; its words are quoted for the shell there."""
        done = subprocess.run(
            [
                *("ssh", "-i", str(self.key), "-p", str(self.ports["SSH"])),
                *("-o", f"UserKnownHostsFile={self.known_hosts}"),
                *("-o", "StrictHostKeyChecking=accept-new"),
                *("-o", "LogLevel=ERROR", "root@127.0.0.1", shlex.join(words)),
            ],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    def say(self, *words: str) -> str:
        return self.run(*words).stdout.strip()

    @property
    def postgresql(self) -> str:
        """The version of its server."""
        return self.say("pg_lsclusters", "--no-header").split()[0]

    def _let_in(self) -> None:
        for old in (self.key, self.key.with_suffix(".pub"), self.known_hosts):
            old.unlink(missing_ok=True)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        folder = self.root / "root" / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.key.with_suffix(".pub"), folder / "authorized_keys")
        listen = f"Port {self.ports['SSH']}\nListenAddress 127.0.0.1\n"
        (self.root / "etc/ssh/sshd_config.d/test.conf").write_text(listen)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (FOLDER / "boot.log").read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.ports["SSH"]), 2) as probe:
                return probe.recv(3) == b"SSH"
        except OSError:
            return False


def _run(*words: str) -> None:
    with (FOLDER / "made.log").open("ab") as said:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
    assert done.returncode == 0, f"{words}: see {FOLDER / 'made.log'}"
