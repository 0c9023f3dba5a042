"""A message that stands in several logs of a run is one; a code with many texts is one line."""

import re

import pytest

from pdfjobs import logmessages, outcomes
from pdfjobs.logmessages import MOST_PLACES, Place, by_code, of_run
from pdfjobs.tests.web_rows import make_job, make_log, make_message

pytestmark = pytest.mark.django_db
WARPED = {"severity": "warning", "code": "40509", "text": "shell 12 is warped"}
ALSO = re.compile(r'<span class="also">(.*?)</span>', re.DOTALL)


def words(html):
    return " ".join(re.sub(r"<[^>]*>", "", html).split())


def in_logs(job, counts, **said):
    """The same message in one log after another, that many times each."""
    for line, (path, count) in enumerate(counts.items(), 10):
        log = job.runs.last().files.filter(path=path).first() or make_log(job, path)
        make_message(log, log.messages.count(), line=line, count=count, **said)


def warp(job, texts, path="messag", **said):
    log = make_log(job, path)
    for position in range(texts):
        named = WARPED | {"text": f"shell {position} is warped", "line": position + 1, "count": 2}
        make_message(log, position, **named | said)


@pytest.mark.parametrize(
    ("chain", "count"),
    [
        ([], 8402),
        ([{"part": 1, "paths": ["messag", "out.log"]}, {"part": 2, "paths": ["messag02"]}], 8409),
        ([{"part": 1, "paths": ["messag"]}, {"part": 2, "paths": ["messag02"]}], 8409),
        ([{"part": 3, "paths": ["out.log"]}, {"part": 4, "paths": ["messag02"]}], 8402),
    ],
)
def test_logs_that_repeat_each_other_are_counted_once_and_parts_of_a_chain_add_up(chain, count):
    job = make_job(facts={"chain": chain})
    in_logs(job, {"messag": 8402, "out.log": 52, "messag02": 7}, **WARPED)

    (said,) = of_run(job.runs.get())

    assert (said.count, said.places) == (
        count,
        [Place("messag", 10, 8402), Place("out.log", 11, 52), Place("messag02", 12, 7)],
    )


def test_another_severity_code_or_text_is_another_message():
    job = make_job()
    for other in ({}, {"severity": "error"}, {"code": "40510"}, {"text": "shell 13 is warped"}):
        in_logs(job, {"messag": 1, "out.log": 1}, **WARPED | other)

    found = of_run(job.runs.get())

    assert [(said.severity, said.code, said.text, said.count) for said in found] == [
        ("error", "40509", "shell 12 is warped", 1),
        ("warning", "40509", "shell 12 is warped", 1),
        ("warning", "40510", "shell 12 is warped", 1),
        ("warning", "40509", "shell 13 is warped", 1),
    ]


def test_the_worst_is_told_however_much_stands_in_front_of_it(monkeypatch):
    monkeypatch.setattr(logmessages, "MOST_ROWS", 3)
    job = make_job()
    warp(job, 5)
    make_message(make_log(job, "out.log"), severity="fatal", text="negative volume")

    assert [said.text for said in of_run(job.runs.get())] == [
        *("negative volume", "shell 0 is warped", "shell 1 is warped")
    ]


def test_runs_are_read_in_one_query_and_kept_apart(django_assert_num_queries):
    jobs = [make_job(number) for number in (1000001, 1000002)]
    for job, count in zip(jobs, (3, 4), strict=True):
        in_logs(job, {"messag": count, "out.log": 1}, **WARPED)
    runs = [job.runs.get() for job in jobs]

    with django_assert_num_queries(1):
        told = logmessages.of_runs(runs)

    assert [[said.count for said in told[run.pk]] for run in runs] == [[3], [4]]


@pytest.mark.parametrize(("texts", "lines"), [(5, [1] * 5), (6, [6])])
def test_a_code_of_many_texts_is_one_line(texts, lines):
    job = make_job()
    warp(job, texts)

    groups = by_code(of_run(job.runs.get()))

    assert [1 + len(group.rest) for group in groups] == lines
    assert sum(group.count for group in groups) == 2 * texts


def test_texts_without_a_code_and_of_another_severity_stay_apart():
    job = make_job()
    warp(job, 7, code="")
    warp(job, 7, "out.log")
    warp(job, 7, "err.log", severity="error")

    groups = by_code(of_run(job.runs.get()))

    assert [(group.severity, group.first.code, len(group.rest)) for group in groups] == [
        ("error", "40509", 6),
        *[("warning", "", 0)] * 7,
        ("warning", "40509", 6),
    ]


def test_the_page_leads_to_each_log_that_has_a_message(mara):
    job = make_job(facts={"warnings": 8402, "errors": 3})
    in_logs(job, {"messag": 8402, "a b.log": 52}, **WARPED)
    in_logs(job, {"messag": 2}, severity="note", text="a note is neither warning nor error")

    page = mara.get("/jobs/1000001/").text

    (also,) = ALSO.findall(page)
    assert page.count("shell 12 is warped") == 1
    assert 'href="/jobs/1000001/files/messag?line=10"' in page
    assert words(also) == "also in a b.log:11 \u00d752"
    assert 'href="/jobs/1000001/files/a%20b.log?line=11"' in also
    assert "\u00d78402" in page and "3 more in the logs" in page


def test_of_very_many_logs_some_are_named(mara):
    ranks = {f"mes{rank:04}": 1 for rank in range(64)}
    in_logs(make_job(), ranks, **WARPED)

    (also,) = ALSO.findall(mara.get("/jobs/1000001/").text)

    assert also.count("<a ") == MOST_PLACES
    assert words(also).endswith(f"mes0006:16, and {63 - MOST_PLACES} more logs")


def test_the_page_and_the_report_show_a_code_of_many_texts_once(mara):
    job = make_job()
    warp(job, 300)

    page = mara.get("/jobs/1000001/").text
    report = mara.get("/jobs/1000001/report/").text

    details = re.search(r'<details class="rest".*?</details>', page, re.DOTALL)[0]
    assert "299 more texts of 40509" in details and details.count("<li ") == 299
    assert page.count('class="severity"') == 1 and "\u00d7600" in page
    assert "shell 299 is warped" in details and "?line=300" in details
    assert "299 more texts of 40509" in report and "shell 1 is warped" not in report


def test_a_difference_counts_a_code_over_all_its_texts():
    base, job = (make_job(number) for number in (1000001, 1000002))
    warp(job, 3)
    in_logs(job, {"out.log": 1, "d3hsp": 1}, severity="error", text="negative volume")

    _, new = outcomes.messages(base, job)

    assert [(said.text, said.count) for said in new] == [
        ("negative volume", 1),
        ("shell 0 is warped", 6),
    ]
