"""Decks in a hot folder, with a clock and a disk made of plain values."""

import pytest

from watcher.look import DeckKind, Look
from watcher.settle import DeckSettler, News

QUIET_S = 2.0
NAMES = {DeckKind.LONE_SIDECAR: "beam.inp.job.toml"}


def look(size=1, kind=DeckKind.FILE, inode=1, **more):
    return Look(kind, (8, inode, size, size * 1000), size, **more)


class Folder:
    """One hot folder whose settler is stepped like the loop does it: at every due time."""

    def __init__(self, quiet_s=QUIET_S):
        self.disk = {}
        self.broken = False
        self.now = 100.0
        self.news = []
        self.settler = DeckSettler(quiet_s, self._look)

    def _look(self, deck):
        if self.broken:
            raise PermissionError(13, "no", deck)
        return self.disk.get(deck)

    def write(self, seen, deck="beam.inp", event=True):
        self.disk[deck] = seen
        if event:
            self.settler.touch(deck, self.now)

    def remove(self, deck="beam.inp"):
        del self.disk[deck]
        self.settler.touch(deck, self.now)

    def run(self, seconds, delivers=True):
        """Lets time pass; returns what was told meanwhile as (seconds passed, news)."""
        start, told = self.now, []
        while (due := self.settler.next_due()) is not None and due <= start + seconds:
            self.now = max(self.now, due)
            news = self.settler.step(self.now)
            if news and not delivers:
                self.now = start + seconds
                return told
            if news:
                told.append((round(self.now - start, 3), news))
                self.settler.sent(news, self.now)
        self.now = start + seconds
        return told


def settled(told):
    return [(at, name) for at, news in told for name in news.settled]


def test_a_file_is_told_of_at_once_and_settles_after_the_quiet_time():
    folder = Folder()

    folder.write(look(5))

    assert folder.run(59) == [
        (0.0, News(arrived={"beam.inp": 5})),
        (2.0, News(settled={"beam.inp": look(5)})),
    ]


@pytest.mark.parametrize(
    ("kind", "settles_at"),
    [
        (DeckKind.FILE, 2.0),
        (DeckKind.FOLDER, 2.0),
        (DeckKind.EMPTY_FOLDER, 60.0),
        (DeckKind.LONE_SIDECAR, 60.0),
    ],
)
def test_what_may_be_incomplete_settles_late(kind, settles_at):
    folder = Folder()

    folder.write(look(kind=kind))

    assert settled(folder.run(60)) == [(settles_at, NAMES.get(kind, "beam.inp"))]


def test_ten_parts_make_one_deck():
    folder = Folder()
    told = []

    for part in range(1, 11):
        folder.write(look(part))
        told += settled(folder.run(0.5))

    assert told == []
    assert settled(folder.run(59)) == [(1.5, "beam.inp")]


def test_growth_is_told_of_once_a_second_at_most():
    folder = Folder()
    told = []

    for part in range(1, 26):
        folder.write(look(part))
        told += [news.arrived["beam.inp"] for _, news in folder.run(0.125)]

    assert told == [1, 9, 17, 25]


def test_a_change_without_an_event_is_noticed_when_the_quiet_time_is_over():
    folder = Folder()
    folder.write(look(1))
    folder.run(1)

    folder.write(look(2), event=False)

    assert settled(folder.run(59)) == [(3.0, "beam.inp")]


def test_an_empty_folder_that_is_filled_settles_like_any_other():
    folder = Folder()
    folder.write(look(0, DeckKind.EMPTY_FOLDER))
    folder.run(30)

    folder.write(look(3, DeckKind.FOLDER))

    assert settled(folder.run(59)) == [(2.0, "beam.inp")]


def test_a_sidecar_is_not_told_of_as_arriving_and_its_deck_settles_with_it():
    folder = Folder()
    folder.write(look(kind=DeckKind.LONE_SIDECAR))

    assert folder.run(30) == []

    folder.write(look(5, inode=2, sidecar=(8, 1, 1, 1)))
    assert settled(folder.run(59)) == [(2.0, "beam.inp")]


def test_a_changed_sidecar_makes_its_deck_settle_anew():
    folder = Folder()
    folder.write(look(5, sidecar=(8, 9, 1, 1)))
    folder.run(1.5)

    folder.write(look(5, sidecar=(8, 9, 2, 2)))

    assert settled(folder.run(59)) == [(2.0, "beam.inp")]


def test_a_deck_that_vanishes_while_arriving_is_withdrawn_once():
    folder = Folder()
    folder.write(look(5))
    folder.run(1)

    folder.remove()

    assert folder.run(100) == [(0.0, News(withdrawn=["beam.inp"]))]
    assert folder.settler.next_due() is None


def test_a_deck_that_leaves_its_sidecar_behind_while_arriving_is_withdrawn():
    folder = Folder()
    folder.write(look(5, sidecar=(8, 9, 1, 1)))
    folder.run(1)

    folder.write(look(1, DeckKind.LONE_SIDECAR, inode=9))

    assert folder.run(1) == [(0.0, News(withdrawn=["beam.inp"]))]


def test_a_deck_that_was_told_of_but_never_seen_by_us_again_goes_silently_once_handed_over():
    folder = Folder()
    folder.write(look(5))
    folder.run(10)

    folder.remove()

    assert folder.run(200) == []
    assert folder.settler.pending == 0


def test_a_deck_that_still_lies_there_is_offered_again_every_minute():
    folder = Folder()
    folder.write(look(5))

    assert settled(folder.run(190)) == [(at, "beam.inp") for at in (2.0, 62.0, 122.0, 182.0)]


def test_an_event_that_changed_nothing_hands_over_nothing():
    folder = Folder()
    folder.write(look(5))
    folder.run(10)

    folder.write(look(5))

    assert folder.run(51) == []
    assert settled(folder.run(1)) == [(1.0, "beam.inp")]


def test_a_handed_over_deck_that_grows_settles_anew_and_is_not_withdrawn():
    folder = Folder()
    folder.write(look(5))
    folder.run(10)

    folder.write(look(6))
    assert folder.run(10) == [(2.0, News(settled={"beam.inp": look(6)}))]

    folder.write(look(7))
    folder.run(1)
    folder.remove()
    assert folder.run(100) == []


def test_another_deck_of_the_same_name_arrives_for_itself():
    folder = Folder()
    folder.write(look(5, inode=1))
    folder.run(10)

    folder.write(look(5, inode=2))

    assert folder.run(50) == [
        (0.0, News(arrived={"beam.inp": 5})),
        (2.0, News(settled={"beam.inp": look(5, inode=2)})),
    ]


def test_news_that_were_not_sent_come_again_looked_at_anew():
    folder = Folder()
    folder.write(look(5))
    folder.run(10, delivers=False)
    folder.write(look(6), event=False)

    assert folder.run(59) == [
        (0.0, News(arrived={"beam.inp": 6})),
        (2.0, News(settled={"beam.inp": look(6)})),
    ]


def test_a_queue_that_lost_everything_hears_everything_anew():
    folder = Folder()
    folder.write(look(5))
    folder.run(10)

    folder.settler.forget_deliveries(folder.now)

    assert folder.run(10) == [
        (0.0, News(arrived={"beam.inp": 5}, settled={"beam.inp": look(5)})),
    ]


def test_what_cannot_be_looked_at_has_not_gone():
    folder = Folder()
    folder.write(look(5))
    folder.run(1)

    folder.broken = True
    folder.settler.touch("beam.inp", folder.now)
    assert folder.run(10) == []

    folder.broken = False
    assert [name for _, name in settled(folder.run(5))] == ["beam.inp"]


def test_a_folder_is_not_looked_through_at_each_event():
    folder = Folder()
    looks = []
    folder.settler = DeckSettler(
        QUIET_S, lambda deck: looks.append(deck) or look(1, DeckKind.FOLDER)
    )

    for _ in range(500):
        folder.settler.touch("case", folder.now)
        folder.run(0.01)

    assert len(looks) <= 7  # at first sight, then once a second


def test_while_many_wait_to_be_taken_in_none_is_handed_over_again():
    """It waits with them; when few wait, what still lies there was lost or refused."""
    folder = Folder()
    folder.write(look())
    folder.run(10)

    meanwhile = [folder.settler.step(folder.now + at, lambda: True) for at in range(300)]
    later = [folder.settler.step(folder.now + 300 + at) for at in range(61)]

    assert meanwhile == [News()] * 300
    assert [list(news.settled) for news in later if news] != []
