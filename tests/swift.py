"""An S3 server of one's own for tests: OpenStack Swift with its S3 middleware on loopback, one device, nothing twice.

Debian's package `python3-swift` holds all of it, and no service of the machine's; only its logins need `memcached`.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.postgres import _end_with_parent
from tests.service import free_port

PYTHON = "/usr/bin/python3"
"""Debian's own, which sees Debian's packages."""
SERVE = """
import sys
from swift.common import utils, wsgi
utils.set_swift_dir(sys.argv[1])
sys.exit(wsgi.run_wsgi(f"{sys.argv[1]}/{sys.argv[2]}.conf", f"{sys.argv[2]}-server", verbose=True))
"""
RINGS = """
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(("account", "container", "object"), sys.argv[2:]):
    ring = RingBuilder(1, 1, 0)
    ring.add_dev(dict(region=1, zone=1, ip="127.0.0.1", port=int(port), device="disk", weight=1))
    ring.rebalance()
    ring.get_ring().save(f"{sys.argv[1]}/{kind}.ring.gz")
"""
STARTS_S, ENDS_S = 60.0, 10.0
BUCKET, ACCESS_KEY, SECRET = "diary", "department:mara", "of-the-tests"
INTERNAL_ERROR = 500
STORES = ("account", "container", "object")
SERVERS = ("cache", *STORES, "proxy")
CONFIG = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_udp_host = 127.0.0.1
log_udp_port = 9
[pipeline:main]
pipeline = {pipeline}
"""
STORE = """
[app:{kind}-server]
use = egg:swift#{kind}
fallocate_reserve = 0
"""
PROXY = """
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# There is no other that could be asked in the place of one that failed.
error_suppression_interval = 0
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache_port}
[filter:tempauth]
use = egg:swift#tempauth
user_department_mara = {secret} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
# Of itself Debian 13's leaves the parts to a further server, which deletes them later.
allow_async_delete = false
[filter:s3api]
use = egg:swift#s3api
"""


class Server:
    """Its data lie in `disk`; start() and kill() as often as wanted."""

    def __init__(self, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pdfjobs-swift-"))
        self.disk = self.folder / "devices" / "disk"
        self.disk.mkdir(parents=True)
        ports: set[int] = set()
        while len(ports) < len(SERVERS):
            ports.add(free_port())
        self._ports = dict(zip(SERVERS, ports, strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._user = pwd.getpwuid(os.geteuid()).pw_name
        self._environment = {"PATH": "/usr/bin:/bin", **environment}
        self._configure()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['proxy']}"

    def start(self) -> "Server":
        """Starts what does not run, and waits until it answers."""
        for kind in SERVERS:
            if kind not in self._processes:
                self._processes[kind] = self._serve(kind)
        deadline = time.monotonic() + STARTS_S
        while not self._answers():
            alive = all(process.poll() is None for process in self._processes.values())
            assert alive and time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        return self

    def kill(self, *kinds: str) -> None:
        """As a loss of power does: these of its servers, or all of it."""
        for kind in kinds or tuple(self._processes):
            process = self._processes.pop(kind)
            process.send_signal(signal.SIGKILL)
            process.wait(ENDS_S)

    def fill_disk(self) -> None:
        """From here on its objects have no room, as if others had filled the disk."""
        self._reserve("100%")

    def empty_disk(self) -> None:
        """There is room again."""
        self._reserve("0")

    def _reserve(self, share: str) -> None:
        file = self.folder / "object.conf"
        file.write_text(
            re.sub(r"(?m)^fallocate_reserve = .*", f"fallocate_reserve = {share}", file.read_text())
        )
        self.kill("object")
        self.start()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self) -> Any:
        """Of boto3, with the rights that the backups have."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET,
            config=Config(connect_timeout=2, read_timeout=20, retries={"max_attempts": 1}),
        )

    def parts(self) -> list[str]:
        """Of files of many parts, and of what was begun and not ended: what takes room beside the files."""
        login = {"X-Auth-User": ACCESS_KEY, "X-Auth-Key": SECRET}
        with urlopen(Request(f"{self.url}/auth/v1.0", headers=login)) as answer:
            token, account = answer.headers["X-Auth-Token"], answer.headers["X-Storage-Url"]
        asked = Request(f"{account}/{BUCKET}%2Bsegments", headers={"X-Auth-Token": token})
        with urlopen(asked) as answer:
            return answer.read().decode().splitlines()

    def log(self) -> str:
        """The last words of each."""
        return "".join(file.read_text()[-2000:] for file in sorted(self.folder.glob("*.log")))

    def _configure(self) -> None:
        assert shutil.which("memcached"), "no memcached here; `make test-machine` installs it"
        (self.folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
        words = {"folder": self.folder, "user": self._user}
        for kind in STORES:
            text = CONFIG.format(port=self._ports[kind], pipeline=f"{kind}-server", **words)
            (self.folder / f"{kind}.conf").write_text(text + STORE.format(kind=kind))
        pipeline = "cache s3api tempauth bulk slo proxy-server"
        text = CONFIG.format(port=self._ports["proxy"], pipeline=pipeline, **words)
        text += PROXY.format(secret=SECRET, cache_port=self._ports["cache"])
        (self.folder / "proxy.conf").write_text(text)
        ports = [str(self._ports[kind]) for kind in STORES]
        done = subprocess.run(
            [PYTHON, "-c", RINGS, str(self.folder), *ports], capture_output=True, text=True
        )
        assert done.returncode == 0, f"{done.stderr}; `make test-machine` installs python3-swift"

    def _serve(self, kind: str) -> subprocess.Popen[bytes]:
        words = [PYTHON, "-c", SERVE, str(self.folder), kind]
        if kind == "cache":
            words = ["memcached", "-l", "127.0.0.1", "-p", str(self._ports[kind]), "-u", self._user]
        with (self.folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen(
                words,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def _answers(self) -> bool:
        client = self.client()
        try:
            for port in self._ports.values():
                socket.create_connection(("127.0.0.1", port)).close()
            client.create_bucket(Bucket=BUCKET)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"] < INTERNAL_ERROR
        except (BotoCoreError, OSError):
            return False
        finally:
            client.close()
        return True


@contextmanager
def running(**environment: str) -> Iterator[Server]:
    """A server with an empty bucket, and gone afterwards."""
    server = Server(**environment)
    try:
        yield server.start()
    finally:
        server.remove()
