"""The log viewer: windows, line numbers, marks, search, following, deck colours; hostile lines are harmless."""

import re

import pytest

from pdfjobs.models import LogFile, SeriesChunk
from pdfjobs.tests.web_rows import make_job, make_log, make_message, make_series

pytestmark = pytest.mark.django_db

LINES = 5000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    inside = tmp_path / "1000001_deck"
    inside.mkdir()
    monkeypatch.setattr("pdfjobs.jobfiles.root_path", {"runs": tmp_path}.__getitem__)
    return inside


@pytest.fixture
def log(folder):
    """5000 lines, each third of a hundred a warning, every hundredth an error, the last one fatal; as if read."""
    job = make_job()
    begins, at = [], 0
    with (folder / "beam.log").open("wb") as file:
        for line in range(1, LINES + 1):
            begins.append(at)
            at += file.write(b"line %d of the log\n" % line)
    row = make_log(
        job,
        path="beam.log",
        inode=(folder / "beam.log").stat().st_ino,
        offset=at,
        state={"places": {"lines": LINES, "next": 1}},
    )
    places = range(500, LINES, 500)
    errors = [float(line) for line in range(100, LINES + 1, 100)]
    warnings = [float(line) for line in range(33, LINES, 100)]
    fill(row, "mark.error", [0.0] * (len(errors) - 1) + [1.0], errors)
    fill(row, "mark.warning", [0.0] * len(warnings), warnings)
    fill(row, "place.line", [float(begins[line - 1]) for line in places], [*map(float, places)])
    return row


def fill(row, name, xs, ys, chunk=7):
    """Chunks with their bounds, as the writer lays them down."""
    make_series(row, name, xs, ys, chunk)
    for held in SeriesChunk.objects.filter(file=row, name=name):
        part = ys[held.start : held.start + held.count]
        SeriesChunk.objects.filter(pk=held.pk).update(y_min=min(part), y_max=max(part))


def shown(page):
    """Line numbers of the rows, the one asked for, and those that are marked."""
    rows = page.context["rows"]
    target = [row.line for row in rows if row.is_target]
    return (
        [row.line for row in rows],
        target,
        {row.line: row.severity for row in rows if row.severity},
    )


def test_a_log_opens_at_its_begin_with_its_marks(mara, log):
    page = mara.get("/jobs/1000001/files/beam.log")
    lines, target, marks = shown(page)

    assert (lines, target) == ([*range(1, 401)], [])
    assert marks == {33: "warning", 133: "warning", 233: "warning", 333: "warning"} | dict.fromkeys(
        (100, 200, 300, 400), "error"
    )
    assert [(jump["kind"], jump["count"]) for jump in page.context["jumps"]] == [
        ("error", 50),
        ("warning", 50),
    ]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"mark": "error:1"}, 100),
        ({"mark": "error:37"}, 3700),
        ({"mark": "error:50"}, 5000),
        ({"mark": "error:>3700"}, 3800),
        ({"mark": "error:<3700"}, 3600),
        ({"mark": "warning:2"}, 133),
        ({"line": "4711"}, 4711),
        ({"line": "999999"}, 5000),
        ({"line": "1"}, 1),
        ({"at": "0"}, 1),
        ({"at": "99999999"}, 5000),
        ({"find": "line 4321 ", "dir": "next"}, 4321),
        ({"find": "LINE 4321 ", "dir": "prev"}, 4321),
        ({"find": "^line 45.. ", "regex": "1", "dir": "next"}, 4500),
        ({"find": "^line 45.. ", "regex": "1", "dir": "prev"}, 4599),
        ({"find": "of the log$", "regex": "1", "dir": "prev"}, 5000),
    ],
)
def test_what_is_asked_for_is_found(mara, log, asked, line):
    lines, target, _ = shown(mara.get("/jobs/1000001/files/beam.log", asked))

    assert target == [line]
    assert lines == [*range(lines[0], lines[0] + len(lines))]
    assert lines[0] <= line <= lines[-1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"mark": "error:51"}, "no such warning or error"),
        ({"mark": "error:>5000"}, "no such warning or error"),
        ({"mark": "note:1"}, "are not known"),
        ({"mark": "error"}, "are not known"),
        ({"mark": "error:<>"}, "are not known"),
        ({"find": "absent", "dir": "next"}, "Not found from here to the end"),
        ({"find": "absent", "dir": "prev"}, "Not found from here to the begin"),
        ({"find": "LINE 1 ", "case": "1", "dir": "next"}, "Not found"),
        ({"find": "(", "regex": "1", "dir": "next"}, "no regular expression"),
        ({"find": "a{1001}{1001}", "regex": "1", "dir": "next"}, "no regular expression"),
        ({"find": "(?=x)", "regex": "1", "dir": "next"}, "no regular expression"),
    ],
)
def test_what_is_not_found_is_said(mara, log, asked, words):
    page = mara.get("/jobs/1000001/files/beam.log", asked)

    assert page.status_code == 200
    assert words in page.context["found"].said


@pytest.mark.parametrize("value", ["-1", "x", "9" * 40, "", "1e9", "²", "0x10"])
@pytest.mark.parametrize("name", ["at", "line", "mark", "after", "before", "since"])
def test_odd_numbers_do_no_harm(mara, log, name, value):
    for kind in ("files", "rows"):
        assert mara.get(f"/jobs/1000001/{kind}/beam.log", {name: value}).status_code == 200


def test_a_pattern_that_backtracks_for_ever_elsewhere_ends_at_once(mara, folder):
    make_job()
    (folder / "a.log").write_text("a" * 100_000 + "\n")

    page = mara.get("/jobs/1000001/files/a.log", {"find": "(a+)+$b", "regex": "1", "dir": "next"})

    assert "Not found" in page.context["found"].said


def test_the_next_place_is_behind_this_one_and_the_one_before_it(mara, log):
    def go(at, way):
        asked = {"find": "00 of", "dir": way, "at": str(at)}
        return mara.get("/jobs/1000001/files/beam.log", asked).context["target"]

    first = mara.get("/jobs/1000001/files/beam.log", {"line": "100"}).context["target"]
    second = mara.get("/jobs/1000001/files/beam.log", {"line": "200"}).context["target"]

    assert (go(first, "next"), go(second, "prev")) == (second, first)


def test_a_search_that_takes_too_long_is_gone_on_with(mara, log, monkeypatch):
    monkeypatch.setattr("pdfjobs.logs.logsearch.SECONDS", 0.0)
    monkeypatch.setattr("pdfjobs.logs.logsearch.forwards.__defaults__", (0.0, lambda: 1.0))
    monkeypatch.setattr("pdfjobs.logs.logsearch.BLOCK", 20_000)
    asked, steps = {"find": "line 4999 ", "dir": "next"}, 0
    page = mara.get("/jobs/1000001/files/beam.log", asked)
    while page.context["found"].go_on and steps < 20:
        page, steps = (
            mara.get(f"/jobs/1000001/files/beam.log?{page.context['found'].go_on}"),
            steps + 1,
        )

    assert shown(page)[1] == [4999]
    assert 1 <= steps <= 8


def test_what_was_found_stands_out(mara, log):
    page = mara.get("/jobs/1000001/files/beam.log", {"find": "Line 7 OF", "dir": "next"})

    assert "<code><mark>line 7 of</mark> the log</code>" in page.text


def test_a_log_that_nobody_read_opens_searches_and_counts_its_first_lines(mara, folder):
    make_job()
    (folder / "x.log").write_bytes(b"word\n" * 1000)

    page = mara.get("/jobs/1000001/files/x.log", {"line": "900"})
    marked = mara.get("/jobs/1000001/files/x.log", {"mark": "error:1"})

    assert shown(page)[1] == [900]
    assert page.context["jumps"] == []
    assert "are not known" in marked.context["found"].said


def test_marks_of_another_file_of_that_name_are_not_shown(mara, log, folder):
    (folder / "new").write_text("other\n" * 300)
    (folder / "new").replace(folder / "beam.log")

    page = mara.get("/jobs/1000001/files/beam.log")

    assert shown(page)[2] == {} and page.context["jumps"] == []


def test_lines_far_in_a_file_that_nobody_counted_go_by_their_place(mara, folder, monkeypatch):
    monkeypatch.setattr("pdfjobs.logs.logmarks.COUNTED", 1000)
    make_job()
    (folder / "x.log").write_bytes(b"0123456789\n" * 3_000_000)

    page = mara.get("/jobs/1000001/files/x.log", {"at": "22000000"})
    far = mara.get("/jobs/1000001/files/x.log", {"line": "2900000"})

    assert {row.line for row in page.context["rows"]} == {None}
    assert f'href="/jobs/1000001/files/x.log?at={page.context["rows"][5].at}"' in page.text
    assert "too far in" in far.context["found"].said


def test_rows_come_after_and_before_a_place_without_gap(mara, log):
    def numbers(**asked):
        page = mara.get("/jobs/1000001/rows/beam.log", asked)
        return [row.line for row in page.context["rows"]], page.context["window"]

    middle, window = numbers(at="40000")
    behind, _ = numbers(after=window.end)
    before, _ = numbers(before=window.begin)

    assert [*before, *middle, *behind] == [*range(before[0], before[0] + 1200)]


def test_one_who_follows_gets_what_is_new_and_else_a_304(mara, folder):
    make_job()
    path = folder / "x.log"
    path.write_bytes(b"one\ntwo\nthr")
    first = mara.get("/jobs/1000001/rows/x.log", {"after": "0", "follow": "1"})
    settled = first.context["window"].settled
    asked = {"after": str(settled), "follow": "1"}
    known = mara.get("/jobs/1000001/rows/x.log", asked)["ETag"]
    quiet = mara.get("/jobs/1000001/rows/x.log", asked, headers={"If-None-Match": known})
    with path.open("ab") as file:
        file.write(b"ee\nfour\n")
    later = mara.get("/jobs/1000001/rows/x.log", asked, headers={"If-None-Match": known})

    assert (settled, quiet.status_code) == (8, 304)
    assert [row.pieces for row in later.context["rows"]] == [[("", "three")], [("", "four")]]
    assert re.search(r'data-begin="8" data-end="19" data-settled="19" data-size="19"', later.text)


def test_one_who_follows_learns_of_marks_that_were_read_later(mara, log):
    page = mara.get("/jobs/1000001/rows/beam.log", {"after": "0", "follow": "1", "since": "4890"})

    assert 'data-recent="4900:error 4933:warning 5000:fatal"' in page.text
    assert 'data-errors="50" data-warnings="50"' in page.text


def test_a_follower_of_a_file_that_was_cut_begins_anew(mara, folder):
    make_job()
    (folder / "x.log").write_bytes(b"new\n")

    page = mara.get("/jobs/1000001/rows/x.log", {"after": "999", "follow": "1"})

    assert [row.at for row in page.context["rows"]] == [0]


def test_a_follower_who_missed_much_gets_the_end(mara, log):
    page = mara.get("/jobs/1000001/rows/beam.log", {"after": "0", "follow": "1"})

    assert page.context["rows"][-1].line == LINES
    assert page.context["window"].begin > 0


HOSTILE = (
    b'<script>alert(1)</script> & "quotes"\n'
    b"\x1b[31mred\x1b[0m \x07\x08\x7f \x9b1m\n"
    b"a\xffb\xe2\x80\xaec \xc2\x85d\n"
    b"x" + b"\0" * 5000 + b"y\n"
    b"one\rtwo\r\n"
    b"</code></div><img src=x onerror=alert(1)>\n"
)


def test_hostile_lines_are_shown_and_do_nothing(mara, folder):
    make_job()
    (folder / "x.log").write_bytes(HOSTILE)

    page = mara.get("/jobs/1000001/files/x.log?as=text")
    texts = ["".join(text for _, text in row.pieces) for row in page.context["rows"]]

    assert texts[0] == '<script>alert(1)</script> & "quotes"'
    assert texts[1] == "␛[31mred␛[0m ␇␈␡ \ufffd1m"
    assert texts[2] == "a\ufffdb\ufffdc \ufffdd"
    assert texts[3] == "x[4095 NUL bytes]"
    assert texts[5] == "one␍two"
    for words in ("<script>alert", "<img src=x", "\x1b", "\0", "\u202e"):
        assert words not in page.text


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"no end", b"\n\n\n", b"\r\n", b"\0" * 20_000, b"x" * 3_000_000]
)
@pytest.mark.parametrize(
    "asked", ["", "?follow=1", "?at=99999999", "?line=2", "?find=x&dir=prev", "?as=text"]
)
def test_odd_files_open_anywhere(mara, folder, content, asked):
    make_job()
    (folder / "x.log").write_bytes(content)

    page = mara.get(f"/jobs/1000001/files/x.log{asked}")

    assert page.status_code == 200
    assert len(page.text) < 2_500_000


def test_an_empty_file_says_what_to_expect(mara, folder):
    make_job(status="running")
    (folder / "x.log").write_bytes(b"")

    assert "it shows here when there is" in mara.get("/jobs/1000001/files/x.log").text


def test_a_deck_has_colours_and_the_tree_of_its_includes(mara, folder):
    make_job(
        solver="calculix",
        deck={
            "solver": "calculix",
            "includes": [
                {"name": "mesh/all.inp", "line": 3, "source": "", "state": "found"},
                {"name": "nodes.inp", "line": 1, "source": "mesh/all.inp", "state": "found"},
                {"name": "gone.inp", "line": 4, "source": "", "state": "missing"},
            ],
        },
        run_values={"deck_file": "beam.inp"},
    )
    (folder / "mesh").mkdir()
    (folder / "beam.inp").write_text(
        "** <b>comment</b>\n*STEP, INC=10\n1.0, 2\n*INCLUDE, INPUT=mesh/all.inp\n"
    )
    (folder / "mesh" / "all.inp").write_text("*INCLUDE, INPUT=nodes.inp\n")
    (folder / "mesh" / "nodes.inp").write_text("*NODE\n1, 0., 0., 0.\n")

    answer = mara.get("/jobs/1000001/deck/")
    page = mara.get("/jobs/1000001/files/beam.inp")
    inner = mara.get("/jobs/1000001/files/mesh/nodes.inp").text

    assert answer["Location"] == "/jobs/1000001/files/beam.inp"
    for words in (
        '<i class="d-comment">** &lt;b&gt;comment&lt;/b&gt;</i>',
        '<i class="d-keyword">*STEP</i>, <i class="d-parameter">INC</i>=<i class="d-number">10</i>',
        'href="/jobs/1000001/files/mesh/all.inp"',
        'href="/jobs/1000001/files/mesh/nodes.inp"',
        "missing",
    ):
        assert words in page.text
    assert '<i class="d-keyword">*NODE</i>' in inner
    assert LogFile.objects.count() == 0


def test_a_message_leads_to_its_line(mara, log):
    make_message(log, text="*ERROR", line=4100)

    assert 'href="/jobs/1000001/files/beam.log?line=4100"' in mara.get("/jobs/1000001/").text
