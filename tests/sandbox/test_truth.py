"""What a test may know, for each resource, and that it agrees."""

import pytest

from reamaze_async.sandbox import Sandbox, events


async def test_truths_agree_with_one_another():
    """Before and after everything has happened."""
    sandbox = Sandbox(300, seed=4, contacts=200)
    for verb in ("create", "archive", "delete", "merge", "touch", "insert", "reopen") * 9:
        getattr(sandbox.world, verb)()
    conversations = {it.id: it for it in sandbox.conversations}
    assert [
        m for it in conversations.values() for m in it.messages if m not in sandbox.messages
    ] == []
    assert len(sandbox.messages) == sum(it.message_count for it in conversations.values())
    assert all(message.conversation.id in conversations for message in sandbox.messages)
    assert all(rating.conversation.id in conversations for rating in sandbox.ratings)
    contacts = {it.id for it in sandbox.contacts} | {it.id for it in sandbox.staff}
    assert {m.user.id for m in sandbox.messages if m.user} <= contacts


async def test_truths_are_in_the_order_of_the_lists():
    """Newest first, or as they were made."""
    sandbox = Sandbox(60)
    for things in (sandbox.messages, sandbox.contacts, sandbox.ratings, sandbox.incidents):
        moments = [(it.created, it.id) for it in things]
        assert moments == sorted(moments, reverse=True)
    assert [it.created for it in sandbox.staff] == sorted(it.created for it in sandbox.staff)
    assert len(sandbox.systems) < len(sandbox.channels) < len(sandbox.articles)


async def test_messages_are_the_same_whenever_first_asked_for():
    """Before or after the world has changed."""
    early, late = Sandbox(90, seed=7), Sandbox(90, seed=7)
    assert early.messages
    for sandbox in (early, late):
        for verb in ("touch", "merge", "create", "delete", "touch"):
            getattr(sandbox.world, verb)()
    assert [m.json() for m in early.messages] == [m.json() for m in late.messages]


async def test_watch_knows_what_a_list_held():
    """What stayed, and all that was ever there, for any list and any parameters."""
    sandbox = Sandbox(120, seed=2)
    messages = sandbox.watch("messages", filter="customer")
    contacts = sandbox.watch("contacts", sort="date")
    before, gone = messages.now(), sandbox.world.delete()
    said = sandbox.world.touch()
    new = events.arrive(sandbox.world)
    assert messages.stayed() == [m for m in before if m.conversation is not gone]
    assert {id(m) for m in before} | {id(said.messages[-1])} == {id(m) for m in messages.seen()}
    assert contacts.now()[0] is new
    assert new not in contacts.stayed()


async def test_watch_remembers_old_names():
    """A renamed contact was seen under both."""
    sandbox = Sandbox(120)
    watch, contact = sandbox.watch("contacts"), sandbox.contacts[0]
    old = contact.name
    events.rename(sandbox.world, contact, "Somebody Else")
    names = {it.name for it in watch.seen() if it.id == contact.id}
    assert names == {old, "Somebody Else"}
    with pytest.raises(KeyError):
        sandbox.watch("rumours")
