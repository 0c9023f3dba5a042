"""Nothing that people read on the pages is closed to a translator."""

import re
from pathlib import Path

import pytest
from django.utils.translation import trans_real

import pdfjobs
from pdfjobs import context
from pdfjobs.tests.unmarked import in_page, in_script, in_template
from pdfjobs.tests.web_rows import NOW, make_job, make_log, make_message

ROOM = Path(pdfjobs.__file__).parent
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOM / "static").rglob("*.js"))
PAGES = (
    *("/", "/?shape=cards", "/jobs/1000001/", "/jobs/1000002/", "/jobs/1000001/history/"),
    *("/jobs/1000001/files/", "/jobs/1000001/family/", "/jobs/1000001/report/"),
    *("/compare/?jobs=1000001,1000002", "/projects/", "/upload/", "/intake/", "/help/"),
)
DATA = r"mara|pdfjobs|b[12]\.inp|beam\.log|calculix|su2|ls-dyna|runs|\d+_deck|UTC|rib"
"""What the rows of this test say themselves."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_a_template_is_marked(path):
    assert in_template(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_only_words_that_the_page_gave_it(path):
    assert in_script(path.read_text()) == []


def test_unmarked_words_of_a_template_are_found_where_people_meet_them():
    source = (
        "{% translate 'Marked' %}{% blocktranslate %}Marked {{ n }}{% endblocktranslate %}"
        "<p>Plain</p>{% if x %}half{% else %}{{ x }}{% endif %}<code>solver.log</code>"
        "<img alt='Picture'><input placeholder=\"{% translate 'Marked' %}\" title='Tip'>"
        "{{ name|default:'nobody' }} job{{ n|pluralize }} <b>CSV</b>"
    )

    found = " ".join(in_template(source))

    words = set(re.findall(r"[A-Za-z]{3,}", found))
    assert words == {"Plain", "half", "Picture", "Tip", "nobodyx", "job"}


@pytest.mark.parametrize(
    "line",
    [
        'place.textContent = "gone";',
        'label.textContent = whole ? "" : "last lines";',
        "say(`Uploading ${names}…`);",
        'box.setAttribute("aria-label", "Plot");',
        "return `picture ${stamp}.png`;",
        'throw new Error("This file cannot be read any more.");',
    ],
)
def test_words_in_a_script_are_found(line):
    assert len(in_script(f'"use strict";\n// A comment says more.\n{line}')) == 1


@pytest.mark.parametrize(
    "line",
    [
        'place.textContent = words.gone; // "not said"',
        'const box = document.querySelector("tbody tr:not([hidden]) input[name=file]");',
        'const title = document.createElement("span");',
        'row.say(words.large, "is-refused");',
        "address = `${path}?${query}`;",
    ],
)
def test_what_only_the_browser_reads_is_no_word(line):
    assert in_script(line) == []


def quoted(words):
    """As a translator would see them; without the context that stands before."""
    return f"«{words.rpartition(chr(4))[2]}»" if words else words


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_nothing_but_translated_words_and_data(mara, monkeypatch, address):
    job = make_job(
        name="b1.inp", solver="calculix", status="running", analysis_status="ongoing",
        facts={"warnings": 3, "errors": 1, "time": 1.0, "end_time": 2.0, "wall_time_s": 3000},
        run_values={"started_at": NOW, "progress": 0.4},
    )  # fmt: skip
    make_message(make_log(job, "beam.log"), severity="warning", text="rib")
    make_job(1000002, name="b2.inp", solver="su2", status="error", result_assessment="not_ok")
    monkeypatch.setattr(trans_real.DjangoTranslation, "gettext", lambda _, words: quoted(words))
    monkeypatch.setattr(trans_real.DjangoTranslation, "ngettext", lambda _, one, *_n: quoted(one))
    # What health says is not translated yet; this service has nothing to say of itself.
    monkeypatch.setattr(context, "troubles", dict)

    page = mara.get(address)

    assert page.status_code == 200
    plain, parts = page.text, 1
    while parts:  # marked words stand within marked words
        plain, parts = re.subn(r"«[^«»]*»", "", plain)
    assert [text for text in in_page(plain) if in_page(f"<p>{re.sub(DATA, '', text)}</p>")] == []
