"""Entries: which thread is handed out next, and when there is room for another."""

from reamaze_async.paging.cursor import Cursor
from reamaze_async.threads.entries import Entries, Entry
from reamaze_async.threads.join import Joined, ListedConversation, ListedMessage


def entry(slug: str, **state) -> Entry:
    """A thread."""
    joined = Joined(ListedConversation(slug, slug, 1.0, None))
    made = Entry(joined, Cursor(), 0, [])
    for name, value in state.items():
        setattr(made, name, value)
    return made


def entries(*made: Entry, ordered: bool = True) -> Entries:
    """Some of them."""
    found = Entries(4, ordered=ordered)
    for each in made:
        found.add(each)
    return found


def test_order_lost():
    """Ordered, a thread that is complete waits for the one before it."""
    late, early = entry("a"), entry("b", is_done=True)
    found = entries(late, early)
    assert found.take(is_last=False) is None
    late.is_done = True
    assert [found.take(is_last=False), found.take(is_last=False)] == [late, early]


def test_thread_waited_for_without_need():
    """Unordered, it doesn't wait."""
    early = entry("b", is_done=True)
    assert entries(entry("a"), early, ordered=False).take(is_last=False) is early


def test_error_before_what_came():
    """Unordered, an error comes when all others have come; ordered, in its place."""
    bad, late = entry("a", is_done=True, error=ValueError()), entry("b")
    found = entries(bad, late, ordered=False)
    assert found.is_failing
    assert found.take(is_last=True) is None
    late.is_done = True
    assert [found.take(is_last=True), found.take(is_last=True)] == [late, bad]
    assert entries(bad, entry("b")).take(is_last=False) is bad


def test_gone_conversation_in_the_way():
    """A conversation that is gone keeps no place, and nobody waits for it."""
    gone, good = entry("a", is_done=True, is_gone=True), entry("b", is_done=True)
    found = entries(gone, good)
    assert found.take(is_last=False) is good
    assert len(found) == 0


def test_more_than_there_is_room_for():
    """It is full with as many as there may be."""
    found = entries(*(entry(slug) for slug in "abcd"))
    assert (len(found), found.is_full) == (4, True)


def test_messages_upside_down():
    """Messages that came newest first stand oldest first, those of one moment as they came."""
    times = [("new", 3.0), ("second", 2.0), ("first", 2.0), ("old", 1.0)]
    made = entry("a", messages=[ListedMessage(n, n, "a", at, 1.0) for n, at in times])
    assert [one.item for one in made.assembled().messages] == ["old", "first", "second", "new"]
    made.messages.insert(0, ListedMessage("odd", "odd", "a", None, 1.0))
    assert [one.item for one in made.assembled().messages][-1] == "odd"
