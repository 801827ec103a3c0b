"""Filters and orders of all lists but conversations, each against the truth, over a real socket."""

from datetime import UTC, datetime, timedelta

import pytest

from reamaze_async.sandbox import Habits, Sandbox


def stamps(items):
    """When they were made."""
    return [item["created_at"] for item in items]


def truth(things, keep=lambda thing: True):
    """What the API shows of those that `keep` says yes to; there must be some, but not all."""
    found = [thing.json() for thing in things if keep(thing)]
    assert 0 < len(found) < len(things) or keep(things[0])
    return found


SENDER = "robin@acme.example"
MESSAGES = [
    ({}, lambda m: True),
    ({"filter": "staff"}, lambda m: m.is_staff),
    ({"filter": "customer"}, lambda m: not m.is_staff),
    ({"filter": "rubbish"}, lambda m: True),
    ({"sent_by": SENDER.upper()}, lambda m: m.user is not None and m.user.email == SENDER),
    ({"tag": " vip "}, lambda m: "VIP" in m.conversation.tags),
    ({"tag": "vip,bug"}, lambda m: {"VIP", "bug"} <= set(m.conversation.tags)),
    ({"category": "sms"}, lambda m: m.conversation.category.slug == "sms"),
    ({"origin": "1"}, lambda m: m.origin == 1),
    ({"origin": "sms"}, lambda m: m.origin == 9),
    ({"start_date": "rubbish"}, lambda m: True),
]


@pytest.mark.parametrize(("params", "keep"), MESSAGES)
async def test_messages_that_match(client, sandbox, params, keep):
    """Newest first, all of them and nothing else, archived conversations' among them (guess)."""
    assert await client.pages("messages", **params) == truth(sandbox.messages, keep)


@pytest.mark.parametrize(("params", "keep"), MESSAGES[:4])
async def test_messages_of_one_conversation(connect, params, keep):
    """The same filters, in its thread alone."""
    async with Sandbox(40, messages=400, seed=2) as sandbox:
        client = await connect(sandbox)
        it = max(sandbox.conversations, key=lambda it: len({m.is_staff for m in it.messages}))
        found = await client.pages(f"conversations/{it.slug}/messages", **params)
        assert found == [m.json() for m in reversed(it.messages) if keep(m)]


async def test_messages_by_date(client, sandbox):
    """By their own creation, both ends inclusive."""
    late, early = sandbox.messages[20], sandbox.messages[90]
    ends = {"start_date": early.created_at.isoformat(), "end_date": late.created_at.isoformat()}
    found = await client.pages("messages", **ends)
    assert found == truth(sandbox.messages, lambda m: early.created <= m.created <= late.created)


async def test_any_of_the_tags(connect):
    """If the server is of that habit."""
    async with Sandbox(200, habits=Habits(tag_match="any")) as sandbox:
        found = await (await connect(sandbox)).pages("messages", tag="vip,bug")
        assert found == truth(sandbox.messages, lambda m: {"VIP", "bug"} & {*m.conversation.tags})


async def test_original_body_only_if_included(client, sandbox):
    """Among other words too."""
    for include in ("original_body", "x,original_body"):
        (first, *_) = (await client.get("messages", include=include)).items
        assert first == sandbox.messages[0].json(original_body=True)


def by_name(contact):
    """Those without a name last, equals by id."""
    return contact.name is None, (contact.name or "").casefold(), contact.id


@pytest.mark.parametrize(
    ("params", "keep"),
    [
        ({}, lambda c: True),
        ({"q": "SILVA"}, lambda c: "silva" in (c.name or "").casefold()),
        ({"q": "silva.2"}, lambda c: "silva.2" in (c.user.email or "")),
        ({"q": "+1555"}, lambda c: c.user.mobile is not None),
        ({"q": "+1555", "type": "mobile"}, lambda c: c.user.mobile is not None),
        ({"q": "ana", "type": "email"}, lambda c: "ana" in (c.user.email or "")),
        ({"type": "mobile"}, lambda c: c.user.mobile is not None),
        ({"data[plan]": "gold"}, lambda c: (c.user.data or {}).get("plan") == "gold"),
        ({"data[plan]": "gold", "data[x]": "y"}, lambda c: False),
    ],
)
async def test_contacts_that_match(client, sandbox, params, keep):
    """By name, or newest first with `sort=date`."""
    named = sorted(filter(keep, sandbox.contacts), key=by_name)
    assert await client.pages("contacts", **params) == [it.json() for it in named]
    newest = [it.json() for it in sandbox.contacts if keep(it)]
    assert await client.pages("contacts", sort="date", **params) == newest


@pytest.mark.parametrize(("kind", "types"), [("email", {1}), ("chat", {6}), ("twitter", set())])
async def test_channels_of_a_kind(client, sandbox, kind, types):
    """All in one answer, with no page fields."""
    reply = await client.get("channels", channel=kind, page=9)
    found = [it.json() for it in sandbox.channels if it.channel in types]
    assert reply.json == {"total_count": len(found), "channels": found}


@pytest.mark.parametrize("internal", [2, 4])
async def test_articles_that_match(connect, internal):
    """By status, text and topic; the number of Internal is the server's own."""
    async with Sandbox(1, habits=Habits(internal=internal)) as sandbox:
        client = await connect(sandbox)
        for word, number in (("published", 0), ("draft", 1), ("internal", internal)):
            found = await client.pages("articles", status=word)
            assert found == truth(sandbox.articles, lambda it, number=number: it.status == number)
        found = await client.pages("articles", q="WHERE is")
        assert found == truth(sandbox.articles, lambda it: "where is" in it.title.lower())
        found = await client.pages("topics/returns/articles", status="draft")
        assert found == truth(
            sandbox.articles, lambda it: it.status == 1 and it.topic and it.topic.slug == "returns"
        )


async def test_unknown_topic(client):
    """404, for reading and writing."""
    assert (await client.get("topics/nowhere/articles")).status == 404
    assert (await client.post("topics/nowhere/articles", article={})).status == 404


async def test_templates_that_match(client, sandbox):
    """By name or body."""
    found = await client.pages("response_templates", q="refund approved")
    assert found == truth(sandbox.response_templates, lambda it: "Refund approved" in it.name)


async def test_staff_oldest_first(connect):
    """The token's user last, who joined last."""
    async with Sandbox(1, staff=70) as sandbox:
        found = await (await connect(sandbox)).pages("staff")
        assert [it["email"] for it in found] == [it.email for it in sandbox.staff]
        assert (len(found), found[-1]["email"]) == (71, sandbox.email)
        assert stamps(found) == sorted(stamps(found))


@pytest.mark.parametrize(
    ("params", "keep"),
    [
        ({}, lambda it: True),
        ({"rating": "5"}, lambda it: it.rating == 5),
        ({"rating": "x"}, lambda it: True),
        ({"assignee_id": "900000001"}, lambda it: it.assignee and it.assignee.id == 900_000_001),
        ({"brand": "acme"}, lambda it: True),
        ({"brand": "all_brands"}, lambda it: True),
        ({"brand": "other"}, lambda it: False),
    ],
)
async def test_ratings_that_match(connect, params, keep):
    """Newest first; those of another brand are none."""
    async with Sandbox(900) as sandbox:
        found = await (await connect(sandbox)).pages("satisfaction_ratings", **params)
        assert found == [it.json() for it in sandbox.ratings if keep(it)]
        assert stamps(found) == sorted(stamps(found), reverse=True)


@pytest.mark.parametrize("moment", ["created", "updated"])
async def test_ratings_between_two_moments(connect, moment):
    """Inclusive at both ends."""
    async with Sandbox(900) as sandbox:
        client, at = await connect(sandbox), sandbox.ratings[40].json()[f"{moment}_at"]
        bound = getattr(sandbox.ratings[40], moment)
        found = await client.pages("satisfaction_ratings", **{f"{moment}_after": at})
        assert found == truth(sandbox.ratings, lambda it: getattr(it, moment) >= bound)
        found = await client.pages("satisfaction_ratings", **{f"{moment}_before": at})
        assert found == truth(sandbox.ratings, lambda it: getattr(it, moment) <= bound)


async def test_messages_follow_their_conversation(client, sandbox):
    """A tag, a channel or an earlier first message counts from the moment it is there."""
    it = sandbox.conversations[3]
    for params in ({"tag": "brandnew"}, {"category": "contact-form"}):
        before = (await client.get("messages", **params)).json["total_count"]
        found = [m for m in sandbox.messages if m.conversation is it]
        is_inside = it.category.slug == params.get("category")
        sandbox.world.change(it.slug, tags=("BrandNew",), category=sandbox.channels[5])
        after = (await client.get("messages", **params)).json["total_count"]
        assert after - before == len(found) * (not is_inside)
        sandbox.world.change(it.slug, tags=(), category=sandbox.channels[0])


async def test_bounds_finer_than_a_millisecond(connect):
    """Between two messages a millisecond apart: the first is before it, the second after."""
    async with Sandbox(0) as sandbox:
        client, at = await connect(sandbox), datetime(2026, 3, 1, 12, tzinfo=UTC)
        for later in (0, 1000):
            sandbox.world.create(at=at + timedelta(microseconds=later), message_count=1)
        second, first = (message.json() for message in sandbox.messages[-2:])
        between = (at + timedelta(microseconds=500)).isoformat()
        assert first in await client.pages("messages", end_date=between)
        assert second not in await client.pages("messages", end_date=between)
        assert first not in await client.pages("messages", start_date=between)
        assert second in await client.pages("messages", start_date=between)
