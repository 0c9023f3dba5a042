"""Properties of the settler: whatever happens to decks and queue, what was told ends up being how they lie there."""

from hypothesis import given
from hypothesis import strategies as st

from watcher.look import DeckKind

from .test_settle import QUIET_S, Folder, look, settled


@given(
    gaps=st.lists(st.integers(0, 127).map(lambda n: n * QUIET_S / 128), max_size=20),
    kind=st.sampled_from([DeckKind.FILE, DeckKind.FOLDER]),
    has_event=st.lists(st.booleans(), min_size=22, max_size=22),
)
def test_writes_with_short_gaps_and_then_silence_give_exactly_one_hand_over(gaps, kind, has_event):
    """Events may be lost too, all but the first: then it may take one quiet time more, and never two hand-overs."""
    folder = Folder()
    folder.write(look(1, kind))
    told = []

    for size, gap in enumerate(gaps, start=2):
        told += settled(folder.run(gap))
        folder.write(look(size, kind), event=has_event[size])

    told += settled(folder.run(0))
    if all(has_event[2 : len(gaps) + 2]):
        assert told == []
    final = folder.run(3 * QUIET_S)
    assert [news.settled["beam.inp"] for _, news in final if news.settled] == [
        look(len(gaps) + 1, kind)
    ]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.sampled_from("ab"), st.integers(0, 3)),
            st.tuples(st.just("remove"), st.sampled_from("ab"), st.just(0)),
            st.tuples(st.just("wait"), st.just(""), st.floats(0, 5)),
            st.tuples(st.just("outage"), st.just(""), st.floats(0, 5)),
            st.tuples(st.just("loss"), st.just(""), st.just(0)),
        ),
        max_size=30,
    )
)
def test_whatever_happened_the_last_word_on_each_deck_is_how_it_lies_there(steps):
    """Replays what was told, as the diary would: it ends with each deck there handed over as it is, none other arriving."""
    folder = Folder()
    told = []
    for action, deck, value in steps:
        if action == "write":
            folder.write(look(value, inode=folder.now), deck)
        elif action == "remove" and deck in folder.disk:
            folder.remove(deck)
        elif action == "wait":
            told += folder.run(value)
        elif action == "outage":
            folder.run(value, delivers=False)
        elif action == "loss":
            folder.settler.forget_deliveries(folder.now)
    told += folder.run(70)

    arriving, taken = set(), {}
    for _, news in told:
        arriving -= set(news.withdrawn)
        arriving |= set(news.arrived)
        arriving -= set(news.settled)
        taken |= news.settled
    assert arriving <= set(folder.disk)
    assert {deck: taken[deck] for deck in folder.disk} == folder.disk
    assert folder.settler.pending == 0
