"""On the host as the other tests made it: a solver from the share runs in its sandbox, seen from outside by root."""

import json

import pytest
from container import Container
from test_a_bare_host_becomes_the_service import job, pid_of, put

from tests.decks import beam
from tests.service import wait_for

VAR = "/srv/pdfjobs"
LOOK = """
import json, os, pwd, sys
from pathlib import Path
solver, service = (Path("/proc") / pid for pid in sys.argv[1:3])
def words(process):
    lines = (process / "status").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)
mine, theirs = words(solver), words(service)
kinds = ("user", "pid", "net", "ipc", "uts", "mnt")
named = {line.split()[-1] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
# Without those of the machine, with which the container shares its network.
sockets = {path for path in named if path.startswith("/") and os.path.lexists(path)}
# A link would lead to this process's own files.
secrets = [*map(os.path.realpath, [*sockets, *sys.argv[3:]])]
root = solver / "root"
print(json.dumps({
    "account": pwd.getpwuid(int(mine["Uid"].split()[0])).pw_name,
    "rights": [int(mine[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")],
    "more_filters": int(mine["Seccomp_filters"]) > int(theirs["Seccomp_filters"]),
    "shared": [kind for kind in kinds if os.readlink(solver / "ns" / kind) == os.readlink(service / "ns" / kind)],
    "tried": sorted({word for word in ("redis", "PGSQL") for path in sockets if word in path}),
    "seen": [path for path in secrets if os.path.lexists(f"{root}{path}")],
    "missing": [path for path in secrets if not os.path.lexists(path)],
    "runs": os.listdir(f"{root}VAR/runs"),
    "instance": sorted(os.listdir(f"{root}VAR")),
}))
""".replace("VAR", VAR)


@pytest.fixture(scope="module")
def running(host: Container, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A deck's job while it is being solved."""
    folder = tmp_path_factory.mktemp("decks")
    (folder / "bounded.inp").write_text(beam(increments=400, length=24, width=4))
    assert put(host, "mara", folder, "bounded.inp") == ""
    found = wait_for(
        lambda: job(host, "bounded.inp", "running", "error", "other", "none"), "start", 120
    )
    assert found["status"] == "running"
    return found


def test_the_solver_finds_nothing_of_the_host(host, running):
    solver = wait_for(lambda: host.run("pgrep", "-x", "ccx", check=False).stdout.strip(), "ccx", 60)
    secrets = (f"{VAR}/secret.key", "/etc/shadow", "/etc/pdfjobs", "/opt/pdfjobs/current/manage.py")
    service = pid_of(host, "pdfjobs-workers")

    assert json.loads(host.say("python3", "-c", LOOK, solver, service, *secrets)) == {
        "account": "pdfjobs",
        "rights": [0, 0, 0],
        "more_filters": True,
        "shared": [],
        "tried": ["PGSQL", "redis"],
        "seen": [],
        "missing": [],
        "runs": [running["deck"].removeprefix(f"{VAR}/runs/").split("/")[0]],
        "instance": ["openfoam", "runs"],
    }


def test_it_is_solved_all_the_same(host, running):
    found = wait_for(lambda: job(host, running["name"], "normal", "error", "other"), "its end", 600)

    assert found["status"] == "normal"


def test_the_status_has_no_complaint_of_it(host):
    told = host.say("sh", "-c", f"cat {VAR}/confinement/*.json")

    assert json.loads(told)["why_not"] == ""
    assert "cannot be confined" not in host.run("pdfjobs", "status", check=False).stdout
