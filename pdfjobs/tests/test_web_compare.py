"""Jobs side by side: what differs is marked, what one may not see is named by its number alone."""

import html
import json
import re

import pytest
from django.urls import reverse

from pdfjobs import comparison, outcomes
from pdfjobs.comparison import COST, FACTS, Compared
from pdfjobs.models import Job, Project
from pdfjobs.templatetags.diary import core_hours
from pdfjobs.tests.web_rows import NOW, make_job, make_log, make_message

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def closed(settings):
    """People see the jobs of their projects."""
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def page(client, jobs, **more):
    answer = client.get(reverse("compare"), {"jobs": jobs, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def compared(*jobs):
    return [Compared(job, job.runs.first()) for job in jobs]


def cells(lines):
    return {str(line.name): [(cell.value, cell.differs) for cell in line.cells] for line in lines}


def rows_of(text):
    """Words of each row of the first table, marked ones with a star."""
    found = {}
    for row in re.findall(r"<tr.*?</tr>", text.split("</table>")[0], re.DOTALL):
        words = []
        for attributes, cell in re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row, re.DOTALL):
            said = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            words.append(said + ("*" if "is-other" in attributes else ""))
        found[words[0]] = words[1:]
    return found


def test_facts_and_cost_stand_side_by_side_with_what_differs_from_the_first():
    first = make_job(1000001, solver="calculix", status="normal", facts={"cores": 4, "wall_time_s": 3600.0, "time": 1.0, "warnings": 0})  # fmt: skip
    second = make_job(1000002, solver="calculix", status="error", facts={"cores": 8, "wall_time_s": 3600.0, "time": 0.5, "warnings": None})  # fmt: skip

    facts, cost = (cells(comparison.lines(compared(first, second), what)) for what in (FACTS, COST))

    assert facts["Solver"] == [("calculix", False), ("calculix", False)]
    assert facts["Status"] == [("normal", False), ("error", True)]
    assert facts["Time reached"] == [(1.0, False), (0.5, True)]
    assert facts["Warnings"] == [(0, False), (None, True)]
    assert "Title" not in facts
    assert cost["Wall time"] == [(3600.0, False), (3600.0, False)]
    assert cost["Core hours"] == [(4.0, False), (8.0, True)]


@pytest.mark.parametrize(
    ("first", "other", "differs", "share"),
    [
        (1.0, 1, False, None), (0.1 + 0.2, 0.3, False, None), (2, 3, True, 0.5), (0, 1, True, None),
        (None, 0, True, None), ("", None, False, None), (float("nan"), float("nan"), False, None),
        ("a", "b", True, None), (True, 2, True, None), (1, None, True, None), (0, 0.0, False, None),
    ],
)  # fmt: skip
def test_what_differs_is_told_as_an_engineer_would(first, other, differs, share):
    cell = comparison._cells([first, other])[1]

    assert (cell.differs, cell.share) == (differs, share)


def test_the_page_has_a_column_for_each_job_in_the_order_of_the_address(mara):
    make_job(1000001, title="Rail 1.8 mm", deck={"controls": {"DT2MS": -9e-7}, "nodes": 10})
    make_job(1000002, title="Rail 2.0 mm", deck={"controls": {"DT2MS": -1.1e-6}, "nodes": 10})

    rows = rows_of(page(mara, "1000002, 1000001,1000002"))

    heads = next(iter(rows.values()))
    assert [re.search(r"\d{7}", head)[0] for head in heads] == ["1000002", "1000001"]
    assert rows["Title"] == ["Rail 2.0 mm", "Rail 1.8 mm differs*"]
    assert rows["DT2MS"] == ["-1.1e-06", "-9e-07 -18.2 %*"]
    assert rows["nodes"] == ["10", "10"]


def test_much_more_is_told_in_times_and_a_time_of_its_own_is_no_difference(mara):
    spaced = "N o r m a l    t e r m i n a t i o n"
    values = {"status": "normal", "status_reason": spaced}
    make_job(1000001, facts={"wall_time_s": 2.0, "nodes": 10}, **values)
    make_job(
        1000002, facts={"wall_time_s": 36.0, "nodes": 99}, submitted_at=NOW.replace(day=2), **values
    )

    rows = rows_of(page(mara, "1000001,1000002"))

    assert rows["Wall time"][1].split()[-1] == "\u00d718*"
    assert rows["Nodes"][1] == "99 +890 %*"
    assert rows["Why"] == ["Normal termination", "Normal termination"]
    assert not any(words.endswith("*") for words in rows["Submitted"])


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (None, "\u2013"), (float("nan"), "\u2013"), (float("inf"), "\u2013"), (0, "0"), (7.878e-05, "< 0.01"),
        (0.0099, "< 0.01"), (0.01, "0.01"), (0.123456, "0.123"), (4.0, "4"), (96.04, "96"), (999.4, "999"),
        (1000.2, "1\u202f000"), (12345.6, "12\u202f346"),
    ],
)  # fmt: skip
def test_core_hours_are_said_as_a_budget_counts_them(hours, words):
    assert core_hours(hours) == words


def test_core_hours_of_a_short_run_are_no_power_of_ten(mara):
    facts = {"cores": 1, "wall_time_s": 0.2836}
    first, second = make_job(1000001, facts=facts), make_job(1000002, facts=facts)

    rows = rows_of(page(mara, "1000001,1000002"))

    assert rows["Core hours"] == ["< 0.01", "< 0.01"]
    costs = {line.label: line.after for line in outcomes.costs(first, second)}
    assert costs["Core hours"] == "< 0.01"


def test_what_people_wrote_stands_there_without_its_marks(mara):
    make_job(1000001, info="**softer** steel", result_summary="- `peak` at [b2](/x)\n- 3 * 4")
    make_job(1000002, info="softer steel")

    rows = rows_of(page(mara, "1000001,1000002"))

    assert rows["Information"] == ["softer steel", "softer steel"]
    assert rows["Summary"] == ["- peak at b2 - 3 * 4", "\u2013 differs*"]


def test_differences_alone_leave_out_what_is_alike(mara):
    make_job(1000001, solver="su2", owner="mara")
    make_job(1000002, solver="su2", owner="jens")

    rows = rows_of(page(mara, "1000001,1000002", only="differences"))

    assert "Solver" not in rows and rows["Owner"] == ["mara", "jens differs*"]


def test_messages_say_which_job_has_them_and_how_often():
    jobs = [make_job(number) for number in (1000001, 1000002)]
    logs = [make_log(job) for job in jobs]
    make_message(logs[0], severity="warning", text="shell 12 is warped by 3.5 degrees", count=2)
    make_message(logs[1], severity="warning", text="shell 977 is warped by 12 degrees", count=3)
    make_message(logs[1], 1, severity="error", code="E1", text="negative volume")

    found = comparison.message_lines(compared(*jobs))

    assert [(line.severity, line.text, line.counts, line.differs) for line in found] == [
        ("error", "negative volume", [0, 1], True),
        ("warning", "shell 12 is warped by 3.5 degrees", [2, 3], True),
    ]


@pytest.mark.parametrize(
    "jobs", ["", "1000001", "x", "1000001,1000001", "9" * 30, "-1", "²", "\0", "1000001;DROP"]
)
def test_too_few_jobs_are_asked_for_with_words(mara, jobs):
    make_job(1000001)

    text = page(mara, jobs)

    assert "Choose 2 to 10 jobs" in text
    assert "<table" not in text


def test_more_than_ten_jobs_are_too_many(mara):
    for number in range(1000001, 1000013):
        make_message(make_log(make_job(number)))

    text = page(mara, ",".join(str(number) for number in range(1000001, 1000013)))

    assert "2 more are left out" in text
    assert text.count('scope="col" class="num">10000') == 10


def test_jobs_that_one_does_not_see_are_like_those_that_are_not_there(mara, closed):
    make_job(1000001, owner="mara")
    make_job(1000002, owner="mara")
    make_job(1000003, owner="jens", title="Secret rail", project="hidden")
    Project.objects.create(name="hidden")

    unseen = page(mara, "1000001,1000002,1000003")
    Job.objects.filter(number=1000003).delete()
    absent = page(mara, "1000001,1000002,1000003")

    assert "Job 1000003 is not there, or not for you to see." in unseen
    token = re.compile(r'(?:FToken": |name="csrfmiddlewaretoken" value=)"\w+')
    assert token.sub("", unseen) == token.sub("", absent)
    assert "Secret" not in unseen


def test_a_stranger_is_sent_to_the_login(client):
    answer = client.get(reverse("compare"), {"jobs": "1,2"})

    assert answer.status_code == 302 and "/login/" in answer["Location"]


def test_what_comes_from_files_stays_text(mara):
    facts = {
        "series": {"residual." + SCRIPT: {"x": "iteration", "n": 1, "unit": SCRIPT}},
        "host": SCRIPT,
    }
    for number in (1000001, 1000002):
        job = make_job(number, title=SCRIPT, name=f"{SCRIPT}.inp", facts=facts, deck={"controls": {SCRIPT: SCRIPT}})  # fmt: skip
        make_message(make_log(job), text=SCRIPT, code=SCRIPT)

    text = page(mara, f"1000001,1000002,{SCRIPT}")

    assert SCRIPT not in text
    assert "&lt;script&gt;" in text


def test_the_script_is_told_where_each_jobs_points_are(mara):
    series = {"energy.total": {"x": "time", "n": 3, "unit": "J"}}
    make_job(1000001, facts={"series": series, "end_time": 2.0})
    make_job(1000002, facts={})

    text = page(mara, "1000001,1000002")

    told = json.loads(html.unescape(re.search(r'data-settings="([^"]*)"', text)[1]))
    assert [(job["number"], job["address"], job["end"]) for job in told["jobs"]] == [
        (1000001, "/jobs/1000001/series.json", 2.0),
        (1000002, "/jobs/1000002/series.json", None),
    ]
    assert told["axes"] == {"energy.total": {"axis": "energy [J]", "log": False}}
    assert [each["curves"] for each in told["presets"]] == [["energy.total"]]


def test_ten_jobs_cost_no_more_queries_than_two(mara, django_assert_max_num_queries):
    for number in range(1000001, 1000011):
        make_message(make_log(make_job(number)))

    for count in (2, 10):
        numbers = ",".join(str(1000001 + k) for k in range(count))
        with django_assert_max_num_queries(12):
            page(mara, numbers)
