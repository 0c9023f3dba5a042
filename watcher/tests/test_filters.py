import pytest

from watcher.filters import deck_of, ignoring, is_noise, is_worth_a_notice, unworthy


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
    ("path", "expected"),
    [
        ("1000001_beam/beam.sta", True),
        ("beam.sta", True),
        ("a/b.c/d/messag", True),
        ("case.tmp/log.simpleFoam", True),
        ("a/beam.frd", False),
        ("a/BEAM.FRD", True),
        ("a/.beam.sta.x1y2", False),
        ("a/beam.sta~", False),
        (".incoming/7/beam.inp", False),
        ("a/.pdfjobs/run-1.json", False),
        (".x", False),
        ("", False),
        ("a/", False),
    ],
)
def test_only_visible_files_that_no_hint_leaves_out_are_worth_a_notice(path, expected):
    assert is_worth_a_notice(path, ignoring(["*.frd", "d3plot*"])) is expected


@pytest.mark.parametrize(
    "name", ["beam.sta", "beam.STA~", ".x", "x.TMP", "a\n.tmp", "b.frd", "x.frd.sta", "~a", "tmp"]
)
@pytest.mark.parametrize("patterns", [[], ["*.frd", "spooles.out"]])
def test_the_one_question_has_the_answer_of_the_two(name, patterns):
    assert bool(unworthy(patterns)(name)) == (is_noise(name) or ignoring(patterns)(name))
