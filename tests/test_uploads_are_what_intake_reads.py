"""What the web side writes into the hot folder is what watcher and intake take it for; they share no code."""

from pdfjobs.services import upload
from watcher import filters
from workers.intake import sidecar


def test_intakes_sidecar_reader_takes_what_is_written():
    wishes = upload.Wishes("p \"' \\", "i\n\t\x01\x7f😀", (1, 2), "main.inp")
    read = sidecar.parse(wishes.as_toml().encode(), "x")

    assert (read.project, read.info, tuple(read.base_runs), read.deck) == (
        wishes.project,
        wishes.info,
        wishes.base_runs,
        wishes.deck,
    )
    assert upload.SIDECAR_ENDING == sidecar.ENDING


def test_the_watcher_overlooks_what_is_not_there_yet():
    assert filters.is_noise(upload.hidden_place().name)
    assert set(filters.TEMPORARY_SUFFIXES) == set(upload.TEMPORARY_ENDINGS)
