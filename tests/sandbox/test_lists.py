"""Envelopes, counts, ties, copies and page sizes of lists, over a real socket."""

import pytest

from reamaze_async.sandbox import Answer, Churn, Flaw, Habits, Sandbox
from reamaze_async.sandbox.lists import MOST_KEPT, Pages

PAGED = (
    "conversations",
    "messages",
    "contacts",
    "articles",
    "response_templates",
    "staff",
    "satisfaction_ratings",
)


@pytest.mark.parametrize("name", PAGED)
async def test_envelope_of_pages(client, name):
    """Size, pages and total, then the things, under the word in the path."""
    reply = await client.get(name)
    total = len(await client.pages(name, filter="all" if name == "conversations" else ""))
    if name == "conversations":
        reply = await client.get(name, filter="all")
    assert list(reply.json) == ["page_size", "page_count", "total_count", name]
    counts = (30, -(-total // 30), total)
    assert tuple(reply.json.values())[:3] == counts
    assert len(reply.items) == min(30, total)


@pytest.mark.parametrize("name", ["incidents", "systems"])
async def test_bare_arrays(client, sandbox, name):
    """All at once, whatever the page."""
    reply = await client.get(name, page=7)
    assert reply.json == [it.json() for it in getattr(sandbox, name)]


@pytest.mark.parametrize("path", ["messages", "contacts", "staff"])
async def test_past_the_end(client, path):
    """200, empty, the true counts."""
    first, past = await client.get(path), await client.get(path, page=999)
    assert (past.status, past.items) == (200, [])
    assert past.json["total_count"] == first.json["total_count"]


@pytest.mark.parametrize("counts", ["exact", "short", "replies"])
async def test_counts_of_messages(connect, counts):
    """The list holds all the same, in the brand's list and in a thread."""
    async with Sandbox(60, counts=counts) as sandbox:
        client, it = (
            await connect(sandbox),
            max(sandbox.conversations, key=lambda it: it.message_count),
        )
        replies = len(sandbox.messages) - len(sandbox.conversations)
        expected = {"exact": 0, "short": 1, "replies": len(sandbox.conversations)}[counts]
        brand = (await client.get("messages")).json["total_count"]
        assert brand == len(sandbox.messages) - expected >= replies
        assert len(await client.pages("messages")) == len(sandbox.messages)
        reply = await client.get(f"conversations/{it.slug}/messages")
        assert reply.json["total_count"] == it.message_count - (counts != "exact")


async def test_counts_of_replies_while_messages_arrive(connect):
    """And after a filter: what is counted is what matches, but no first messages."""
    async with Sandbox(60, counts="replies", churn=Churn(touch=1.0, merge=0.5)) as sandbox:
        client = await connect(sandbox)
        for _ in range(20):
            total = (await client.get("messages", filter="staff")).json["total_count"]
            found = [m for m in sandbox.messages if m.is_staff and not m.is_first]
            assert total == len(found)


@pytest.mark.parametrize(
    ("templates", "keys", "sizes"),
    [
        ("paged", ["page_size", "page_count", "total_count", "response_templates"], (30, 11, 0)),
        ("bare", ["response_templates"], (30, 11, 0)),
        ("whole", ["response_templates"], (41, 41, 41)),
    ],
)
async def test_shapes_of_templates(connect, templates, keys, sizes):
    """With counts, without, or all at once on every page."""
    async with Sandbox(1, templates=templates) as sandbox:
        client = await connect(sandbox)
        replies = [await client.get("response_templates", page=page) for page in (1, 2, 3)]
        assert list(replies[0].json) == keys
        assert tuple(len(reply.items) for reply in replies) == sizes


@pytest.mark.parametrize("ties", ["fixed", "drawn"])
async def test_ties(connect, ties):
    """Twenty of one instant: one order for all requests, or another one for each."""
    async with Sandbox(200, tied=20, habits=Habits(ties=ties)) as sandbox:
        client = await connect(sandbox)
        assert len({it.created for it in sandbox.conversations}) <= 11
        readings = {tuple((await client.listed(filter="all")).slugs) for _ in range(5)}
        assert (len(readings) > 1) is (ties == "drawn")
        read = await client.everything(filter="all")
        assert (set(read) == {it.slug for it in sandbox.conversations}) is (ties == "fixed")


async def test_equal_names_are_drawn_too(connect):
    """Contacts by name: nobody leaves the names' order."""
    async with Sandbox(1, contacts=900, habits=Habits(ties="drawn")) as sandbox:
        client = await connect(sandbox)
        first, second = [await client.pages("contacts") for _ in range(2)]
        assert first != second
        names = [it["name"] for it in first]
        assert names == [it["name"] for it in second]


async def test_page_size_that_changes_on_the_way(connect):
    """By the page and by the number of requests; the envelope says so."""
    sizes = Habits(page_size=lambda page, asked: 30 if asked == 1 else 50)
    async with Sandbox(300, habits=sizes) as sandbox:
        client = await connect(sandbox)
        replies = [await client.listed(filter="all", page=page) for page in (1, 2)]
        assert [reply.json["page_size"] for reply in replies] == [30, 50]
        assert [reply.json["page_count"] for reply in replies] == [10, 6]
        assert replies[1].slugs == [it.slug for it in sandbox.conversations[50:100]]


async def test_copies_out_of_step(connect):
    """Each request meets one of them: that of now, or of three changes ago."""
    async with Sandbox(90, habits=Habits(replicas=(0, 3))) as sandbox:
        client, before = await connect(sandbox), [it.slug for it in sandbox.conversations]
        for _ in range(3):
            sandbox.world.create()
        now = [it.slug for it in sandbox.conversations]
        read = {tuple((await client.listed(filter="all")).slugs) for _ in range(20)}
        assert read == {tuple(now[:30]), tuple(before[:30])}


async def test_copies_whose_totals_agree(connect):
    """Where as many left as arrived, only the contents differ."""
    async with Sandbox(90, habits=Habits(replicas=(0, 2))) as sandbox:
        client = await connect(sandbox)
        sandbox.world.create()
        sandbox.world.delete(sandbox.conversations[50].slug)
        replies = [await client.listed(filter="all") for _ in range(20)]
        assert {reply.json["total_count"] for reply in replies} == {90}
        assert len({reply.body for reply in replies}) == 2


def test_copy_that_is_ahead():
    """There is none."""
    with pytest.raises(ValueError, match="changes behind"):
        Sandbox(1, habits=Habits(replicas=(0, -1)))


async def test_flaw_costs_one_item(client, sandbox):
    """The others are as they are; single reads have it too, until it is taken back."""
    slug = sandbox.conversations[3].slug
    sandbox.flaws[slug] = Flaw.NULL
    items = (await client.listed(filter="all")).items
    assert (items[3], items[4]["slug"]) == (None, sandbox.conversations[4].slug)
    assert (await client.get(f"conversations/{slug}")).json is None
    del sandbox.flaws[slug]
    assert (await client.listed(filter="all")).slugs[3] == slug


async def test_same_seed_same_lists(connect):
    """Ties and copies are drawn from the seed."""

    async def read(seed):
        habits = Habits(ties="drawn", replicas=(0, 2))
        async with Sandbox(90, seed=seed, tied=9, habits=habits, churn=0.5) as it:
            return [(await (await connect(it)).listed()).slugs for _ in range(9)]

    assert await read(1) == await read(1)


def test_pages_remembered_are_bounded():
    """When they get too much, the old ones are forgotten."""
    pages, half = Pages(), Answer(200, b"x" * (MOST_KEPT // 2 + 1))
    for target in ("a", "b"):
        pages.keep(target, half)
    assert (pages.get("a", 0), pages.get("b", 0)) == (None, half)
    assert pages.get("b", 1) is None


async def test_sort_and_page_that_have_no_effect(connect):
    """The default order, and the first page for ever, though the counts go on."""
    async with Sandbox(90, habits=Habits(ignore_sort=True, ignore_page=True)) as sandbox:
        client = await connect(sandbox)
        sandbox.world.touch(sandbox.conversations[50].slug)
        first = await client.listed(filter="all")
        for params in ({"sort": "changed"}, {"page": 3}):
            assert (await client.listed(filter="all", **params)).body == first.body
        by_name = await client.get("contacts")
        assert (await client.get("contacts", sort="date", page=2)).body == by_name.body
