import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.filters import deck_of, is_in_hidden_folder, is_noise, unworthy


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beam.inp", False),
        ("beam", False),
        ("Träger 'neu' \"2\".inp", False),
        ("line\nbreak.inp", False),
        ("caf\udce9.inp", False),
        ("a" * 255, False),
        ("part.inp", False),
        ("tmp", False),
        ("beam.tmpl", False),
        (".beam.inp.AbC123", True),
        (".hidden", True),
        ("beam.inp~", True),
        ("beam.tmp", True),
        ("BEAM.TMP", True),
        ("beam.inp.part", True),
        ("beam.inp.partial", True),
        ("beam.inp.filepart", True),
        ("beam.inp.crdownload", True),
        ("beam.inp.SWP", True),
    ],
)
def test_hidden_and_temporary_names_are_noise(name, expected):
    assert is_noise(name) is expected


@pytest.mark.parametrize(
    ("name", "deck"),
    [
        ("beam.inp", "beam.inp"),
        ("beam.inp.job.toml", "beam.inp"),
        ("case.job.toml", "case"),
        ("x.job.toml.job.toml", "x.job.toml"),
        (".job.toml", ".job.toml"),
        ("job.toml", "job.toml"),
    ],
)
def test_a_sidecar_belongs_to_the_deck_it_is_called_after(name, deck):
    assert deck_of(name) == deck


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beam.sta", False),
        ("messag", False),
        ("BEAM.FRD", False),
        ("x.frd.sta", False),
        ("~a", False),
        ("tmp", False),
        ("beam.frd", True),
        ("d3plot01", True),
        (".beam.sta.x1y2", True),
        (".x", True),
        ("beam.STA~", True),
        ("x.TMP", True),
        ("a\n.tmp", True),
        ("a\n.frd", True),
    ],
)
def test_files_that_are_hidden_temporary_or_left_out_by_a_hint_are_unworthy(name, expected):
    assert bool(unworthy(["*.frd", "d3plot*"])(name)) is expected


@given(name=st.text(min_size=1), patterns=st.lists(st.sampled_from(["*.frd", "d3plot*", "a?"])))
def test_without_a_hint_noise_alone_is_unworthy(name, patterns):
    left_out = any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    assert bool(unworthy(patterns)(name)) is (is_noise(name) or left_out)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("a/b.c/d", False),
        ("", False),
        ("case.tmp", False),
        (".incoming/7", True),
        ("a/.pdfjobs", True),
    ],
)
def test_what_lies_in_a_hidden_folder_is_nobodys_log(folder, expected):
    assert is_in_hidden_folder(folder) is expected
