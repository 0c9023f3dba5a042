"""Nothing that people read on the pages is closed to a translator."""

import re
from pathlib import Path

import pytest

import pdfjobs
from pdfjobs.tests.unmarked import in_script, in_template

ROOM = Path(pdfjobs.__file__).parent
TEMPLATES = sorted([*(ROOM / "templates").rglob("*.html"), *(ROOM / "jinja2").rglob("*.html")])
SCRIPTS = sorted((ROOM / "static").rglob("*.js"))


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
