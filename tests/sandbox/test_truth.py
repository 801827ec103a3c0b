"""What a test may know, for each resource, and that it agrees."""

from reamaze_async.sandbox import Sandbox


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
