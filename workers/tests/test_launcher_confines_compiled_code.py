"""Code that a case brings, compiled and loaded by OpenFOAM itself: what computes works, what reaches out does not.

Debian's package has OpenFOAM's programs and templates and leaves out wmake and the headers; the few lines of each
that such code needs are here.
"""

import os
import pwd
import re
import shutil
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests import foamcase
from workers.launchers import local
from workers.tests.launcher_runs import LiveRun, bounds_for_tests
from workers.tests.lone_runs import give, place, run_of, served

__all__ = ["place"]

pytestmark = [
    pytest.mark.skipif(
        local.find_program("icoFoam") is None or shutil.which("g++") is None,
        reason="needs OpenFOAM and a compiler: apt-get install openfoam g++",
    ),
    pytest.mark.timeout(120),
]

WMAKE = r"""#!/bin/sh -e
# wmake -s libso FOLDER
cd "$3"
library=$(sed -n 's/^LIB = //p' Make/files | sed 's/$(PWD)/./; s/$(WM_OPTIONS)/'"$WM_OPTIONS/")
source=$(grep '\.C$' Make/files)
mkdir -p "${library%/*}"
g++ -std=c++14 -fPIC -shared -I"$WM_PROJECT_DIR/src" "$source" -o "$library.so"
"""
HEADERS = {
    "dictionary.H": "namespace Foam { class dictionary; }",
    "Ostream.H": (
        "namespace Foam { class Ostream; Ostream& operator<<(Ostream&, const char*);"
        " Ostream& operator<<(Ostream&, const double); Ostream& operator<<(Ostream&, const int); }"
    ),
    "Pstream.H": "",
    "unitConversion.H": "",
}
HONEST = """
#codeStream { codeInclude #{ #include <cmath> #}; code #{
  double sum = 0;
  for (int i = 1; i < 100; ++i) sum += 1/std::pow(2.0, i);
  os << "uniform (" << sum/2 << " 0 0)";
#}; }"""
HOSTILE = """
#codeStream {{ codeInclude #{{
  #include <cerrno>
  #include <cstdio>
  #include <cstdlib>
  #include <cstring>
  #include <string>
  #include <vector>
  #include <arpa/inet.h>
  #include <csignal>
  #include <fcntl.h>
  #include <sys/socket.h>
  #include <sys/wait.h>
  #include <unistd.h>
#}}; localCode #{{
  static void tell(const char* what, long answer)
  {{
    FILE* file = fopen("told", "a");
    fprintf(file, "%s: %s\\n", what, answer < 0 ? strerror(errno) : "done");
    fclose(file);
  }}
  static long reach(const char* path, int how) {{ return open(path, how, 0644); }}
  static long call(int port)
  {{
    sockaddr_in to = {{}};
    to.sin_family = AF_INET; to.sin_port = htons(port); to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(socket(AF_INET, SOCK_STREAM, 0), (sockaddr*)&to, sizeof to);
  }}
  static long multiply()
  {{
    std::vector<pid_t> begun;
    pid_t child;
    while ((child = fork()) >= 0)
    {{
      if (child == 0) {{ pause(); _exit(0); }}
      begun.push_back(child);
    }}
    int why = errno;
    for (pid_t one : begun) {{ kill(one, SIGKILL); waitpid(one, nullptr, 0); }}
    tell(begun.size() < 100 ? "few" : "many", 0);
    errno = why;
    return -1;
  }}
#}}; code #{{
  tell("secret", reach("{place}/secret.key", O_RDONLY));
  tell("other run", reach("{place}/runs/1000002_other/deck.inp", O_RDONLY));
  tell("beside", reach("{place}/runs/1000002_other/mine", O_WRONLY | O_CREAT));
  tell("system", reach("/usr/lib/trap", O_WRONLY | O_CREAT));
  tell("passwords", reach("/etc/shadow", O_RDONLY));
  tell("records", reach(".pdfjobs/run-1.json", O_WRONLY | O_CREAT));
  tell("environment", reach(("/proc/" + std::string(getenv("SERVICE")) + "/environ").c_str(), O_RDONLY));
  tell("service", kill(atoi(getenv("SERVICE")), SIGKILL));
  tell("network", call({port}));
  tell("own", reach("own", O_WRONLY | O_CREAT));
  tell("processes", multiply());
  os << "uniform (1 0 0)";
#}}; }}"""
COMMANDS = """
functions {{ hostile {{ type systemCall; libs ("libutilityFunctionObjects.so"); executeCalls (
  "cat {place}/secret.key > stolen 2> refused.secret"
  "kill -9 $SERVICE 2> refused.service"
  "touch called"
); }} }}
"""


def make_case(place: Path, velocity: str) -> dict[str, str]:
    """A case whose lid gets its velocity from code, and the environment that it is built in; blockMesh needs none."""
    case = run_of(place)
    foamcase.make(case, end_time=0.01, every=2)
    field = case / "0" / "U"
    field.write_text(field.read_text().replace("uniform (1 0 0);", f"{velocity};"))
    tools = place / "foam"
    shutil.copytree(f"{foamcase.ENVIRONMENT['WM_PROJECT_DIR']}/etc", tools / "etc")
    (tools / "src").mkdir()
    for name, text in HEADERS.items():
        (tools / "src" / name).write_text(text + "\n")
    (tools / "wmake").write_text(WMAKE)
    (tools / "wmake").chmod(0o755)
    give(place)
    return {
        "WM_PROJECT_DIR": str(tools),
        "WM_OPTIONS": "linux64GccDPInt32Opt",
        "FOAM_SIGFPE": "1",
        "PATH": f"{tools}:/usr/bin:/bin",
    }


STEPS = ((("blockMesh",), "log.blockMesh"), (("icoFoam",), "log.icoFoam"))


def log_of(case: Path, program: str) -> str:
    return (case / f"log.{program}").read_text()


def lid(case: Path) -> str:
    """Its velocity, as the solver wrote it down at the end."""
    written = max(case.glob("0.0*/U")).read_text()
    found = re.search(r"lid\s*\{[^}]*value\s+uniform \(([^)]*)\)", written)
    assert found is not None, written
    return found[1]


def test_code_that_computes_is_compiled_and_works(place: Path) -> None:
    environment = make_case(place, HONEST)
    control = run_of(place) / "system" / "controlDict"
    control.write_text(control.read_text().replace("deltaT 0.005", 'deltaT #calc "0.01/2"'))
    said = served(place, *STEPS, environment=environment, bounds={"read": [str(place / "foam")]})

    case = run_of(place)
    assert said["record"]["exit_code"] == 0, said
    log = log_of(case, "icoFoam")
    compiled = [
        log_of(case, name).count("Invoking wmake libso") for name in ("blockMesh", "icoFoam")
    ]
    assert compiled == [1, 1]
    assert lid(case) == "0.5 0 0"
    assert re.findall(r"^Time = (.*)$", log, re.MULTILINE) == ["0.005", "0.01"]
    assert len([*case.glob("dynamicCode/platforms/*/lib/libcodeStream_*.so")]) == 2


def test_code_that_reaches_out_is_refused_each_time(place: Path) -> None:
    (place / "secret.key").write_text("precious")
    other = place / "runs" / "1000002_other"
    other.mkdir()
    (other / "deck.inp").write_text("precious")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        environment = make_case(place, HOSTILE.format(place=place, port=port))
        with (run_of(place) / "system" / "controlDict").open("a") as file:
            file.write(COMMANDS.format(place=place))
        said = served(
            place,
            *STEPS,
            environment=environment,
            bounds={"read": [str(place / "foam")], "processes": 100},
        )

    case = run_of(place)
    assert said["record"]["exit_code"] == 0, log_of(case, "icoFoam")
    told = dict(line.split(": ") for line in (case / "told").read_text().splitlines())
    gone, closed = "No such file or directory", "Read-only file system"
    assert told == {
        **dict.fromkeys(("secret", "other run", "beside", "passwords", "environment"), gone),
        **dict.fromkeys(("system", "records"), closed),
        "service": "No such process",
        "network": "Connection refused",
        "own": "done",
        "few": "done",
        "processes": "Resource temporarily unavailable",
    }
    refused = {path.suffix: path.read_text() for path in case.glob("refused.*")}
    assert refused.keys() == {".secret", ".service"}
    assert refused[".secret"].endswith(f"{gone}\n")
    assert "No such process" in refused[".service"]
    assert (case / "called").exists()
    assert (case / "stolen").read_text() == ""
    assert [path.name for path in other.iterdir()] == ["deck.inp"]


def test_roots_own_account_is_refused_by_openfoam_itself(place: Path) -> None:
    """In a sandbox of root's without another account the number is root's, though no right is."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to be refused")
    environment = make_case(place, HONEST)
    run = LiveRun(run_of(place), confine=bounds_for_tests(read=(str(place / "foam"),)))
    give(run.folder, 0)
    (first, _), last = STEPS
    run.start(*first, then=(last,), environment=environment)

    assert run.ending()[:2] == ("exited", 1)
    assert "administrator rights" in (run.folder / "log.icoFoam").read_text()


def test_another_account_of_roots_service_compiles_as_well(place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to run a solver as another user")
    environment = make_case(place, HONEST)
    run = LiveRun(run_of(place), confine=bounds_for_tests(read=(str(place / "foam"),)))
    give(run.folder, 0)
    local.give_folder(run.folder, "nobody")
    (first, _), last = STEPS
    run.start(*first, then=(last,), environment=environment, run_as="nobody")

    assert run.ending() == ("exited", 0, None, None), (run.folder / "log.icoFoam").read_text()
    assert {path.owner() for path in run.folder.glob("dynamicCode")} == {
        pwd.getpwuid(65534).pw_name
    }
