"""What conversations look like, and that real oddities are among them."""

import json
from collections import Counter
from datetime import datetime

import pytest

from reamaze_async.sandbox import Habits, Sandbox, World


@pytest.fixture(scope="module")
def items():
    """Every item of one world."""
    return [c.json() for c in World(2000, seed=1).conversations]


def test_odd_values_are_among_them(items):
    """Null subjects, authors, emails, data and messages; statuses and origins nobody lists."""
    authors = [item["author"] for item in items if item["author"]]
    assert {item["subject"] is None for item in items} == {True, False}
    assert {item["author"] is None for item in items} == {True, False}
    assert {item["message"] is None for item in items} == {True, False}
    assert {item["last_customer_message"] is None for item in items} == {True, False}
    assert {None, ""} <= {a["data"] for a in authors if not isinstance(a["data"], dict)}
    assert {a["email"] is None for a in authors} == {a["name"] is None for a in authors}
    assert {item["status"] for item in items} >= {*range(10), 12, 23}
    assert {item["origin"] for item in items} >= {4, 5, 18}


def test_odd_ones_are_few(items):
    """The unknown stays the exception."""
    count = Counter(item["status"] > 9 for item in items)
    assert 0 < count[True] < 0.03 * len(items)
    assert sum(item["author"] is None for item in items) < 0.03 * len(items)


def test_texts_are_odd(items):
    """HTML, entities, emoji, CRLF, right-to-left, and one body of about 100 KB."""
    bodies = [item["message"]["body"] for item in items if item["message"]]
    everything = "".join(bodies)
    for odd in ("<b>", "&quot;", "🙏", "\r\n", "מתי", "شكرا", "お返事"):
        assert odd in everything
    assert sum(len(body.encode()) >= 100_000 for body in bodies) == 1


def test_slugs_are_unique_and_from_the_subject(items):
    """Lower case with hyphens, told apart by a suffix, a few with other signs."""
    slugs = [item["slug"] for item in items]
    assert len(set(slugs)) == len(slugs)
    assert {"broken-parcel", "broken-parcel-2"} <= set(slugs)
    assert all(set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789$._-") for slug in slugs)
    assert 0 < sum("$" in slug for slug in slugs) < 40


def test_timestamps_are_consistent(items):
    """Created, then written to, then updated; both offsets of the year occur."""
    offsets = set()
    for item in items:
        created, updated = map(datetime.fromisoformat, (item["created_at"], item["updated_at"]))
        last = item["last_customer_message"] or {"created_at": item["updated_at"]}
        assert created <= datetime.fromisoformat(last["created_at"]) <= updated
        offsets.add(item["created_at"][-6:])
    assert offsets == {"-07:00", "-08:00"}


def test_some_are_of_the_same_millisecond(items):
    """So that ties have to be broken."""
    assert len({item["created_at"] for item in items}) < len(items)


def test_on_hold_has_a_date(items):
    """And nothing else has."""
    assert {(item["status"] == 5, item["hold_until"] is not None) for item in items} == {
        (True, True),
        (False, False),
    }


@pytest.mark.parametrize(
    ("size", "low", "high"), [("small", 25, 36), ("normal", 28, 45), ("large", 90, 120)]
)
def test_size_of_a_page(size, low, high):
    """Thousands of bytes in 30 items, on average."""
    made = World(600, size=size).conversations
    mean = sum(len(c.encoded()) for c in made) * 30 / len(made)
    assert low * 1000 < mean < high * 1000


def test_moments_are_those_that_are_served():
    """As aware moments, and none where there is none."""
    for it in World(40).conversations:
        item = it.json()
        assert it.created_at.isoformat(timespec="milliseconds") == item["created_at"]
        assert it.updated_at == datetime.fromisoformat(item["updated_at"])
        written = item["last_customer_message"]
        assert it.last_customer_message_at == (
            written and datetime.fromisoformat(written["created_at"])
        )


def test_found_by():
    """Its people's addresses in lower case, their ids, and ids of its own."""
    world = World(0)
    author, follower = world.contact("A@b.example"), world.staff[0]
    it = world.create(author=author, followers=(follower,))
    assert it.emails == {"a@b.example", follower.email}
    assert it.user_ids == {author.id, follower.id}
    assert len({it.ref, it.origin_id, it.slug}) == 3
    assert world.create(author=None).emails == set()


def test_single_read_adds_the_last_staff_message():
    """Null when staff never wrote."""
    world = World(0)
    item = world.create(staff_at=None).single()
    assert item["last_staff_message"] is None
    answered = world.create(staff_at=world.now).single()["last_staff_message"]
    assert set(answered) == {"body", "created_at"}


def test_bytes_kept_follow_a_change():
    """The next time they are made anew."""
    world = World(1)
    it = world.conversations[0]
    before = it.encoded()
    assert it.encoded() is before
    world.change(it.slug, tags=("x",))
    assert json.loads(it.encoded()) == it.json()
    assert it.json()["tag_list"] == ["x"]


def test_absorbed_messages_keep_their_age():
    """They stand among the others, and the last ones of each side are the later ones."""
    world = World(300)
    first, second = [it for it in world.conversations if it.message_count > 5 and it.staff_at][:2]
    moments = sorted(m.created for m in first.messages + second.messages)
    sides = (max(first.customer_at, second.customer_at), max(first.staff_at, second.staff_at))
    world.merge(first.slug, second.slug)
    assert [message.created for message in second.messages] == moments
    assert (second.customer_at, second.staff_at) == sides
    assert {message.conversation for message in second.messages} == {second}


@pytest.mark.parametrize("counting", ["all", "regular", "replies"])
async def test_message_count_means_what_the_server_means(counting):
    """All messages, all but notes, or all but the first: of old, new and merged ones."""
    sandbox = Sandbox(200, habits=Habits(message_count=counting))
    sandbox.world.create(), sandbox.world.touch(), sandbox.world.merge()
    for it in sandbox.conversations:
        counted = {
            "all": it.messages,
            "regular": [message for message in it.messages if not message.visibility],
            "replies": it.messages[1:],
        }[counting]
        assert it.json()["message_count"] == len(counted)
