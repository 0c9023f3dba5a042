"""A site's own log: a data file in, a parser out, without Python."""

import json
import random
import re
import time

import pytest

from workers import parsers, siteparsers
from workers.parsers.patterns import LINE_LENGTH, PatternError, compile_safely, needed_words
from workers.parsers.preview import Preview
from workers.parsers.site import SiteError, solver_from
from workers.tests.mutants import mutant

FILE = r"""
name = "crashsim.log"
claims = '^ CRASHSIM [0-9.]+ '

[[line]]
find = '^ CRASHSIM (?P<solver_version>[0-9.]+) on (?P<host>\S+) (?P<started_at>.{16})$'
date = "%d.%m.%Y %H:%M"
begins = true

[[line]]
find = '^ END TIME (?P<end_time>\S+)'

[[line]]
find = '^ STEP +(?P<cycle>\d+) +T=(?P<time>\S+) +E=(?P<energy>\S+) +CLOCK=(?P<wall_time_s>\S+)'
series = { "energy.total" = "energy" }

[[line]]
find = '^ RES (?P<field>\w+) (?P<value>\S+)'
series = { "residual.{field}" = "value" }

[[line]]
find = '^ WARN (?P<code>\d+): (?P<text>.*)'
severity = "warning"
goes_on = '^ {6}'

[[line]]
find = '^ PANIC: (?P<text>.*)'
severity = "error"
status = "error"
cause = "energy error"

[[line]]
find = '^ CRASHSIM ENDED'
status = "normal"

[[table]]
header = '^ITER +'
facts = { ITER = "cycle" }
series = { "*" = "residual.{column}" }
"""
LOG = b""" CRASHSIM 3.1 on node7 16.04.2024 09:12
 END TIME 0.4
ITER  U    V
1  1e-3 2e-4
a word between rows
2  1e-4 2e-5
 RES Mass 5.0
 STEP 1 T=0.1 E=5 CLOCK=00:00:10
 STEP 2 T=0.2 E=4 CLOCK=00:00:20
 WARN 12: something
      goes on
 WARN 12: something
      goes on
 CRASHSIM ENDED
"""


@pytest.fixture
def parser_type():
    return solver_from(FILE.encode(), "crash.toml").parsers[0]


@pytest.fixture
def no_site_logs():
    yield
    parsers.take_site_logs([])


def report_of(parser_type, data):
    parser = parser_type()
    parser.feed(data)
    parser.finish()
    return parser.report()


def test_a_data_file_reads_its_log(parser_type):
    found = report_of(parser_type, LOG)

    facts = {k: v for k, v in found.to_json().items() if v not in (None, [], 0)}
    series = {name: (s["x"], s["n"], s["last"]) for name, s in facts.pop("series").items()}
    assert parser_type.claims(LOG)
    assert facts == {
        "solver": "crashsim",
        "role": "log",
        "solver_version": "3.1",
        "host": "node7",
        "started_at": "2024-04-16T09:12:00",
        "status": "normal",
        "status_reason": "CRASHSIM ENDED",
        "progress": 0.5,
        "time": 0.2,
        "end_time": 0.4,
        "cycle": 2,
        "wall_time_s": 20.0,
        "warnings": 2,
        "pace": [[0.1, 10.0], [0.2, 20.0]],
        "messages": [
            {
                "severity": "warning",
                "code": "12",
                "text": "something goes on",
                "line": 10,
                "count": 2,
            }
        ],
    }
    assert series == {
        "residual.u": ("iteration", 2, 1e-4),
        "residual.v": ("iteration", 2, 2e-5),
        "residual.mass": ("iteration", 1, 5.0),
        "energy.total": ("time", 2, 4.0),
    }


@pytest.mark.parametrize(
    ("log", "ending"),
    [
        (b"", ("running", None, None)),
        (b" PANIC: energy 9\n CRASHSIM ENDED\n", ("error", "PANIC: energy 9", "energy error")),
        (b" CRASHSIM ENDED\n CRASHSIM 3.1 on n 16.04.2024 09:12\n", ("running", None, None)),
        (
            b"slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2024-04-14T16:17:16 DUE TO TIME LIMIT ***\n",
            (
                "other",
                "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2024-04-14T16:17:16 DUE TO TIME LIMIT ***",
                "wall limit",
            ),
        ),
    ],
)
def test_how_it_ended(parser_type, log, ending):
    report = report_of(parser_type, LOG[: LOG.index(b" CRASHSIM ENDED")] + log)

    assert (report.status, report.status_reason, report.cause) == ending


def test_any_split_and_harm_gives_the_same_as_in_one_piece(parser_type):
    chance = random.Random(7)
    for _ in range(300):
        data = mutant(chance, LOG, [LOG])
        at = chance.randrange(len(data) + 1)
        parser = parser_type()
        parser.feed(data[:at])
        parser = parser_type(json.loads(json.dumps(parser.state, allow_nan=False)))
        parser.feed(data[at:])
        parser.finish()

        whole = report_of(parser_type, data).to_json()
        assert json.dumps(parser.report().to_json()) == json.dumps(whole)


HEAD = 'name = "a.log"\nclaims = "A"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "no TOML"),
        ('claims = "A"\n', "name: missing"),
        (HEAD.replace("a.log", "a"), "name: 'a'; write solver and role, e.g. \"crashsim.log\""),
        (HEAD, "line: missing; write at least one [[line]] or [[table]]"),
        (HEAD + "[[lines]]\n", "lines: not known; known are name, claims, over, line, table"),
        (HEAD + "[[line]]\n", "line 1, find: missing"),
        (HEAD + "[[line]]\nfind = 3\n", "line 1, find: 3; write text"),
        (HEAD + "[[line]]\nfind = '('\n", "line 1, find: no regular expression"),
        (HEAD + "[[line]]\nfind = '(a+)+$'\n", "line 1, find: a repeat within a repeat"),
        (HEAD + "[[line]]\nfind = '.*'\n", "line 1, find: fits every line"),
        (HEAD + "[[line]]\nfind = 'A(?P<tiem>.)'\n", "group 'tiem' is no fact and in no series"),
        (HEAD + "[[line]]\nfind = 'A'\nseries = {x = 'y'}\n", "line 1, series: no series 'x'"),
        (HEAD + "[[line]]\nfind = 'A'\nseries = {'energy.x' = 'y'}\n", "no group 'y' in find"),
        (
            HEAD + "[[line]]\nfind = 'A'\nstatus = 'good'\n",
            "line 1, status: 'good'; one of running",
        ),
        (HEAD + "[[line]]\nfind = 'A'\ncause = 'bad luck'\n", "line 1, cause: 'bad luck'; one of"),
        (HEAD + "[[line]]\nfind = 'A(?P<started_at>.)'\n", "line 1, date: missing"),
        (HEAD + "[[line]]\nfind = 'A'\ngoes_on = 'B'\n", "line 1, goes_on: without severity"),
        (HEAD + "[[table]]\nheader = 'A'\nfacts = {A = 'b'}\n", "table 1, facts: no fact 'b'"),
        (HEAD + "[[table]]\nheader = 'A'\nseparator = ''\n", "table 1, separator: empty"),
        (HEAD + "line = 3\n", "line: 3; write a list of tables"),
        (HEAD + "line = [3]\n", "line: not a table; write [[line]] above its keys"),
    ],
)
def test_a_bad_file_is_named_with_its_key_and_a_remedy(text, words):
    with pytest.raises(SiteError) as error:
        solver_from(text.encode(), "site/a.toml")

    assert str(error.value).startswith("site/a.toml: ")
    assert words in str(error.value)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(a|a)*b",
        r"(a|aa)+$",
        r"^(.*)(.*)(.*)x",
        r"(?=a)b",
        r"(a)\1",
        "a?" * 30 + "a" * 30,
        r"^\s*\s*\s*x",
        "(?:a|ab)" * 30,
        r"(x+x+)+y",
        r"^(?:(?:a?){10}){40}b",
        r"(?:a{0,50}){20}b",
        "a" * 501,
        r"(?s)a.b",
    ],
)
def test_patterns_that_could_take_long_are_refused(pattern):
    with pytest.raises(PatternError):
        compile_safely(pattern)


def random_pattern(chance, depth):
    atoms = ["a", "b", ".", r"\w", r"\S", r"\s", " ", "[ab]", "[^a]", "ab", "(?:a|b)", "(?:a|ab)"]
    counts = ["", "", "?", "*", "+", "{3}", "{2,5}", "*?", "+?", "{1,60}"]
    parts = []
    for _ in range(chance.randint(1, 5)):
        inner = depth and chance.random() < 0.3
        parts.append(f"(?:{random_pattern(chance, depth - 1)})" if inner else chance.choice(atoms))
        parts.append(chance.choice(counts))
    return "".join(parts)


def test_patterns_that_are_taken_are_quick_on_unlucky_lines():
    """Beside one that is known to take its time on each line, and is the measure; no time of a clock is asserted."""
    chance = random.Random(1)
    lines = [text * (LINE_LENGTH // len(text)) for text in ("a", "ab", "a b ", " ", "b")]
    measure = re.compile("^(a|b)*?a?a?a?c")
    begun = time.perf_counter()
    for _ in range(200):
        measure.search(lines[0])
    limit, taken = 1000 * (time.perf_counter() - begun), 0
    while taken < 150:
        try:
            pattern = compile_safely(chance.choice(["", "^"]) + random_pattern(chance, 2) + "c")
        except PatternError:
            continue
        taken += 1
        for line in lines:
            begun = time.perf_counter()
            pattern.search(line)
            assert time.perf_counter() - begun < limit, pattern.pattern


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^End time *= *(\S+)", "End time"),
        (r"(?i)error", ""),
        (r"error|fatal", ""),
        (r"^ STEP(?: no)? done in (\d+) s", " done in "),
        (r"a(b)c", "abc"),
    ],
)
def test_words_that_a_line_needs_are_found_in_the_pattern(pattern, words):
    assert needed_words(re.compile(pattern)) == words


def test_a_preview_says_what_each_rule_finds(parser_type):
    preview = Preview(parser_type)
    preview.feed(LOG[:100])
    preview.feed(LOG[100:])
    preview.finish()

    lines = list(preview.lines())
    assert lines[0] == "claims this log; 14 lines"
    assert any(line.startswith("line 3: 2 lines fit ^ STEP +(?P<cycle>") for line in lines)
    assert "  8: STEP 1 T=0.1 E=5 CLOCK=00:00:10" in lines
    assert "      cycle='1', time='0.1', energy='5', wall_time_s='00:00:10'" in lines
    assert lines[-1] == "table 1: 1 headers fit ^ITER +"


def test_files_of_an_instance_are_taken_in_and_bad_ones_left_out(tmp_path, no_site_logs):
    folder = tmp_path / siteparsers.FOLDER
    folder.mkdir()
    (folder / "a.toml").write_text(FILE)
    (folder / "b.toml").write_text('name = "x"\n')
    (folder / "c.toml").write_text(FILE)
    (folder / "d.toml").write_text(FILE.replace("crashsim.log", "calculix.sta"))
    (folder / "e.toml").write_bytes(b"\xff\xfe")

    wrong = siteparsers.load(tmp_path)

    assert [line.split(": ")[0] for line in wrong] == [str(folder / f"{n}.toml") for n in "bcde"]
    claiming = parsers.claimant(LOG)
    assert claiming and claiming.name == "crashsim.log"
    assert parsers.by_name("crashsim.log") is claiming
    assert claiming in parsers.present() and claiming not in parsers.PARSERS


def test_a_parser_of_ours_goes_before_a_sites(no_site_logs):
    greedy = FILE.replace("'^ CRASHSIM [0-9.]+ '", "'CalculiX Version'")
    parsers.take_site_logs([solver_from(greedy.encode(), "greedy.toml")])

    claiming = parsers.claimant(b"CalculiX Version 2.20, Copyright(C) 1998-2022 Guido Dhondt\n")

    assert claiming and claiming.name == "calculix.screen"


def test_a_changed_file_is_another_version():
    changed = solver_from(FILE.replace("PANIC", "PANIK").encode(), "a.toml")

    assert changed.parsers[0].version != solver_from(FILE.encode(), "a.toml").parsers[0].version
