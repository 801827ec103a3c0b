"""Doubts: one error for all that may be missing, and none where it was found otherwise."""

import pytest

from reamaze_async import IncompleteListing
from reamaze_async.threads.doubts import Doubts
from reamaze_async.threads.join import Join
from reamaze_async.wire.unreadable import unreadable


def join_with(*, late: tuple[str, ...] = (), orphans: int = 0, found_alone: int = 0) -> Join:
    """A join at its end."""
    join = Join(str)
    join._late = {slug: {"key"} for slug in late}
    join.orphans, join.found_alone = orphans, found_alone
    return join


def shortage(pages: tuple[int, ...] = (7,)) -> IncompleteListing:
    """What a list says at its end."""
    return IncompleteListing(pages, path="/api/v1/messages", reason="fewer came")


def test_error_where_nothing_is_missing():
    """Without a doubt there is no error."""
    assert Doubts().error(join_with()) is None


def test_error_in_other_words():
    """What one list says alone is said as it said it."""
    doubts, said = Doubts(), shortage()
    doubts.messages = said
    assert doubts.error(join_with()) is said


def test_shortage_that_was_made_good():
    """What the list of messages lacks and threads read alone have brought isn't missing."""
    doubts = Doubts()
    doubts.messages, doubts.missing = shortage(), 2
    assert doubts.error(join_with(found_alone=2)) is None
    assert doubts.error(join_with(found_alone=1)) is doubts.messages


def test_doubt_swallowed_by_another():
    """Several doubts become one error with all reasons, pages and slugs."""
    doubts = Doubts()
    doubts.conversations, doubts.messages = shortage((1, 3)), shortage((2,))
    doubts.threads = {"long": "it moved"}
    error = doubts.error(join_with(late=("merged",), orphans=4))
    assert error is not None
    assert (error.pages, error.slugs) == ((1, 2, 3), ("merged", "long"))
    for said in ("merged while", "it moved", "4 messages", "fewer came", 'way="each"'):
        assert said in str(error)


def test_unreadable_messages_below_which_nobody_read():
    """Messages that can't be read are told with their places, though nobody read to the end."""
    doubts = Doubts()
    for place in ("$.messages[3]", "$.messages[5]"):
        doubts.unreadable.add(7, [unreadable(b"null", "no object", place)])
    error = doubts.error(join_with())
    assert "2 items can't be read (page 7 at $.messages[3]: no object; page 7" in str(error)
    assert error is not None
    assert error.remedy == "look-at-item"


@pytest.mark.parametrize(("orphans", "told"), [(1, "1 message doesn't"), (2, "2 messages don't")])
def test_messages_of_nobody(orphans, told):
    """Messages that don't tell where they belong are counted in words that fit."""
    error = Doubts().error(join_with(orphans=orphans))
    assert error is not None
    assert error.reason == f"{told} tell their conversation"
