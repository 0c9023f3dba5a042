"""docs/operate.md names every alarm that the code can raise, and no alert rule asks for a metric that is not there."""

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from pdfjobs.health import metrics
from pdfjobs.models import EVENTS
from tests.service import APP
from watcher.limits import Limits, Use, advice

RULES = APP / "provision" / "alerts.yml"
LEVELS = {"warning", "error", "exception", "critical"}
ADVICE = advice(Limits(100, 100, 100), Use(90, refused=5, overflows=2, instance_refused=True))


def sections() -> dict[str, list[list[str]]]:
    """Rows of the tables of each alarm section, by its heading, without the head rows."""
    text = (APP / "docs" / "operate.md").read_text()
    chapter = text.split("\n## What each alarm means and what to do first\n")[1].split("\n## ")[0]
    found = {}
    for part in chapter.split("\n### ")[1:]:
        heading, _, rest = part.partition("\n")
        rows = re.findall(r"^\| (.+) \|$", rest, re.MULTILINE)
        found[heading] = [[cell.strip() for cell in re.split(r" \| ", row)] for row in rows[1:]]
    return found


def first(heading: str) -> set[str]:
    (rows,) = [rows for name, rows in sections().items() if name.startswith(heading)]
    return {said for row in rows for said in row[0].split(" *or* ")}


def words(node: ast.expr) -> str:
    """A sentence as the source has it, `…` for what is put in."""
    if isinstance(node, ast.Constant):
        return re.sub(r"%[rsda]", "…", str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(words(part) for part in node.values)
    return "…"


def translated(node: ast.AST) -> set[str]:
    """The sentences in it that are said in the reader's language, `…` for what is put in; not the values that are."""
    if isinstance(node, ast.Dict):
        return set()
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "ngettext"):
        forms = [each for each in node.args if isinstance(each, ast.Constant)]
        return {re.sub(r"%\(\w+\)[sd]", "…", str(forms[-1].value))}  # of one and of many: of many
    return {said for part in ast.iter_child_nodes(node) for said in translated(part)}


def sentences(node: ast.expr, module: ast.Module) -> set[str]:
    """Each that an argument may be; where it is made elsewhere in its module, all that may be made there."""
    if said := translated(node):
        return said
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    for place in ast.walk(module):
        if isinstance(place, ast.FunctionDef) and place.name in names:
            said |= translated(place)
        if isinstance(place, ast.Assign) and names & {ast.unparse(each) for each in place.targets}:
            said |= translated(place.value)
    return said or {"…"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the rooms' sources, with its module."""
    for room in ("watcher", "workers", "pdfjobs"):
        for file in sorted((APP / room).rglob("*.py")):
            if not {"tests", "node_modules"} & {*file.parts}:
                module = ".".join(file.relative_to(APP).with_suffix("").parts)
                for node in ast.walk(ast.parse(file.read_text())):
                    if isinstance(node, ast.Call):
                        yield module, node


def problems() -> set[str]:
    found = set()
    for file in (APP / "pdfjobs" / "health").glob("*.py"):
        module = ast.parse(file.read_text())
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Problem":
                found |= sentences(call.args[2], module)
    return found


def logged() -> set[tuple[str, str]]:
    """What the log may hold that is more than information: its logger, which is its module, and its words."""
    found = set()
    for module, call in calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS:
            by = ast.unparse(call.func.value)
            if by.endswith((".log", ".logger")):  # another module's
                module = f"{module.rpartition('.')[0]}.{by.rpartition('.')[0]}"
            if by.rpartition(".")[2] in ("log", "logger", "logging"):
                found.add((module, words(call.args[0])))
    return found


def test_every_problem_of_the_status_page_is_in_the_document():
    told = problems()

    assert len(told) > 20
    # The watcher's advice is passed on word for word.
    assert told - first("On the status page") == {"…"}
    assert first("On the status page") - told == set()


def test_every_limit_that_the_watcher_advises_on_is_in_the_document():
    keys = {key for sentence in ADVICE for key in re.findall(r"fs\.inotify\.\w+", sentence)}

    assert len(keys) == 3
    assert [key for key in keys if key not in (APP / "docs" / "operate.md").read_text()] == []


def test_every_warning_of_the_log_is_in_the_document():
    rows = next(rows for name, rows in sections().items() if name.startswith("In the log"))
    told = {(row[0], row[1]) for row in rows}

    assert len(logged()) > 30
    assert sorted(logged() - told) == []
    assert sorted(told - logged()) == []


def test_every_early_warning_and_notice_is_in_the_document():
    rules = tomllib.loads((APP / "workers" / "alerts.toml").read_text())["rule"]
    text = (APP / "docs" / "operate.md").read_text()

    assert first("To people") == {rule["name"] for rule in rules}
    assert [event for event in EVENTS if f"`{event}`" not in text] == []


def test_every_part_that_a_health_check_names_is_in_the_document():
    source = ast.parse((APP / "pdfjobs" / "health" / "__init__.py").read_text())
    (broken,) = [
        node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "broken"
    ]
    parts = {
        element.value
        for node in ast.walk(broken)
        if isinstance(node, ast.List)
        for element in node.elts
        if isinstance(element, ast.Constant)
    }

    assert parts == {"database", "queue", "watcher"}
    assert first("`/healthz`") == {f"503 `{part}`" for part in parts}


def test_every_row_says_what_it_means_and_what_to_do_first():
    short = [row for rows in sections().values() for row in rows if len(row) < 3 or not all(row)]

    assert short == []


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_promtool_takes_the_alert_rules():
    done = promtool("check", "rules", RULES)

    assert done.returncode == 0, done.stderr + done.stdout


def test_alert_rules_and_document_name_each_other_and_real_metrics():
    text = RULES.read_text()
    alerts = set(re.findall(r"- alert: (\w+)", text))
    tables = (metrics.ALONE, metrics.ROOT, metrics.QUEUE, metrics.WORKER, metrics.DISK)
    known = {f"pdfjobs_{name}" for name, _, _ in chain(*tables)}
    known |= {"pdfjobs_up", "pdfjobs_problems", "pdfjobs_root_state"}

    assert alerts == first("Prometheus")
    asked = {name for line in re.findall(r"expr: (.+)", text) for name in METRIC.findall(line)}
    assert len(asked) > 8
    assert asked - known == set()


METRIC = re.compile(r"\bpdfjobs_\w+")
FIRES = [
    ('up{job="pdfjobs"}', "0", "PdfjobsNotScraped"),
    ('pdfjobs_up{part="watcher"}', "0", "PdfjobsPartDown"),
    ('pdfjobs_problems{level="fail"}', "1", "PdfjobsFailing"),
    ('pdfjobs_problems{level="warn"}', "1", "PdfjobsWarning"),
    ('pdfjobs_root_state{root="a",state="missing"}', "1", "PdfjobsRootMissing"),
    ('pdfjobs_root_oldest_news_seconds{root="a"}', "901", "PdfjobsNewsOld"),
    ('pdfjobs_queue_oldest_task_seconds{queue="ingest"}', "901", "PdfjobsQueueOld"),
    ('pdfjobs_queue_oldest_task_seconds{queue="backlog"}', "901", ""),
    ('pdfjobs_queue_failed_tasks{queue="ingest"}', "1", "PdfjobsTasksFailed"),
    ('pdfjobs_queue_failed_tasks{queue="ingest"}', "0", ""),
    ("pdfjobs_certificate_end_time_seconds", str(13 * 86400), "PdfjobsCertificateRunsOut"),
    ("pdfjobs_certificate_end_time_seconds", str(15 * 86400), ""),
]


@pytest.mark.parametrize(("series", "value", "alert"), FIRES)
def test_an_alert_fires_for_what_it_names_and_for_nothing_else(
    tmp_path: Path, series: str, value: str, alert: str
):
    test = {
        "interval": "1m",
        "input_series": [{"series": series, "values": f"{value}x60"}],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "45m",
                "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1}]
                if alert
                else [],
            }
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "tests": [test]}))  # JSON is YAML

    done = promtool("test", "rules", file)

    assert done.returncode == 0, done.stderr + done.stdout
