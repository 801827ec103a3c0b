"""Filters, sorts, dates, tags, paging: each against the truth, over a real socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.sandbox import Habits, Sandbox, World
from reamaze_async.sandbox.rules import ORIGINS, Query, page_number, read_query
from reamaze_async.sandbox.store import View

SETTLED = {2, 3, 4, 6, 8, 9}


def newest(sandbox, keep):
    """The slugs of what `keep` says yes to, newest first."""
    found = sorted(filter(keep, sandbox.conversations), key=lambda c: (-c.created, -c.id))
    assert found
    return [c.slug for c in found]


@pytest.mark.parametrize(
    ("wanted", "keep"),
    [
        (None, lambda c: c.status != 4),
        ("", lambda c: c.status != 4),
        ("rubbish", lambda c: c.status != 4),
        ("open", lambda c: c.status == 0),
        ("archived", lambda c: c.status == 4),
        ("all", lambda c: True),
        ("unassigned", lambda c: c.assignee is None and c.status not in SETTLED),
    ],
)
async def test_filter(client, sandbox, wanted, keep):
    """Each filter lists what it should, newest first, ties by id; unknown ones the default set."""
    params = {} if wanted is None else {"filter": wanted}
    assert await client.everything(**params) == newest(sandbox, keep)


async def test_filter_ignored(connect):
    """As one live user reports, if set so."""
    async with Sandbox(60, habits=Habits(ignore_filter=True)) as sandbox:
        listed = await (await connect(sandbox)).everything(filter="open")
        assert listed == newest(sandbox, lambda c: c.status != 4)
        assert listed == sandbox.stayed(sandbox.mark(), filter="open")


async def test_sort_updated(client, sandbox):
    """By the last customer message, descending; what no customer wrote to comes last."""
    order = sorted(sandbox.conversations, key=lambda c: (-(c.customer_at or -1), -c.id))
    assert order[-1].customer_at is None
    assert await client.everything(filter="all", sort="updated") == [c.slug for c in order]


async def test_sort_changed(client, sandbox):
    """By any change, descending."""
    order = sorted(sandbox.conversations, key=lambda c: (-c.updated, -c.id))
    assert await client.everything(filter="all", sort="changed") == [c.slug for c in order]


@pytest.mark.parametrize("sort", ["", "created_at", "updated_at", "Updated"])
async def test_sort_unknown(client, sort):
    """Ignored."""
    assert (await client.listed(sort=sort)).body == (await client.listed()).body


@pytest.mark.parametrize("sent", ["vip,Refund", " VIP , refund ,", "refund,vip,vip"])
async def test_tags_all_of_them(client, sandbox, sent):
    """All tags, whatever their case, white space and order."""
    both = sandbox.world.create(tags=["VIP", "refund", "more"])
    sandbox.world.create(tags=["VIP"])
    found = await client.everything(tag=sent)
    assert found[0] == both.slug
    assert found == newest(sandbox, lambda c: c.status != 4 and {"VIP", "refund"} <= set(c.tags))


async def test_tags_any_of_them(connect):
    """Any of the tags, if set so."""
    async with Sandbox(90, habits=Habits(tag_match="any")) as sandbox:
        found = await (await connect(sandbox)).everything(tag="vip,refund", filter="all")
        assert found == newest(sandbox, lambda c: {"VIP", "refund"} & set(c.tags))


async def test_tag_blank(client):
    """No tag is no parameter."""
    assert (await client.listed(tag=" ,")).body == (await client.listed()).body


async def test_category(client, sandbox):
    """By the channel's exact slug."""
    wanted = newest(sandbox, lambda c: c.category.slug == "live-chat")
    assert await client.everything(filter="all", category="live-chat") == wanted
    assert await client.everything(filter="all", category="Live-Chat") == []


@pytest.mark.parametrize(("sent", "number"), [("1", 1), ("email", 1), ("native", 0), ("chat", 0)])
async def test_origin(client, sandbox, sent, number):
    """By number or name."""
    wanted = newest(sandbox, lambda c: c.origin == number)
    assert await client.everything(filter="all", origin=sent) == wanted


async def test_origin_unknown(client):
    """An unknown number matches nothing, an unknown word is ignored."""
    assert (await client.listed(origin="77")).json["total_count"] == 0
    assert (await client.listed(origin="pigeon")).body == (await client.listed()).body
    assert set(ORIGINS.values()) >= {0, 1, 7, 8, 9, 11, 16, 17}


async def test_for_a_customer(client, sandbox):
    """Their own conversations and those they follow, by email whatever its case, or by id."""
    author = next(c.author for c in sandbox.conversations if c.author and c.author.email)
    mine = newest(sandbox, lambda c: author in (c.author, *c.followers))
    assert await client.everything(filter="all", **{"for": author.email.upper()}) == mine
    assert await client.everything(filter="all", for_id=str(author.id)) == mine


async def test_for_a_follower(client, sandbox):
    """Following is enough."""
    follower = sandbox.world.staff[0]
    it = sandbox.world.create(followers=(follower,))
    assert it.slug in await client.everything(**{"for": follower.email})


async def test_for_nobody(client):
    """An unknown user lists nothing."""
    assert (await client.listed(**{"for": "nobody@example.com"})).json["total_count"] == 0
    assert (await client.listed(for_id="12")).json["total_count"] == 0


async def test_data(client, sandbox):
    """Every pair given, compared as strings, keys with brackets and spaces among them."""
    both = sandbox.world.create(data={"my [key]": "a b", "n": 7})
    sandbox.world.create(data={"my [key]": "a b"})
    assert await client.everything(**{"data[my [key]]": "a b", "data[n]": "7"}) == [both.slug]
    assert await client.everything(**{"data[n]": "8"}) == []
    assert await client.everything(**{"data[absent]": ""}) == []


async def test_parameters_narrow_each_other(client, sandbox):
    """All of them count at once."""
    it = sandbox.world.create(tags=["VIP"], category="sms", data={"a": "1"})
    sandbox.world.create(tags=["VIP"], category="sms")
    params = {"tag": "vip", "category": "sms", "data[a]": "1", "filter": "open"}
    assert await client.everything(**params) == [it.slug]


@pytest.mark.parametrize("names", [["start_date"], ["end_date"], ["start_date", "end_date"]])
async def test_dates_are_inclusive_bounds_of_the_last_customer_message(client, sandbox, names):
    """On both ends, to the millisecond, alone and together; never written to is left out."""
    written = sorted(
        filter(lambda c: c.customer_at, sandbox.conversations), key=Query("all", "updated").key
    )
    last, first = written[100], written[300]
    moments = {"start_date": first, "end_date": last}
    sent = {name: moments[name].last_customer_message_at.isoformat() for name in names}
    low = first.customer_at if "start_date" in names else 0
    high = last.customer_at if "end_date" in names else 10**15
    wanted = newest(sandbox, lambda c: c.customer_at and low <= c.customer_at <= high)
    assert await client.everything(filter="all", **sent) == wanted


async def test_dates_turned_round(client):
    """Start after end lists nothing."""
    reply = await client.listed(start_date="2026-02-01", end_date="2026-01-01")
    assert (reply.status, reply.json["total_count"]) == (200, 0)


@pytest.mark.parametrize("junk", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00 08:00"])
async def test_dates_that_are_junk(client, junk):
    """Ignored."""
    assert (await client.listed(start_date=junk, end_date=junk)).body == (
        await client.listed()
    ).body


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (None, 1), ("", 1), ("0", 1), ("-1", 1), ("abc", 1), ("1", 1), ("2abc", 2), (" 3", 3),
        ("+4", 4), ("2.9", 2), ("-" + "9" * 5000, 1), ("٣", 1),
    ],
)  # fmt: skip
def test_page_numbers(text, number):
    """As Ruby reads them, and nothing below 1."""
    assert page_number(text) == number


async def test_odd_pages(client):
    """0, negatives, words and nothing are page 1."""
    first = (await client.listed(page=1)).slugs
    for page in ("0", "-1", "abc", ""):
        assert (await client.listed(page=page)).slugs == first


@pytest.mark.parametrize("page", [18, 10**6, 2**63, 2**64, "9" * 5000])
async def test_past_the_end(client, page):
    """200, an empty list, the true counts."""
    reply = await client.listed(filter="all", page=page)
    assert (reply.status, reply.slugs) == (200, [])
    assert (reply.json["page_count"], reply.json["total_count"]) == (17, 500)


@pytest.mark.parametrize(("habits", "pages"), [(None, 0), (Habits(empty_page_count=1), 1)])
async def test_nothing_at_all(connect, habits, pages):
    """An empty result has 0 pages, or 1 if set so."""
    async with Sandbox(0, habits=habits) as sandbox:
        reply = await (await connect(sandbox)).listed()
        assert reply.json == {
            "page_size": 30, "page_count": pages, "total_count": 0, "conversations": []
        }  # fmt: skip


@pytest.mark.parametrize(("total", "pages"), [(1, 1), (29, 1), (30, 1), (31, 2), (60, 2)])
async def test_page_count(connect, total, pages):
    """The total over 30, rounded up."""
    async with Sandbox(total) as sandbox:
        assert (await (await connect(sandbox)).listed(filter="all")).json["page_count"] == pages


async def test_size_and_unknown_parameters(client):
    """Ignored."""
    first = (await client.listed()).body
    for name in ("page_size", "per_page", "limit", "order", "q", "data", "include"):
        assert (await client.listed(**{name: "50"})).body == first


def test_repeated_parameter_last_counts():
    """As in Rails."""
    with_habits = read_query({"filter": "open"}, Habits())
    assert with_habits == Query(filter="open")


EVENTS = st.lists(
    st.sampled_from(["create", "insert", "reopen", "archive", "delete", "merge", "touch"]),
    max_size=25,
)
QUERIES = st.builds(
    Query,
    filter=st.sampled_from([None, "open", "archived", "all", "unassigned"]),
    sort=st.sampled_from([None, "updated", "changed"]),
    tags=st.sampled_from([(), ("vip",)]),
)


@given(EVENTS, QUERIES, st.integers(0, 99))
def test_view_kept_while_the_world_changes_is_the_view_made_anew(events, query, seed):
    """However the world changes."""
    world = World(20, seed=seed)
    view = world.view(query)
    for event in events:
        getattr(world, event)()
    anew = View.over(query, world.conversations)
    assert view.slice(0, 99) == anew.slice(0, 99)
    assert len(view) == len(anew)


async def test_for_id_of_single_sign_on(client, sandbox):
    """The caller's own id of a contact leads to its conversations."""
    user = next(c.author for c in sandbox.conversations if c.author and c.author.own_id)
    expected = newest(sandbox, lambda c: any(person is user for person in c.people))
    assert await client.everything(filter="all", for_id=user.own_id) == expected
