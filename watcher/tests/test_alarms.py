from hypothesis import given
from hypothesis import strategies as st

from watcher.alarms import Alarms

CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from("abc"), st.integers(0, 9)),
        st.tuples(st.just("drop"), st.sampled_from("abc")),
        st.tuples(st.just("pop"), st.integers(0, 9)),
    ),
    max_size=40,
)


@given(CALLS)
def test_alarms_answer_like_a_plain_dictionary(calls):
    alarms, plain = Alarms(), {}
    for kind, *arguments in calls:
        if kind == "set":
            alarms.set(*arguments)
            plain.__setitem__(*arguments)
        elif kind == "drop":
            alarms.drop(*arguments)
            plain.pop(*arguments, None)
        else:
            due = {name for name, time in plain.items() if time <= arguments[0]}
            popped = alarms.pop(*arguments)
            assert sorted(popped) == sorted(due)
            plain = {name: time for name, time in plain.items() if name not in due}
        assert alarms.next() == min(plain.values(), default=None)
        assert len(alarms) == len(plain)


def test_putting_a_name_off_does_not_grow_the_heap():
    alarms = Alarms()

    for time in range(10_000):
        alarms.set("busy.log", time)

    assert len(alarms._heap) == 1
    assert alarms.next() == 9_999
