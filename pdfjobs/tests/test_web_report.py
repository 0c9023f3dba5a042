"""A job's report: one file that says everything, loads nothing, and can be printed."""

import math
import re
import subprocess
import time
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pdfjobs.models import Attachment, History
from pdfjobs.report import contents as contents_module
from pdfjobs.report import printing
from pdfjobs.report.plots import Curve, plot
from pdfjobs.tests.web_rows import make_job, make_log, make_message, make_series

pytestmark = pytest.mark.django_db

GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def attachments_folder(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(settings.INSTANCE, "attachments", tmp_path / "attachments")


def full_job(**values):
    series = {"residual.force": {"unit": "1", "n": 3, "x": "iteration"}}
    job = make_job(
        **{
            "status": "error",
            "status_reason": "*ERROR: too small",
            "title": "A bumper",
            "facts": {"time": 12.5, "warnings": 2, "series": series},
            "deck": {"nodes": 48211, "steps": [{"procedure": "static"}]},
        }
        | values
    )
    log = make_log(job)
    make_message(log, text="*ERROR: increment size", line=6860)
    make_series(log, "residual.force", [1.0, 2.0, 3.0], [1.0, 0.1, 0.001])
    History.objects.create(job=job, actor="mara", field="info", after="rib")
    return job


def attach(client, name, content):
    file = SimpleUploadedFile(name, content)
    client.post("/jobs/1000001/attachments/", {"file": file})
    return Attachment.objects.get(name=name)


def test_a_fact_that_no_log_tells_is_a_dash(mara):
    make_job(facts={"time": 12.5})

    cells = re.findall(r"<td[^>]*>(.*?)</td>", mara.get("/jobs/1000001/report/").text)

    assert "12.5" in cells and "" not in cells


@pytest.mark.parametrize("path", ["report/", "report.html"])
def test_it_says_what_the_diary_knows(mara, path):
    full_job(info="**rib** thicker")

    page = mara.get(f"/jobs/1000001/{path}").text

    for words in (
        *("deck1000001.inp", "A bumper", "error termination", "*ERROR: too small", "12.5"),
        *("<strong>rib</strong>", "*ERROR: increment size", "calculix.log:6860", "48\u202f211"),
        *("residual.force", "<polyline", "static"),
    ):
        assert words in page, words


@pytest.mark.parametrize("facts", [{}, {"series": None}, {"series": {"gone": {}}}])
def test_a_job_of_which_little_is_known_has_a_report(mara, facts):
    make_job(facts=facts)
    make_job(1000002, run=False)

    for path in ("1000001/report/", "1000001/report.html", "1000002/report.html"):
        assert mara.get(f"/jobs/{path}").status_code == 200


def test_the_file_needs_nothing_beside_itself(mara):
    job = full_job()
    picture = attach(mara, "a.gif", GIF)
    attach(mara, "b.csv", b"t;F\n")
    job.info = f"![a](attachment:{picture.pk}) #1000001 [b](https://b.de/)"
    job.save()

    answer = mara.get("/jobs/1000001/report.html")

    assert answer["Content-Disposition"] == 'attachment; filename="1000001_deck1000001.inp.html"'
    loaded = re.findall(r'(?:src|srcset|xlink:href)="([^"]*)"', answer.text)
    assert loaded and all(source.startswith("data:image/gif;base64,") for source in loaded)
    assert not re.search(r"<script|<link|<iframe|@import|url\(", answer.text)
    assert "default-src 'none'" in answer.text
    assert 'href="http://testserver/jobs/1000001/"' in answer.text
    assert "b.csv" in answer.text


def test_on_our_page_pictures_come_from_our_address(mara):
    full_job()
    picture = attach(mara, "a.gif", GIF)

    page = mara.get("/jobs/1000001/report/").text

    assert f'src="/jobs/1000001/attachments/{picture.pk}/"' in page
    assert " style=" not in page and "<style" not in page


@pytest.mark.parametrize("path", ["report/", "report.html"])
def test_markup_stays_text(mara, path):
    series = {EVIL: {"unit": EVIL, "n": 3, "x": EVIL}}
    job = full_job(
        name=EVIL, title=EVIL, owner=EVIL, info=EVIL, result_summary=EVIL,
        deck={"steps": [{"procedure": EVIL}]},
        facts={"host": EVIL, "series": series, "alerts": [{"rule": EVIL, "level": "red", "words": EVIL}]},
    )  # fmt: skip
    log = job.runs.get().files.get()
    make_message(log, 1, text=EVIL, code=EVIL)
    make_series(log, EVIL, [1.0, 2.0], [1.0, 2.0])
    History.objects.create(job=job, actor=EVIL, field=EVIL, before=EVIL, after=EVIL, note=EVIL)

    page = mara.get(f"/jobs/1000001/{path}").text

    assert "<polyline" in page and "<img src=x" not in page


def test_it_says_what_differs_from_the_base_run(mara):
    make_job(1000000, name="base.inp", deck={"nodes": 47000})
    job = full_job()
    job.base_runs.create(number=1000000)
    job.base_runs.create(number=77)

    page = mara.get("/jobs/1000001/report.html").text

    assert "Against the base run 1000000" in page and "base.inp" in page
    assert "<del>47" in page


def test_a_picture_that_is_none_is_left_out(mara):
    full_job()
    attach(mara, "big.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000_000)

    page = mara.get("/jobs/1000001/report.html").text

    assert "<img" not in page and "big.png" in page


def test_series_that_take_too_long_are_left_out_and_counted(mara, monkeypatch):
    full_job()
    monkeypatch.setattr(contents_module, "PATIENCE_S", -1.0)

    page = mara.get("/jobs/1000001/report.html").text

    assert "1 more series is left out" in page and "<polyline" not in page


def test_it_plots_first_what_the_jobs_page_begins_with(mara):
    zeros = [f"energy.{name}" for name in ("damping", "eroded", "joint", "rigid", "spring", "wall")]
    told = ["energy.kinetic", "energy.internal", "energy.total", "energy.sliding", "energy.ratio"]
    series = {name: {"n": 2, "x": "time"} for name in (*zeros, *told, "time_step")}
    log = make_log(make_job(status="normal", facts={"series": series}))
    for name in series:
        make_series(log, name, [0.0, 1.0], [1.0, 2.0])

    page = mara.get("/jobs/1000001/report.html").text

    assert re.findall(r"<title>(.*?)</title>", page.split("<h2>Series</h2>")[1]) == [
        "energy.kinetic, energy.internal, energy.total, energy.sliding",
        "energy.ratio",
        "time_step",
        ", ".join(zeros),
    ]
    assert "left out" not in page


@pytest.mark.timeout(60)
def test_it_is_printed_as_pdf(mara):
    assert printing.missing() == []
    full_job(name='a/b "c" ü.inp')
    attach(mara, "a.gif", GIF)

    answer = mara.get("/jobs/1000001/report.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-") and len(answer.content) > 5000
    assert answer["Content-Disposition"].startswith(
        "attachment; filename*=utf-8''1000001_a_b_c_%C3%BC.inp.pdf"
    )


def test_where_it_cannot_be_printed_the_page_says_what_to_install(mara, monkeypatch):
    make_job()
    monkeypatch.setattr(printing, "PACKAGES", {"libpango-1.0-0": "no-such-library-7"})

    page = mara.get("/jobs/1000001/report/").text
    answer = mara.get("/jobs/1000001/report.pdf", follow=True)

    assert "apt install libpango-1.0-0" in page and "Save as PDF" not in page
    assert answer.redirect_chain == [("/jobs/1000001/report/", 302)]
    assert "this machine needs: apt install libpango-1.0-0" in answer.text


def test_printing_ends_when_its_time_is_up(monkeypatch):
    begin = time.monotonic()

    with pytest.raises(printing.NotPrintedError, match=r"longer than 0\.01 s"):
        printing.as_pdf("<p>x</p>", timeout_s=0.01)

    assert time.monotonic() - begin < 8


def test_one_report_after_another_is_printed(monkeypatch):
    monkeypatch.setattr(printing, "WAIT_S", 0.01)

    with printing._turn, pytest.raises(printing.NotPrintedError, match="Other reports"):
        printing.as_pdf("<p>x</p>")


def test_a_printer_that_breaks_says_so(monkeypatch):
    broken = subprocess.CompletedProcess([], 1, b"", b"Traceback")
    monkeypatch.setattr(printing.subprocess, "run", lambda *args, **more: broken)

    with pytest.raises(printing.NotPrintedError, match="could not be printed"):
        printing.as_pdf("<p>x</p>")


@pytest.mark.timeout(60)
def test_printing_fetches_nothing(tmp_path):
    """A picture of another file would make the PDF larger."""
    (tmp_path / "secret.gif").write_bytes(GIF)
    plain = printing.as_pdf("<p>x</p>")
    html = (
        f'<p>x</p><img src="file://{tmp_path}/secret.gif"><img src="http://127.0.0.1:9/x.gif">'
        f'<link rel="attachment" href="file://{tmp_path}/secret.gif"><object data="file:///etc/passwd">'
    )

    printed = printing.as_pdf(html)

    assert b"/Image" not in printed and b"EmbeddedFile" not in printed
    assert abs(len(printed) - len(plain)) < 400


NUMBERS = [
    ([], []),
    ([1.0], [2.0]),
    ([1.0, 2.0], [5.0, 5.0]),
    ([0.0, 1.0, 2.0], [1e-9, 1.0, 1e9]),
    ([0.0, 1.0], [-1e308, 1e308]),
    ([0.0, 1e-300], [1e-300, 2e-300]),
    ([3.0, 1.0, 2.0], [1.0, 2.0, 3.0]),
    ([0.0, 1.0, 2.0], [None, math.nan, math.inf]),
    ([None, 1.0], [1.0, 0.0]),
    ([1e16, 1e16 + 2], [1e16, 1e16 + 2]),
    ([0.0, 0.0], [0.0, 0.0]),
]


@pytest.mark.parametrize(("xs", "ys"), NUMBERS)
def test_any_numbers_are_drawn_within_the_picture(xs, ys):
    picture = plot([Curve("a<b", xs, ys)], x="time", unit="kg & s")

    if not picture:
        assert not [y for y in ys if y is not None and math.isfinite(y)]
        return
    root = ElementTree.fromstring(picture)
    places = [
        float(number)
        for line in root.iter("{http://www.w3.org/2000/svg}polyline")
        for pair in line.get("points").split()
        for number in pair.split(",")
    ]
    assert all(0 <= place <= 720 for place in places)


def test_a_curve_that_goes_back_is_two_lines():
    picture = plot([Curve("a", [1.0, 2.0, 1.5, 3.0], [1.0, 2.0, 1.0, 2.0])], x="time", unit=None)

    assert picture.count("<polyline") == 2


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ([3.92501, 3.92505], ["3.92501", "3.92502", "3.92503", "3.92504", "3.92505"]),
        ([0.0, 2e-6], ["0", "5e-07", "1e-06", "1.5e-06", "2e-06"]),
        ([-1.0, 1.0], ["-1", "-0.5", "0", "0.5", "1"]),
        ([5_000_000.0, 5_000_400.0], ["5000000", "5000100", "5000200", "5000300", "5000400"]),
    ],
)
def test_the_numbers_at_an_axis_tell_its_places_apart(values, numbers):
    picture = plot([Curve("a", [7.0, 7.0], values)], x="time", unit=None)

    root = ElementTree.fromstring(picture)
    words = root.findall("{http://www.w3.org/2000/svg}text[@text-anchor='end']")
    assert [each.text for each in words] == numbers
