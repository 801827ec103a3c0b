"""Every resource, read one by one and in lists, over a real socket."""

import pytest

from reamaze_async.sandbox import Habits, Sandbox

SINGLES = [
    ("channels", "channels", "slug"),
    ("articles", "articles", "slug"),
    ("response_templates", "response_templates", "id"),
    ("incidents", "incidents", "key"),
    ("contacts", "contacts", "id"),
]


@pytest.mark.parametrize(("path", "truth", "key"), SINGLES)
async def test_every_one_by_its_key(client, sandbox, path, truth, key):
    """Bare, as the list shows it; 404 for the unknown."""
    for it in getattr(sandbox, truth)[:10]:
        assert (await client.get(f"{path}/{getattr(it, key)}")).json == it.json()
    assert (await client.get(f"{path}/nowhere")).status == 404


@pytest.mark.parametrize(("path", "truth", "key"), SINGLES)
async def test_single_ones_under_their_root(connect, path, truth, key):
    """If the server is of that habit; lists and errors stay as they are."""
    async with Sandbox(40, habits=Habits(wrapped=True)) as sandbox:
        client, it = await connect(sandbox), getattr(sandbox, truth)[0]
        reply = await client.get(f"{path}/{getattr(it, key)}")
        assert reply.json == {path[:-1]: it.json()}
        assert (await client.get(f"{path}/nowhere")).json == {"error": "Not Found"}
        assert (await client.get(path)).items[0].keys() != {path[:-1]}


async def test_written_ones_under_their_root(connect):
    """Conversations, messages and the rest alike."""
    async with Sandbox(40, habits=Habits(wrapped=True)) as sandbox:
        client, slug = await connect(sandbox), sandbox.conversations[0].slug
        for path in (f"conversations/{slug}", f"conversations/{slug}.json"):
            assert (await client.get(path)).json["conversation"]["slug"] == slug
        reply = await client.post(f"conversations/{slug}/messages", message={"body": "x"})
        assert reply.json["message"]["body"] == "x"


async def test_messages_lead_to_conversations_by_number(client, sandbox):
    """So do ratings: their ids are the conversations' own."""
    (message, *_) = (await client.get("messages")).items
    (rating, *_) = (await client.get("satisfaction_ratings")).items
    for number in (message["conversation"]["id"], rating["conversation_id"]):
        slug = (await client.get(f"conversations/{number}")).json["slug"]
        assert str(sandbox.world.get(slug).id) == str(number)
