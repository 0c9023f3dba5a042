"""How each root can be followed: by the kernel's events, by polling, or not at all while it is missing, and why."""

import logging
import os
import select
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from watcher.config import Root
from watcher.cookie import Cookie, is_cookie
from watcher.kernel import KernelQueue
from watcher.mounts import Mounts, needs_polling
from watcher.patience import Patience, SilentError
from watcher.watches import Changes, Watches

CHECK_S = 1.0
"""How often a root is looked at: is it (still, again) the folder that we listen to?"""
RETRY_LIMIT_S = 60.0
TEST_S = 3600.0
"""How often events are put to the test, where the folder is ours to write to."""
MOST_FAILED = 2
"""A test that fails is done once more: a machine that slept hears late."""

logger = logging.getLogger(__name__)


class Bell:
    """Wakes the loop from another thread or a signal handler; a lock could not be taken safely in the latter."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self.write_end, False)
        self._poll = select.poll()
        self._poll.register(self._read_end, select.POLLIN)

    def ring(self) -> None:
        try:
            os.write(self.write_end, b"!")
        except BlockingIOError:
            pass  # it has rung 65,536 times and nobody came: it will be heard

    def wait(self, seconds: float) -> bool:
        """True when the bell rang, False when the time is over."""
        if not self._poll.poll(max(0.0, seconds) * 1000):
            return False
        os.read(self._read_end, 65_536)
        return True

    def close(self) -> None:
        os.close(self._read_end)
        os.close(self.write_end)


@dataclass(frozen=True)
class Place:
    """Where a root really is."""

    top: str
    device: int
    inode: int
    is_mount: bool


class Reach:
    """One root. It is followed as long as it is the same folder in the same state of mounts."""

    def __init__(
        self, root: Root, bell: Bell, is_ours: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.root = root
        self.state: Literal["watched", "polled", "missing"] = "missing"
        self.why = "not looked at yet"
        self.watches: Watches | None = None
        self.place: Place | None = None
        self.silent: tuple[str, ...] = ()
        """Mount points inside whose changes make no events here; relative."""
        self.away: tuple[str, ...] = ()
        """Mount points once seen inside that are not mounted now; relative."""
        self.refusal: int | None = None
        """Why the kernel gave no event queue or not even one watch; an errno."""
        self._inside: dict[str, str] = {}
        """Mount points inside, as they are mounted now."""
        self._bell, self._clock = bell, clock
        self._cookie = Cookie(root.path) if is_ours else None
        self._mounts = Mounts(())
        self._asked = Patience(lambda: _place(root.path, self._mounts))
        self._test_at = self._taken_at = 0.0
        self._failed_tests = 0
        self._distrust = ""
        self._is_outdated = False
        self._retry_at, self._retry_s = float("inf"), CHECK_S

    def check(
        self,
        mounts: Mounts,
        known_mounts: Sequence[str],
        was_used: Callable[[], bool],
        now: float,
    ) -> bool:
        """Whether how the root is followed has changed. `was_used`: were files of it handed over once?"""
        self._mounts = mounts
        try:
            place = self._asked.answer()
        except SilentError:
            return self._lose("it does not answer")
        missing = _missing(place, known_mounts, place != self.place and was_used())
        if place is None or missing:
            return self._lose(missing)
        inside = mounts.below(place.top)
        silent = tuple(one for one in inside if self._is_silent(f"{place.top}/{one}", mounts))
        away = tuple(
            one for one in known_mounts if one and one not in inside and _lies(place.top, one)
        )
        is_alive = self.watches is None or self.watches.is_alive()
        is_same = (place, inside, away) == (self.place, self._inside, self.away)
        if self.state != "missing" and is_same and is_alive and not self._is_outdated:
            if now >= self._retry_at:
                return self._open("", now)
            self._test(now)
            return False
        self._close()
        self._is_outdated = False
        self.place, self._inside, self.silent, self.away = place, inside, silent, away
        self._open(self._reason_to_poll(place, mounts), now)
        return True

    def distrust(self, why: str) -> None:
        """Events do not tell of what happens here: it is polled from the next check on."""
        if self.root.mode == "auto" and not self._distrust:
            logger.warning("%s (%r) is polled: %s", self.root.name, self.root.path, why)
            self._distrust = why
            self._is_outdated = True

    def take(self) -> Changes:
        if self.watches is None:
            return Changes(at=self._clock())
        changes = self.watches.take()
        if self._cookie is not None:
            for path in [path for path in changes.touched if is_cookie(path)]:
                self._cookie.heard(path)
                del changes.touched[path]
            if changes.lost:
                self._test_at = changes.at  # the cookie's event may be among those
        if changes.is_all:
            self._taken_at = changes.at
        return changes

    def close(self) -> None:
        if self._cookie is not None:
            self._cookie.close()
        self._close()

    def _reason_to_poll(self, place: Place, mounts: Mounts) -> str:
        if self.root.mode == "poll":
            return "set to poll"
        if self.root.mode == "events":
            return ""
        return self._distrust or needs_polling(mounts.fs_type_of(place.top)) or ""

    def _open(self, reason: str, now: float) -> bool:
        """Whether it is listened to now. Where the kernel refuses, it is polled and asked again ever later."""
        assert self.place is not None
        self._retry_at, self.refusal = float("inf"), None
        if not reason:
            reason = self._listen(self.place.top)
            if reason:
                self._retry_at = now + self._retry_s
                self._retry_s = min(2 * self._retry_s, RETRY_LIMIT_S)
            else:
                self._retry_s = CHECK_S
        before = self.state, self.why
        self.state, self.why = ("polled", reason) if reason else ("watched", "")
        self._test_at = now
        if before != (self.state, self.why):
            logger.info(
                "%s %s: %r%s",
                "polling" if reason else "watching",
                self.root.name,
                self.root.path,
                f" ({reason})" if reason else "",
            )
        return not reason

    def _listen(self, top: str) -> str:
        """Why the kernel refuses; "" when it does not."""
        try:
            self.watches = Watches(top, KernelQueue(top, self._bell.ring), self._clock)
            self.watches.add("")
        except OSError as error:
            self._close()
            self.refusal = error.errno
            return error.strerror or str(error)
        return ""

    def _lose(self, why: str) -> bool:
        if self.state == "missing":
            self.why = why
            return False
        logger.warning("cannot follow %s (%r): %s", self.root.name, self.root.path, why)
        self._close()
        self.state, self.why, self.place = "missing", why, None
        return True

    def _test(self, now: float) -> None:
        """A file of ours is written: its event must come. What was not taken yet is no proof that it did not."""
        if self._cookie is None or self.watches is None:
            return
        if now >= self._test_at:
            self._test_at = now + TEST_S
            self._cookie.start(now)
            return
        verdict = self._cookie.verdict(self._taken_at)
        if verdict is None:
            return
        self._failed_tests = 0 if verdict else self._failed_tests + 1
        if self._failed_tests >= MOST_FAILED:
            self.distrust("a file written there made no event")
        elif not verdict:
            self._test_at = now

    def _is_silent(self, place: str, mounts: Mounts) -> bool:
        return self.root.mode == "auto" and bool(needs_polling(mounts.fs_type_of(place)))

    def _close(self) -> None:
        if self.watches is not None:
            self.watches.close()
            self.watches = None


def _place(path: str, mounts: Mounts) -> Place | None:
    """Asks the disk itself, whatever the kernel remembers of it; those that are mounted inside as well."""
    try:
        real = Path(path).resolve()
        os.statvfs(real)
        status = real.stat()
    except (OSError, RuntimeError):  # RuntimeError: symlinks in a circle
        return None
    if not stat.S_ISDIR(status.st_mode):
        return None
    for inside in mounts.below(str(real)):
        with suppress(OSError):
            os.statvfs(real / inside)
    return Place(str(real), status.st_dev, status.st_ino, mounts.is_mount(str(real)))


def _missing(place: Place | None, known_mounts: Sequence[str], is_suspect: bool) -> str:
    """Why the root counts as missing, "" when it does not. An unmounted share leaves an empty folder behind."""
    if place is None:
        return "it is missing"
    if "" in known_mounts and not place.is_mount:
        return "nothing is mounted there"
    if is_suspect:
        try:
            with os.scandir(place.top) as entries:
                empty = next(entries, None) is None
        except OSError as error:
            return error.strerror or str(error)
        if empty:
            return "it is empty, and was not"
    return ""


def _lies(top: str, folder: str) -> bool:
    return os.path.lexists(os.path.join(top, folder))
