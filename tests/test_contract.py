"""What rooms say to each other without importing each other: task names, their keywords, and the settings file."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from rq.utils import import_attribute

from pdfjobs import config, queue
from pdfjobs.table import Table
from watcher import config as watcher_config
from watcher.publish import TASKS

APP = Path(__file__).resolve().parent.parent
ROOMS = ("pdfjobs", "workers", "watcher")


def sent() -> list[tuple[str, str, tuple[str, ...]]]:
    """File, task and keywords of each `queue.send` in the rooms, read from their source."""
    found = []
    for room in ROOMS:
        for path in sorted((APP / room).rglob("*.py")):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("queue.send"):
                    name = node.args[1]
                    task = (
                        name.value
                        if isinstance(name, ast.Constant)
                        else getattr(queue, ast.unparse(name).rpartition(".")[2])
                    )
                    keywords = tuple(keyword.arg for keyword in node.keywords)
                    found.append((f"{path.relative_to(APP)}:{node.lineno}", task, keywords))
    return found


NAMED = [
    *(("watcher.publish", name, keywords) for name, keywords in TASKS.items()),
    *sent(),
    ("pdfjobs.queue", queue.SOLVE, ("run_id",)),
]


@pytest.mark.parametrize(("where", "task", "keywords"), NAMED, ids=lambda value: str(value))
def test_a_task_named_somewhere_is_there_and_takes_what_it_is_given(where, task, keywords):
    function = import_attribute(task)

    inspect.signature(function).bind(**dict.fromkeys(keywords))


def test_the_source_was_searched_where_tasks_are_sent():
    assert {task for _, task, _ in sent()} >= {
        "workers.tasks.stop_run",
        "workers.tasks.resume_intake",
        "workers.tasks.ingest",
    }


def test_every_constant_that_names_a_task_resolves():
    for name in (queue.INGEST, queue.SOLVE):
        assert callable(import_attribute(name))


def test_every_task_is_named_by_somebody():
    """A task that nobody names is dead, or its name is made up elsewhere."""
    import workers.tasks

    own = {
        f"workers.tasks.{name}"
        for name, value in vars(workers.tasks).items()
        if inspect.isfunction(value) and value.__module__ == "workers.tasks"
    }

    assert own == {task for _, task, _ in NAMED}


GOOD = {
    "nothing": "",
    "other tables": '[web]\nport = 9000\n[launcher]\nslots = 4\n[solvers.x]\ncommand = ["x"]\n',
    "all three": "[intake]\nquiet_s = 0.5\n[logs]\nquiet_s = 1\nceiling_s = 30.5\n",
    "lowest": "[intake]\nquiet_s = 0.1\n[logs]\nquiet_s = 0\nceiling_s = 0\n",
    "highest": "[intake]\nquiet_s = 3600\n[logs]\nquiet_s = 60\nceiling_s = 600\n",
    "one tree": '[[trees]]\nname = "crash"\npath = "/data/crash"\n',
    "two trees": '[[trees]]\nname = "a"\npath = "/a"\n[[trees]]\nname = "b-2_x"\npath = "/b"\n',
    "all of watch": '[watch]\nmode = "poll"\npoll_s = 1\nstats_per_s = 500\ngrace_s = 60\n',
    "watch at its lowest": "[watch]\npoll_s = 0.1\nstats_per_s = 1\ngrace_s = 0\n",
    "watch at its highest": "[watch]\npoll_s = 3600\nstats_per_s = 1000000\ngrace_s = 2592000\n",
    "readings at their lowest": "[logs]\nreadings_per_s = 0.1\nsteady_s = 0\n",
    "readings at their highest": "[logs]\nreadings_per_s = 100000\nsteady_s = 600\n",
    "a tree with a word of its own": '[watch]\nmode = "poll"\n[[trees]]\nname = "a"\npath = "/a"\nmode = "events"\n',
    "a tree without one": '[watch]\nmode = "events"\n[[trees]]\nname = "a"\npath = "/a"\n',
    "auto said": '[watch]\nmode = "auto"\n[[trees]]\nname = "a"\npath = "/a"\nmode = "auto"\n',
    "a database server": '[database]\nengine = "postgresql"\n',
}
BAD = {
    "no TOML": "[intake\n",
    "not UTF-8": b"[intake]\nx = '\xff'\n",
    "quiet too short": "[intake]\nquiet_s = 0.05\n",
    "quiet too long": "[logs]\nquiet_s = 61\n",
    "ceiling below zero": "[logs]\nceiling_s = -1\n",
    "quiet is nan": "[logs]\nquiet_s = nan\n",
    "ceiling is inf": "[logs]\nceiling_s = inf\n",
    "a word": '[logs]\nceiling_s = "soon"\n',
    "a list": "[logs]\nceiling_s = [1]\n",
    "a number as text": '[intake]\nquiet_s = "2.0"\n',
    "a switch": "[logs]\nquiet_s = true\n",
    "relative tree": '[[trees]]\nname = "a"\npath = "data"\n',
    "no table": "logs = 3\n",
    "trees no list": '[trees]\nname = "a"\n',
    "tree without path": '[[trees]]\nname = "a"\n',
    "tree without name": '[[trees]]\npath = "/a"\n',
    "tree name with a blank": '[[trees]]\nname = "a b"\npath = "/a"\n',
    "tree name with a newline": '[[trees]]\nname = "a\\n"\npath = "/a"\n',
    "tree name taken": '[[trees]]\nname = "runs"\npath = "/a"\n',
    "no such way to watch": '[watch]\nmode = "inotify"\n',
    "a way to watch that is no word": "[watch]\nmode = 1\n",
    "a list of ways": '[watch]\nmode = ["poll"]\n',
    "polled without a pause": "[watch]\npoll_s = 0\n",
    "polled too rarely": "[watch]\npoll_s = 3601\n",
    "no budget": "[watch]\nstats_per_s = 0\n",
    "grace below zero": "[watch]\ngrace_s = -1\n",
    "grace without end": "[watch]\ngrace_s = inf\n",
    "readings never": "[logs]\nreadings_per_s = 0\n",
    "steady too slow": "[logs]\nsteady_s = 601\n",
    "watch no table": "watch = 1\n",
    "a tree with a wrong mode": '[[trees]]\nname = "a"\npath = "/a"\nmode = "Poll"\n',
    "two trees of one name": '[[trees]]\nname = "a"\npath = "/a"\n[[trees]]\nname = "a"\npath = "/b"\n',
}


def answers(tmp_path: Path, text: str | bytes) -> tuple:
    """What both sides read from a settings file: the values that both know, or that each refuses it."""
    var = tmp_path / "var"
    var.mkdir()
    raw = text if isinstance(text, bytes) else text.encode()
    (var / "pdfjobs.toml").write_bytes(raw)
    return ours(var), theirs(var)


def ours(var: Path):
    instance = config.Instance(var)
    try:
        read = config.load(instance)
    except config.ConfigError:
        return "refused"
    ways = read.watch
    trees = {tree.name: (str(tree.path), tree.mode or ways.mode) for tree in read.trees}
    roots = {
        "hotfolder": (str(instance.hotfolder), ways.mode),
        "runs": (str(instance.runs), ways.mode),
        **trees,
    }
    logs = read.logs
    return (
        (read.intake.quiet_s, logs.quiet_s, logs.ceiling_s, logs.readings_per_s, logs.steady_s),
        (ways.poll_s, ways.stats_per_s, ways.grace_s),
        roots,
    )


def theirs(var: Path):
    environment = {
        "PDFJOBS_VAR": str(var),
        "RQ_KEY_PREFIX": "x",
        "REDIS_URL": config.Instance(var).redis_url,
    }
    try:
        read = watcher_config.read(environment)
    except watcher_config.ConfigError:
        return "refused"
    return (
        (
            read.intake_quiet_s,
            read.logs_quiet_s,
            read.logs_ceiling_s,
            read.readings_per_s,
            read.steady_s,
        ),
        (read.poll_s, read.stats_per_s, read.grace_s),
        {root.name: (root.path, root.mode) for root in read.roots},
    )


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_diary_and_watcher_read_the_same_from_a_good_file(tmp_path, text):
    diary, watcher = answers(tmp_path, text)

    assert diary == watcher != "refused"


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_diary_and_watcher_both_refuse_a_bad_file(tmp_path, text):
    assert answers(tmp_path, text) == ("refused", "refused")


def test_a_named_file_that_is_missing_is_refused_by_both(tmp_path, monkeypatch):
    missing = str(tmp_path / "missing.toml")
    monkeypatch.setenv("PDFJOBS_CONFIG", missing)

    with pytest.raises(config.ConfigError, match=r"missing\.toml"):
        config.load(config.Instance(tmp_path))
    with pytest.raises(watcher_config.ConfigError, match=r"missing\.toml"):
        watcher_config.read(
            {
                "PDFJOBS_VAR": str(tmp_path),
                "PDFJOBS_CONFIG": missing,
                "RQ_KEY_PREFIX": "x",
                "REDIS_URL": "unix:///x",
            }
        )


def test_an_error_names_key_value_and_what_is_allowed(tmp_path):
    with pytest.raises(config.ConfigError) as error:
        config.parse(b"[launcher]\nslots = 0\n", "pdfjobs.toml")

    assert str(error.value).startswith("pdfjobs.toml: cannot be used:\n  launcher.slots = 0: ")
    assert "greater than or equal to 1" in str(error.value)


def setting_tables(table: type[Table] = config.Settings) -> Iterator[type[Table]]:
    """Each table of `pdfjobs.toml`, whatever module it stands in."""
    for field in table.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Table):
                yield kind
                yield from setting_tables(kind)


def test_every_settings_key_has_a_docstring():
    """The sentence that stands under each key, or its table's that names it, is its documentation."""
    tables = {table.__name__: inspect.getsource(table) for table in setting_tables()}
    silent = []
    for name, source in tables.items():
        (table,) = ast.parse(source).body
        about = ast.get_docstring(table) or ""
        for key, after in zip(table.body, [*table.body[1:], None], strict=True):
            if isinstance(key, ast.AnnAssign):
                said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                said = said and str(after.value.value).strip()
                if not said and f"`{key.target.id}`" not in about:
                    silent.append(f"{name}.{key.target.id}")

    assert tables.keys() >= {"Web", "Watch", "Tree", "Database", "Confine", "Backup", "GroupRole"}
    assert silent == []


def test_what_is_sent_must_be_plain_values():
    with pytest.raises(TypeError):
        queue.send("ingest", queue.INGEST, "x", paths={Path("a")})
    assert json.dumps({"paths": ["\udcff"]}) == '{"paths": ["\\udcff"]}'


def test_no_secret_lies_open_where_ansible_reads_it():
    """Ansible reads each file of such a folder, an example as well; its words would become a host's passwords."""
    read = sorted((APP / "provision" / "inventories").glob("*/group_vars/**/*.yml"))
    open_ones = [file for file in read if not file.read_bytes().startswith(b"$ANSIBLE_VAULT;")]

    assert len(open_ones) >= 4
    assert [file for file in open_ones if "\nvault_" in file.read_text()] == []
