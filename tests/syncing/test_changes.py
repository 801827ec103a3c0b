"""What of a page of changes tells that all below it is known."""

from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.syncing.changes import MARGIN, is_all_below_known


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=4), st.integers(0, 5))
def test_stops_too_early(items, since):
    """Never above something that may be new, and on a page that is known to its end."""
    since *= MARGIN - 100
    marks = {str(index).encode(): mark * (MARGIN - 100) for index, (mark, _) in enumerate(items)}
    changed = {str(index).encode() for index, (_, is_new) in enumerate(items) if is_new}
    oldest = min(marks.values(), default=0)
    if is_all_below_known(marks, changed, since):
        assert oldest <= since or not marks
        assert all(marks[item] >= since - MARGIN for item in changed)
        assert any(marks[item] == oldest for item in marks.keys() - changed) or not marks
    else:
        assert changed or oldest > since


def test_change_of_the_same_instant():
    """What changed in the very instant up to which all is known may be new, and more below it."""
    assert not is_all_below_known({b"a": 5.0, b"b": 5.0}, {b"a"}, 5.0)
    assert is_all_below_known({b"a": 5.0, b"b": 5.0}, set(), 5.0)


def test_change_that_came_to_light_late():
    """What is dated a little before all that was known may come after it, and more below it."""
    marks = {b"new": 1000.0, b"late": 800.0, b"known": 790.0}
    assert not is_all_below_known(marks, {b"new", b"late"}, 900.0)
    assert is_all_below_known(marks | {b"old": 500.0}, {b"new", b"late"}, 900.0)


def test_stops_without_a_beginning():
    """Where nothing was known, all is read."""
    assert not is_all_below_known({b"a": 1.0}, set(), None)
    assert is_all_below_known({}, set(), None)
