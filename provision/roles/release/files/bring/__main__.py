"""Brings a release that is installed on this host in the place of the one that runs, or leaves everything as it was.

    pdfjobs-release                   says which release runs, and which others lie here
    pdfjobs-release NAME              brings that one
    pdfjobs-release --back            brings the one that ran before
    pdfjobs-release --room            says whether the disks have room for that

It goes on when whoever started it is gone, and only one runs at a time.
"""

import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import FrameType

import room
from bringing import Bringing, Note
from host import Host, ReleaseError
from old import prune


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    asked = _asked()
    host = Host(asked.app, asked.etc, asked.user)
    try:
        with host.alone():
            if asked.room:
                room.check(host, host.current(), with_backup=True)
                return 0
            return _bring(host, asked)
    except ReleaseError as error:
        host.say(f"Nothing was changed: {error}.")
        return 1


def _bring(host: Host, asked: Namespace) -> int:
    bringing = Bringing.broken_off(host)
    if bringing:
        bringing.mend()
    if asked.mend:
        return 0
    name = host.before() if asked.back else asked.name
    if not name:
        _list(host)
        return 0
    if name == host.current():
        host.say(f"Release {name} runs already.")
        return 0
    if not host.is_complete(name):
        raise ReleaseError(f"there is no complete release {name} in {host.releases}")
    bringing = Bringing(host, Note(host.current(), name))
    bringing.prepare(with_backup=not asked.backed_up, regardless_of_room=asked.regardless_of_room)
    if not bringing.carry_out():
        return 1
    for gone in prune(host, asked.keep):
        host.say(f"Release {gone} is removed: {asked.keep} stay.")
    return 0


def _asked() -> Namespace:
    parser = ArgumentParser(
        prog="pdfjobs-release", description="brings a release, or takes it back"
    )
    parser.add_argument("name", nargs="?", default="", help="which; without it: says what there is")
    parser.add_argument("--back", action="store_true", help="the one that ran before")
    parser.add_argument("--mend", action="store_true", help="only mends what was broken off")
    parser.add_argument("--backed-up", action="store_true", help="a backup was made just now")
    parser.add_argument(
        "--room", action="store_true", help="only looks whether the disks have room"
    )
    parser.add_argument(
        "--regardless-of-room", action="store_true", help="does not look for it: you know better"
    )
    parser.add_argument("--keep", type=int, default=5, help="how many releases stay")
    parser.add_argument("--app", type=Path, required=True, help="folder of the releases")
    parser.add_argument("--etc", type=Path, required=True, help="folder of the settings")
    parser.add_argument("--user", required=True, help="account of the service")
    return parser.parse_args()


def _list(host: Host) -> None:
    words = {host.before(): "  ran before", host.current(): "  runs"}
    for name in host.names():
        host.say(f"{name}{words.get(name, '')}")


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise ReleaseError("told to end")


sys.exit(main())
