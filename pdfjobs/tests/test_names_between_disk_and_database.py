"""Names cross queue and database and come back as the bytes they were; pages get them in one readable line."""

import os
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdfjobs import names

file_names = st.binary(min_size=1, max_size=255).map(
    lambda raw: os.fsdecode(raw.replace(b"\0", b"0").replace(b"/", b"_"))
)


@given(file_names)
def test_every_name_comes_back_from_its_stored_form(name):
    stored = names.to_stored(name)

    assert names.from_stored(stored) == name
    stored.encode("utf-8")
    assert "\0" not in stored


@given(file_names, file_names)
def test_two_names_never_share_a_stored_form(one, other):
    assert (names.to_stored(one) == names.to_stored(other)) == (one == other)


@pytest.mark.parametrize(
    ("raw", "stored", "readable"),
    [
        (b"beam.inp", "beam.inp", "beam.inp"),
        ("größe 1.inp".encode(), "größe 1.inp", "größe 1.inp"),
        ("größe.inp".encode("latin-1"), "gr%F6%DFe.inp", "größe.inp"),
        (b"100%.inp", "100%25.inp", "100%.inp"),
        (b"%FF.inp", "%25FF.inp", "%FF.inp"),
        (b"a\nb\t\x1b[0m", "a\nb\t\x1b[0m", "a�b��[0m"),
        (b"\xed\xa0\x80", "%ED%A0%80", "í\xa0�"),
        ("a\u202egpj.inp".encode(), "a\u202egpj.inp", "a�gpj.inp"),
        ("a\u2028b".encode(), "a\u2028b", "a�b"),
        ("日本.inp".encode(), "日本.inp", "日本.inp"),
    ],
)
def test_a_names_two_forms(raw, stored, readable):
    name = os.fsdecode(raw)

    assert (names.to_stored(name), names.readable(name)) == (stored, readable)


@given(st.one_of(st.text(), st.text(st.characters(categories=["Cs", "Cc", "Lu"]))))
def test_any_text_is_readable_in_one_line_by_every_database(text):
    readable = names.readable(text)

    readable.encode("utf-8")
    assert len(readable.splitlines()) <= 1
    assert not {unicodedata.category(c) for c in readable} & {"Cc", "Cs"}
    assert names.readable(readable) == readable


@given(st.text())
def test_a_safe_stem_is_short_plain_and_no_option(text):
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,38}[A-Za-z0-9])?", names.safe_stem(text))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("beam", "beam"),
        ("Beam-2_b", "Beam-2_b"),
        ("my model (final) v2.1", "my_model_final_v2_1"),
        ("über 'größe'", "uber_grosse"),
        ("-i", "i"),
        ("--", "deck"),
        (".hidden", "hidden"),
        ("日本", "deck"),
        ("", "deck"),
        ("a\nb", "a_b"),
        ("x" * 60, "x" * 40),
        ("x" * 39 + "-y", "x" * 39),
        ("../../etc/passwd", "etc_passwd"),
    ],
)
def test_safe_stems(name, stem):
    assert names.safe_stem(name) == stem
