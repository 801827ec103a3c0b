"""What happens between two list requests."""

from random import Random

import pytest

from reamaze_async.sandbox import Churn, Sandbox, World

DICE = 400


def kinds(churn, times=DICE, conversations=3000):
    """The kinds of change that so many requests bring."""
    world, random = World(conversations), Random(1)
    for _ in range(times):
        churn.apply(world, random)
    return [change.kind for change in world.history]


def test_calm():
    """Nothing happens unless asked."""
    assert kinds(Churn()) == []


def test_chances_are_kept():
    """About so often as said."""
    assert 0.25 * DICE < len(kinds(Churn(arrive=0.3))) < 0.35 * DICE
    assert len(kinds(Churn(leave=1.0))) == DICE


def test_arrivals_at_the_front():
    """New conversations and nothing else."""
    assert set(kinds(Churn(arrive=1.0, where="front"))) == {"create"}


def test_arrivals_anywhere():
    """New ones, old ones opened again, and old ones that appear."""
    assert set(kinds(Churn(arrive=1.0))) == {"create", "insert", "reopen"}
    assert set(kinds(Churn(arrive=1.0, arrivals=("insert",)))) == {"insert"}


def test_departures():
    """Archived or deleted, or as chosen."""
    assert set(kinds(Churn(leave=1.0))) == {"archive", "delete"}
    assert set(kinds(Churn(leave=1.0, departures=("delete",)))) == {"delete"}


def test_other_kinds():
    """Each by its name."""
    assert set(kinds(Churn(touch=1.0))) == {"touch"}
    assert set(kinds(Churn(merge=1.0))) == {"merge"}
    assert kinds(Churn(burst=1.0), times=2) == ["archive"] * 80


def test_mixed_has_every_kind_but_bursts():
    """A bare chance asks for it; at most two changes (a merge) at a time."""
    found = kinds(Churn(mixed=1.0))
    assert set(found) == {"create", "insert", "reopen", "archive", "delete", "touch", "merge"}
    assert DICE <= len(found) < 1.2 * DICE


def test_world_that_runs_dry():
    """Is no error."""
    assert len(kinds(Churn(leave=1.0, departures=("delete",)), conversations=10)) == 10


@pytest.mark.parametrize(
    "wrong", [{"arrive": 1.1}, {"burst": -0.1}, {"mixed": float("nan")}, {"touch": True}]
)
def test_chances_that_are_none(wrong):
    """Refused at once."""
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}=.* must be a number from 0 to 1"):
        Churn(**wrong)


async def test_before_the_answer_is_made(connect):
    """What arrives with a request is in its answer already."""
    async with Sandbox(90, churn=Churn(arrive=1.0, where="front")) as sandbox:
        client = await connect(sandbox)
        for _ in range(3):
            reply = await client.listed(filter="all")
            assert reply.slugs[0] == sandbox.conversations[0].slug
        assert len(sandbox.conversations) == 93


async def test_only_list_requests_stir(connect):
    """Not single reads, nor what is refused."""
    async with Sandbox(90, churn=1.0) as sandbox:
        client = await connect(sandbox)
        await client.get("conversations/x")
        await client.send("GET", "conversations", headers={})
        assert sandbox.world.history == []


async def test_same_seed_same_history(connect):
    """For the same order of requests, the same answers to the last byte."""

    async def run(seed):
        async with Sandbox(200, seed=seed, churn=0.8) as sandbox:
            client = await connect(sandbox)
            return [(await client.listed(page=page)).body for page in range(1, 7)]

    assert await run(1) == await run(1) != await run(2)


async def test_pages_shift(connect):
    """Reading page by page loses some and repeats some: what the client is there to mend."""
    async with Sandbox(900, seed=1, churn=Churn(arrive=0.6, leave=0.6)) as sandbox:
        client, mark = await connect(sandbox), sandbox.mark()
        listed = await client.everything()
        stayed = sandbox.stayed(mark)
        assert set(stayed) - set(listed)
        assert len(listed) > len(set(listed))
        assert set(listed) <= sandbox.seen(mark)


def world_after(churn, times=200):
    """What so many requests make of contacts and ratings."""
    world, random = World(300), Random(1)
    for _ in range(times):
        churn.apply(world, random)
    return world


def test_contacts_come_go_and_are_renamed():
    """Each as often, and no conversation changes its place by that."""
    world = world_after(Churn(contacts=1.0))
    found = {change.kind for change in world.contacts.history}
    assert found == {"create", "delete", "rename"}
    assert (world.history, world.ratings.history) == ([], [])


def test_ratings_arrive():
    """In front of all others."""
    world = world_after(Churn(ratings=1.0), times=5)
    assert [change.kind for change in world.ratings.history] == ["create"] * 5


def test_mixed_churn_renames_nobody():
    """Contacts and ratings come and go, but no conversation looks different unannounced."""
    world = world_after(Churn(mixed=1.0))
    kinds = {change.kind for change in world.contacts.history}
    assert kinds == {"create", "delete"}
    assert {"create"} <= {change.kind for change in world.ratings.history}


async def test_messages_arrive_while_they_are_read(connect):
    """The truth has each of them, newest first, whoever wrote."""
    async with Sandbox(90, churn=Churn(touch=1.0)) as sandbox:
        client, count = await connect(sandbox), len(sandbox.messages)
        for _ in range(5):
            reply = await client.get("messages")
            assert reply.items == [message.json() for message in sandbox.messages[:30]]
        assert reply.json["total_count"] == len(sandbox.messages) == count + 5


async def test_merged_messages_are_listed_once(connect):
    """Under the conversation that is left."""
    async with Sandbox(90, churn=Churn(merge=1.0)) as sandbox:
        client, count = await connect(sandbox), len(sandbox.messages)
        for _ in range(9):
            reply = await client.get("messages")
        assert reply.json["total_count"] == count
        slugs = {it.slug for it in sandbox.conversations}
        assert {item["conversation"]["slug"] for item in reply.items} <= slugs
