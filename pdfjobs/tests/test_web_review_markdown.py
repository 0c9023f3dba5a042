"""What people write is shown as they meant it, and can do no harm."""

import re
import time

import pytest

from pdfjobs.markdown import MOST_CHARACTERS, Around, plain, rendered

BESIDE = Around(
    jobs={1000001: "/jobs/1000001/"},
    files={17: "/jobs/1/attachments/17/", 18: "/jobs/1/attachments/18/"},
    pictures={17},
)
JOB = '<a href="/jobs/1000001/" rel="nofollow noopener">#1000001</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n", ""),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("see #1000001, not #1000002", f"<p>see {JOB}, not #1000002</p>"),
        ("**#1000001**", f"<p><strong>{JOB}</strong></p>"),
        ("`#1000001` a#1000001 #10000010", "<p><code>#1000001</code> a#1000001 #10000010</p>"),
        ("[#1000001](/x/)", '<p><a href="/x/" rel="nofollow noopener">#1000001</a></p>'),
        ("run.sh beam.in a@b.de", "<p>run.sh beam.in a@b.de</p>"),
        (
            "https://a.de/b",
            '<p><a href="https://a.de/b" rel="nofollow noopener">https://a.de/b</a></p>',
        ),
        ("![p](attachment:17)", '<p><img src="/jobs/1/attachments/17/" alt="p"></p>'),
        (
            "[csv](attachment:18) ![csv](attachment:18)",
            '<p><a href="/jobs/1/attachments/18/" rel="nofollow noopener">csv</a> '
            '<a href="/jobs/1/attachments/18/" rel="nofollow noopener">csv</a></p>',
        ),
        ("![gone](attachment:99)", "<p>gone</p>"),
        (
            "![p](https://elsewhere.de/p.png)",
            '<p><a href="https://elsewhere.de/p.png" rel="nofollow noopener">p</a></p>',
        ),
    ],
)
def test_it_is_shown_as_it_was_meant(text, html):
    assert rendered(text, BESIDE).strip() == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "![x](data:image/png;base64,AAAA)",
        '[x](/y "onmouseover=alert(1)")',
        '![x" onerror="alert(1)](attachment:17)',
        "[x]: javascript:alert(1)\n\n[x]",
        "<style>*{display:none}</style>",
        "<a href='vbscript:x'>x</a>",
        '<form action="/logout/"><button>x</button></form>',
    ],
)
def test_nothing_in_it_runs_or_is_loaded(text):
    html = rendered(text, BESIDE)

    for tag in ("<script", "<style", "<form", "<svg", "<img src=x"):
        assert tag not in html, html
    for part in html.split("<")[1:]:
        inside = part.partition(">")[0].lower()
        assert "javascript:" not in inside and "vbscript:" not in inside, html
        assert not re.search(r"\son\w+=", re.sub(r'="[^"]*"', "", inside)), html
        assert "data:" not in inside, html


def test_a_picture_of_another_job_is_words():
    assert "<img" not in rendered("![p](attachment:17)", Around())
    assert "<img" not in rendered("![p](/jobs/2/attachments/17/)", BESIDE)


@pytest.mark.parametrize(
    "text",
    ["*" * 100_000, "[" * 100_000, "> " * 50_000, "![](" * 25_000, "#1 " * 33_000, "_*" * 50_000,
     "http://" * 14_000, "|a" * 50_000, "- " * 50_000, "<" * 100_000, "[a](b" * 20_000],
)  # fmt: skip
def test_no_text_keeps_the_page_waiting(text):
    begin = time.process_time()

    rendered(text, BESIDE)
    rendered(text[:30_000], BESIDE)

    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**softer** _steel_ ~~old~~", "softer steel old"),
        ("# Head\n\nfirst\nsecond", "Head\nfirst\nsecond"),
        ("3. a\n4. b\n   - c\n\n     d", "3. a\n4. b\n- c\nd"),
        ("> `*NODE`\n\n```\na\n  b\n```", "*NODE\na\n  b"),
        ("| a | **b** |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("see [the rib](https://x.example/y) of #1000001", "see the rib of #1000001"),
        ("![peak](attachment:7) ![](attachment:8)", "peak attachment:8"),
        ("2 * 3 * 4 <b>x</b> &lt; a_b_c \\*", "2 * 3 * 4 <b>x</b> < a_b_c *"),
        ("  \n", ""),
        ("**" * MOST_CHARACTERS, "**" * MOST_CHARACTERS),
    ],
)
def test_the_words_alone_are_told_without_marks(text, words):
    assert plain(text) == words
