"""What people wrote in Markdown is plain words in the list, found fast; exports keep it as it was typed."""

import time

import pytest

from pdfjobs.glance import cut, without_marks
from pdfjobs.markdown import plain
from pdfjobs.tests.web_rows import make_job

WRITTEN = "The rib is **stiffer**, see [variant](/jobs/7/) & `*NODE`"
SHOWN = "The rib is stiffer, see variant &amp; *NODE"


@pytest.mark.parametrize(
    "text",
    [
        *("**stiffer**", "**softer** _steel_ ~~old~~", "***both***", "**a _b_ c**", "_a **b** c_"),
        *("**a** and **b**", "*a* *b*", "__strong__ word", "snake_case_name and _it_", "**#17**"),
        *("# Head\n\nfirst\nsecond", "Head\n====\ntext", "a\n\n---\n\nb", "# 3", "#3"),
        *("3. a\n4. b", "- a\n- b", "* a\n* b", "+ a\n+ b", "- [x](y) z", "> quote\n> more"),
        *("> `*NODE`\n\n```\na\n  b\n```", "`a**b**`", "**`peak`** at", "\\*\\*no\\*\\*", "\\*"),
        "| a | **b** |\n|---|---|\n| 1 | 2 |",
        *("see [the rib](https://x.example/y) of #17", "![peak](attachment:7) ![](attachment:8)"),
        *("<https://a.example/b>", "[1] ref", "(a)[b]", "1 &lt; 2", "100 % & more"),
        *("*NODE and *ELASTIC", "2 * 3 * 4", "a_b_c", "x_1 and y_2", "__init__", "1 ** 2 ** 3"),
        *("**open", "_open", "a ~ b ~~ c", "5 > 3", "p > 3 and q < 4", "-5 MPa", "C:\\runs\\a"),
        *("<b>x</b>", "  \n", "", "Δσ = 12 *MPa*"),
    ],
)
def test_the_list_says_what_the_page_says(text):
    assert without_marks(text, 2000).split() == plain(text).split()


@pytest.mark.parametrize(
    ("text", "most", "words"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("**ab** cdef", 6, "ab…"),
        ("**ab** cdef", 9, "ab cd…"),
        (" a \n b ", 7, "a \n b"),
    ],
)
def test_a_long_text_is_cut(text, most, words):
    assert without_marks(text, most) == words


def test_a_cut_text_is_as_long_as_it_may_be():
    assert [cut("abcd", 4), cut("abcde", 4)] == ["abcd", "abc…"]


@pytest.mark.parametrize(
    "marks",
    ["*", "[", "> ", "![](", "_*", "|a", "- ", "<", "[a](b", "`", "``", "**a ", "~~a ~~", "_a ",
     "`a\n", "\\", "| ", "|-", "&", "*a_b", "__a ", "<http:", "# ", "\ue000`a`"],
)  # fmt: skip
def test_no_text_keeps_the_list_waiting(marks):
    text = marks * 2000
    begin = time.process_time()

    for _ in range(50):
        without_marks(text, 2000)

    assert time.process_time() - begin < 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "times"), [("?columns=number,name,summary", 2), ("?shape=cards", 2)]
)
def test_column_and_cards_show_words_and_nothing_that_they_spell_is_markup(mara, query, times):
    make_job(1, result_summary=WRITTEN, info="*softer* &lt;script&gt;alert(1)&lt;/script&gt;")

    page = mara.get(f"/{query}").text

    assert page.count(SHOWN) == times
    assert "**" not in page and "[variant]" not in page
    assert "<script>alert" not in page
    assert ("softer &lt;script&gt;" in page) == ("cards" in query)


@pytest.mark.django_db
def test_a_card_without_a_summary_begins_with_the_information(mara):
    make_job(1, info="**softer** steel")

    assert "<summary><span>softer steel</span></summary>" in mara.get("/?shape=cards").text


@pytest.mark.django_db
def test_an_export_keeps_what_was_typed(mara):
    make_job(1, result_summary=WRITTEN)

    assert WRITTEN in b"".join(mara.get("/jobs/export.csv").streaming_content).decode()
