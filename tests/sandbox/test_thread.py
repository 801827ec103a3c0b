"""Threads that agree with their conversations."""

import pytest

from reamaze_async.sandbox import World
from reamaze_async.sandbox.factory import spread
from reamaze_async.sandbox.thread import fewest, plan


@pytest.fixture(scope="module")
def conversations():
    """All of one world."""
    return World(1500, seed=3).conversations


def last_of(conversation, *, by_staff):
    """When one side last wrote something regular."""
    side = [m for m in conversation.messages if m.is_staff is by_staff and not m.visibility]
    return side[-1].created if side else None


def test_first_message_as_old_as_its_conversation(conversations):
    """And of its author; staff's where no customer ever wrote."""
    for it in conversations:
        first = it.messages[0]
        assert (first.created, first.user, first.is_first) == (it.created, it.author, True)
        assert first.is_staff is (it.customer_at is None)


def test_count_that_is_wrong(conversations):
    """A conversation counts the messages it has, notes among them."""
    assert all(it.message_count == len(it.messages) for it in conversations)
    assert {len(it.messages) for it in conversations} >= {1, 2, 5, 9}


def test_last_messages_that_disagree(conversations):
    """The last message of each side stands where the conversation says."""
    for it in conversations:
        assert last_of(it, by_staff=False) == it.customer_at
        assert last_of(it, by_staff=True) == it.staff_at
        shown = it.single()["last_staff_message"]
        assert (shown is None) is (it.staff_at is None)


def test_messages_out_of_order(conversations):
    """Oldest first, none after the last change, each with an id of its own."""
    for it in conversations:
        moments = [message.created for message in it.messages]
        assert moments == sorted(moments)
        assert moments[-1] <= it.updated
    ids = [message.id for it in conversations for message in it.messages]
    assert len(set(ids)) == len(ids)


def test_every_kind_of_message_is_among_them(conversations):
    """Notes, collisions, unknown writers of both sides, origin ids and none."""
    messages = [message for it in conversations for message in it.messages]
    assert {message.visibility for message in messages} == {0, 1, 2}
    assert {m.is_staff for m in messages if m.user is None} == {True, False}
    assert {message.origin_id is None for message in messages} == {True, False}
    assert all(m.user.is_staff for m in messages if m.is_staff and m.user)


def test_planned_twice_is_planned_alike():
    """The thread is decided by the seed, whenever it is first asked for."""
    first, second = World(60, seed=2), World(60, seed=2)
    second.messages.everything()
    for one, other in zip(first.conversations, second.conversations, strict=True):
        assert [m.json() for m in one.messages] == [m.json() for m in other.messages]


def test_moments_set_by_hand():
    """However odd, they get a message each."""
    world = World(0)
    it = world.create(customer_at=world.now + 10**7, staff_at=world.now + 10**8)
    assert (fewest(it), it.message_count, len(plan(it))) == (3, 3, 3)
    assert world.create(author=None, customer_at=None).messages[0].is_staff


@pytest.mark.parametrize("total", [9000, 20_000])
def test_so_many_messages_in_all(total):
    """Exactly as many as asked for, and the threads still agree."""
    world = World(2000, messages=total)
    assert sum(it.message_count for it in world.conversations) == len(world.messages) == total
    assert all(len(it.messages) == it.message_count for it in world.conversations)


@pytest.mark.parametrize(("made", "total"), [(100, 99), (0, 1)])
def test_so_few_or_many_messages_as_can_not_be(made, total):
    """Refused at once."""
    with pytest.raises(ValueError, match="can't belong"):
        spread(World(made).conversations, total)


def test_list_that_shows_another_thread():
    """What a list shows before the thread is made is what it shows afterwards."""
    before = [it.json() for it in World(300, seed=6).conversations]
    world = World(300, seed=6)
    assert len(world.messages) > 1000
    assert [it.json() for it in world.conversations] == before
