"""The list as a file for spreadsheets."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pdfjobs.exportrows import HEAD, harmless
from pdfjobs.spreadsheet import Table, streamed
from pdfjobs.tests.test_web_bulk import closed  # noqa: F401 - a fixture
from pdfjobs.tests.test_web_list_tools import tag
from pdfjobs.tests.web_rows import NOW, make_job

pytestmark = pytest.mark.django_db
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def from_csv(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def from_xlsx(answer):
    """Rows of texts, and whether any cell holds a formula."""
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = [
        ["".join(cell.itertext()) for cell in row.iter(f"{SHEET}c")]
        for row in sheet.iter(f"{SHEET}row")
    ]
    return rows, next(sheet.iter(f"{SHEET}f"), None) is not None


def test_the_whole_narrowed_list_is_exported_in_its_order(mara):
    for number in range(1, 61):
        make_job(number, name=f"n{99 - number}.inp", solver="su2" if number % 2 else "abaqus")

    rows = from_csv(mara.get("/jobs/export.csv?solver=su2&sort=name&page=2"))
    sheet, _ = from_xlsx(mara.get("/jobs/export.xlsx?solver=su2&sort=name"))

    assert rows[0] == list(HEAD)
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(59, 0, -2)]
    assert [row[0] for row in sheet] == [row[0] for row in rows]


def test_a_row_says_what_the_diary_knows(mara):
    job = make_job(
        7, name="Gehäuse.inp", title="Eigen", solver="abaqus", status="error", status_reason="exit 1",
        cause="licence", owner="mara", project="Fan", analysis_status="done", reviewer="jens",
        result_assessment="not_ok", result_summary="crack", info="rib; thicker\nline two", family=3,
        facts={"solver_version": "2024", "warnings": 3, "errors": 1, "wall_time_s": 12.5},
        run_values={"progress": 0.25, "started_at": NOW},
    )  # fmt: skip
    tag(job, "crash", "b")
    job.base_runs.create(number=3)

    (_, row) = from_csv(mara.get("/jobs/export.csv"))

    said = dict(zip(HEAD, row, strict=True))
    assert said.pop("submitted")[:10] == "2026-03-01" and said.pop("started")[:10] == "2026-03-01"
    assert said == {
        "number": "7", "name": "Gehäuse.inp", "title": "Eigen", "solver": "abaqus", "version": "2024",
        "status": "error termination", "reason": "exit 1", "cause": "licence", "progress": "0.25",
        "ended": "", "wall time s": "12.5", "warnings": "3", "errors": "1", "owner": "mara",
        "project": "Fan", "analysis": "done", "result": "not OK", "summary": "crack",
        "information": "rib; thicker\nline two", "reviewer": "jens", "tags": "b, crash",
        "base runs": "3", "family": "3", "folder": "runs/7_deck",
    }  # fmt: skip


EVIL = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\uff1d1"]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_becomes_a_formula(mara, text):
    make_job(1, name=text, title=text, result_summary=text)

    cells = from_csv(mara.get("/jobs/export.csv"))[1]
    _, has_formula = from_xlsx(mara.get("/jobs/export.xlsx"))

    assert not has_formula
    for name in ("name", "title", "summary"):
        assert cells[HEAD.index(name)].startswith("'")


@pytest.mark.parametrize("text", ["door.inp", "a=b", "1e5", "", "Rib - thicker"])
def test_harmless_texts_stay_as_they_are(text):
    assert harmless(text) == text


def test_what_no_spreadsheet_holds_does_not_break_the_file(mara):
    make_job(
        1,
        name="a\x01b\x0b",
        info="x" * 40_000,
        result_summary="😀\ufffe",
        facts={"wall_time_s": 1e308},
    )

    rows, _ = from_xlsx(mara.get("/jobs/export.xlsx"))

    assert rows[1][1] == "ab" and len(from_csv(mara.get("/jobs/export.csv"))[1]) == len(HEAD)


def test_a_cell_holds_what_was_written_to_the_letter(mara):
    said = [
        "a & b <c>",
        "  blanks  ",
        "_x003D_1+1",
        "=SUM(A1)",
        "zwei\nZeilen\tTab",
        "]]>",
        "Käfig 😀",
    ]
    for number, text in enumerate(said, 1):
        make_job(number, info=text, facts={"wall_time_s": 0.1 + number})

    rows, has_formula = from_xlsx(mara.get("/jobs/export.xlsx?sort=number"))

    # As in the format's own words, _x005F_ stands for an underline before what looks like an escape.
    expected = [text.replace("_x003D_", "_x005F_x003D_") for text in said]
    assert not has_formula
    assert [[cell for cell in row if cell in expected] for row in rows[1:]] == [
        [t] for t in expected
    ]
    assert [str(0.1 + n) in row for n, row in enumerate(rows[1:], 1)] == [True] * len(said)


def test_a_spreadsheet_is_sent_before_its_rows_are_read():
    asked = []

    def rows():
        for number in range(1, 1001):
            asked.append(number)
            yield [number, "text", NOW]

    pieces = streamed(Table("Jobs", ["a", "b", "c"], [9, 9, 9], 1000, "cut"), rows())
    first = next(pieces)
    at_first = len(asked)
    second = next(pieces)

    assert first.startswith(b"PK") and at_first == 0
    assert second and len(asked) < 1000
    book = zipfile.ZipFile(io.BytesIO(first + second + b"".join(pieces)))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert book.testzip() is None and sheet.count("<row ") == 1001
    assert '<dimension ref="A1:C1001"/>' in sheet and "<v>46082.5</v>" in sheet


def test_a_sheet_that_grows_too_large_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr("pdfjobs.spreadsheet.MOST_BYTES", 50_000)
    table = Table("Jobs", ["a"], [9], 100_000, "only a part")

    file = b"".join(streamed(table, (["x" * 90] for _ in range(100_000))))

    sheet = zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml").decode()
    assert len(sheet) < 100_000
    assert sheet[: sheet.index("</sheetData>")].endswith("<is><t>only a part</t></is></c></row>")


def test_an_export_that_is_cut_says_so(mara, monkeypatch):
    monkeypatch.setattr("pdfjobs.views.export.MOST", 2)
    for number in (1, 2, 3):
        make_job(number)

    rows = from_csv(mara.get("/jobs/export.csv"))
    sheet, _ = from_xlsx(mara.get("/jobs/export.xlsx"))

    assert [row[0] for row in rows[1:3]] == ["3", "2"] and "first 2 of the jobs" in rows[3][0]
    assert len(sheet) == 4 and "first 2 of the jobs" in sheet[3][0]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_holds_only_what_one_sees(mara, closed, ending):  # noqa: F811
    make_job(1, owner="mara")
    make_job(2, owner="jens", project="Secret")

    answer = mara.get(f"/jobs/export.{ending}")
    rows = from_csv(answer) if ending == "csv" else from_xlsx(answer)[0]

    assert [row[0] for row in rows] == ["number", "1"]


def test_an_export_reads_many_jobs_in_few_queries(mara):
    for number in range(1, 101):
        make_job(number)
    with CaptureQueriesContext(connection) as asked:
        from_csv(mara.get("/jobs/export.csv"))

    assert len(asked) <= 8


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_empty_list_is_a_file_with_a_head(mara, ending):
    answer = mara.get(f"/jobs/export.{ending}")

    rows = from_csv(answer) if ending == "csv" else from_xlsx(answer)[0]
    assert rows == [list(HEAD)]
    assert answer["Content-Disposition"].startswith('attachment; filename="jobs-')
    assert mara.head(f"/jobs/export.{ending}").status_code == 200
    assert mara.post(f"/jobs/export.{ending}").status_code == 405
