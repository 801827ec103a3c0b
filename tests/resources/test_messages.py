"""Messages over real sockets: asked for, told apart, written."""

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from written import asked, written

from reamaze_async import (
    ConnectionFailed,
    IncompleteListing,
    InvalidParameter,
    Message,
    NotFound,
    Origin,
    UnprocessableEntity,
    User,
    Visibility,
)
from reamaze_async.resources.messages import ENDPOINT, key_of
from reamaze_async.sandbox import Answer, Fault, Habits, Sandbox

ASKED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"filter": "staff"}, {"filter": "staff"}),
    ({"sent_by": "ann+b@example.com"}, {"sent_by": "ann+b@example.com"}),
    ({"tag": ["vip", "late"]}, {"tag": "vip,late"}),
    ({"category": "support"}, {"category": "support"}),
    ({"origin": Origin.SMS}, {"origin": "9"}),
    (
        {"start_date": datetime(2026, 1, 31, 9, tzinfo=UTC)},
        {"start_date": "2026-01-31T09:00:00+00:00"},
    ),
    ({"end_date": "2026-01-31T10:00:00Z"}, {"end_date": "2026-01-31T10:00:00Z"}),
    ({"include_original_body": True}, {"include": "original_body"}),
    ({"include_original_body": False, "filter": None}, {}),
]


@pytest.mark.parametrize(("given", "sent"), ASKED, ids=str)
@pytest.mark.parametrize("conversation", [None, "thread"])
async def test_condition_lost_on_the_way(sandbox, session, given, sent, conversation):
    """Each condition arrives under the API's own name, of the brand and of one conversation."""
    slug = conversation and sandbox.conversations[0].slug
    await session.messages.count(conversation=slug, **given)
    assert asked(sandbox) == sent
    path = f"/conversations/{slug}/messages" if slug else "/messages"
    assert sandbox.requests[-1].path == f"/api/v1{path}"


MISREAD: list[dict[str, Any]] = [
    {"filter": "Staff"},
    {"sent_by": ""},
    {"tag": "a,b"},
    {"include_original_body": "yes"},
    {"start_date": "2026-02-02", "end_date": "2026-02-01"},
    {"conversation": ""},
    {"conversation": ".."},
]


@pytest.mark.parametrize("given", MISREAD, ids=str)
async def test_condition_that_would_be_misread(sandbox, session, given):
    """What would be refused or misread is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        session.messages.list(**given)
    with pytest.raises(InvalidParameter):
        await session.messages.page(1, **given)
    assert sandbox.requests == []


async def test_thread_that_lacks_messages(sandbox, session):
    """A conversation's own messages come whole, newest first, with what was asked for."""
    thread = max(sandbox.conversations, key=lambda it: len(it.messages))
    listing = session.messages.list(conversation=thread.slug, include_original_body=True)
    found = [message async for message in listing]
    assert [it.created_at for it in found] == [it.created_at for it in thread.messages[::-1]]
    assert {it.conversation.slug for it in found} == {thread.slug}


@pytest.mark.parametrize("counts", ["exact", "short", "replies"])
@pytest.mark.parametrize("count", [59, 60, 90, 91])
async def test_count_that_leaves_some_out(connect, counts, count):
    """However many a count leaves out, pages are read on while they are full."""
    async with Sandbox(20, messages=count, counts=counts) as sandbox:
        listing = (await connect(sandbox)).messages.list()
        found = [message async for message in listing]
        assert len(found) == len(sandbox.messages)
        assert listing.stats.requests == len(found) // 30 + 1


async def test_server_that_ignores_the_page(connect):
    """Every page is the first: that is told, after a few requests too many."""
    async with Sandbox(60, habits=Habits(ignore_page=True)) as sandbox:
        listing = (await connect(sandbox)).messages.list()
        with pytest.raises(IncompleteListing):
            [message async for message in listing]
        assert len(sandbox.requests) < listing.stats.page_count + 30


# --- what tells one from another ------------------------------------------------------------------

BASE: dict[str, Any] = {
    "body": "Hello",
    "origin": 1,
    "origin_id": "<a@b>",
    "created_at": "2026-03-02T10:02:33.120-08:00",
    "user": {"name": "Leo", "email": "leo@acme.example"},
    "conversation": {"slug": "a", "subject": "A"},
}


def key(**changed: Any) -> str:
    """The key of a message with something changed, typed and raw."""
    body = msgspec.json.encode(BASE | changed)
    typed, raw = msgspec.json.decode(body, type=Message), ENDPOINT.decoder.outline(body)
    assert key_of(typed) == key_of(raw)
    return key_of(typed)


@pytest.mark.parametrize(
    "changed",
    [
        {"visibility": 1, "recipients": [{"name": "x"}], "meta": {}},
        {"attachments": [{"url": "https://x.example/signed"}]},
        {"conversation": {"slug": "a", "subject": "B", "followers": []}},
        {"created_at": "2026-03-02T18:02:33.120Z"},
        {"user": {"name": "Leo Marsh", "email": "leo@acme.example", "staff?": True}},
    ],
)
def test_message_that_changes_its_key(changed):
    """What may differ between two reads of a message has no part in its key."""
    assert key(**changed) == key()


@pytest.mark.parametrize(
    "changed",
    [
        {"body": "hello"},
        {"body": None},
        {"origin": 2},
        {"origin_id": None},
        {"created_at": "2026-03-02T10:02:33.121-08:00"},
        {"user": {"name": "Leo"}},
        {"user": None},
        {"conversation": {"slug": "b"}},
    ],
)
def test_messages_that_share_a_key(changed):
    """Messages that say, or come from, something else are two."""
    assert key(**changed) != key()


def test_writer_who_is_renamed():
    """Of whoever has no address the name tells, and may change; it isn't asked beside an id."""
    names = ({"user": {"name": name}} for name in ("Leo", "Leo Marsh"))
    same = [key(**user) for user in names]
    assert same[0] == same[1]
    assert key(user={"name": "Leo"}, origin_id=None) != key(user={"name": "Mia"}, origin_id=None)


def test_message_without_anything():
    """What says nothing at all has no key; a number in `origin_id` is as good as its text."""
    assert key_of(Message()) == ""
    assert key(origin_id=7) == key(origin_id="7")


@drawn(st.text(), st.text())
def test_texts_that_run_together(one, other):
    """Where one field ends and the next begins is part of the key."""
    first = Message(body=one, origin_id=other, user=User(name="x"))
    second = Message(body=other, origin_id=one, user=User(name="x"))
    assert (key_of(first) == key_of(second)) is (one == other)


# --- writes ---------------------------------------------------------------------------------------

WRITER = {"email": "x@example.com", "name": None}
BODIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"visibility": Visibility.INTERNAL_NOTE}, {"visibility": 1}),
    ({"origin_id": 7, "recipients": []}, {"origin_id": "7", "recipients": []}),
    (
        {"user": {"email": "x@example.com", "name": None}},
        {"user": {"email": "x@example.com", "name": None}},
    ),
    ({"attachment": "https://x.example/a"}, {"attachment": "https://x.example/a"}),
    ({"attachments": None}, {"attachments": None}),
    ({"suppress_surveys": date(2026, 1, 31)}, {"suppress_surveys": "2026-01-31"}),
    (
        {"suppress_surveys": True, "suppress_notifications": False, "suppress_autoresolve": True},
        {"suppress_notifications": False, "suppress_autoresolve": True, "suppress_surveys": True},
    ),
]

TEXT = " Hi,\r\n\n\tone & <b>two</b> 😀 \n"


@pytest.mark.parametrize(("given", "sent"), BODIES, ids=str)
async def test_message_sent_changed(sandbox, session, given, sent):
    """The body goes to the letter, and nothing beside what was given."""
    slug = sandbox.conversations[0].slug
    made = await session.messages.create(slug, TEXT, **given)
    path = f"/conversations/{slug}/messages"
    assert written(sandbox) == ("POST", path, {"message": {"body": TEXT} | sent})
    assert (made.body, made.conversation.slug) == (TEXT, slug)
    assert sandbox.messages[0].body == TEXT


@pytest.mark.parametrize(
    "given",
    [
        {"conversation": "..", "body": "x"},
        {"conversation": "a", "body": ""},
        {"conversation": "a", "body": "\n"},
        {"conversation": "a", "body": None},
        {"conversation": "a", "body": "x", "visibility": 2},
        {"conversation": "a", "body": "x", "visibility": 7},
        {"conversation": "a", "body": "x", "user": "me@acme.com"},
        {"conversation": "a", "body": "x", "recipients": "me@acme.com"},
        {"conversation": "a", "body": "x", "suppress_surveys": datetime(2026, 1, 1, tzinfo=UTC)},
        {"conversation": "a", "body": "x", "suppress_notifications": 1},
    ],
    ids=str,
)
async def test_message_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.messages.create(**given)
    assert sandbox.requests == []


async def test_message_to_nobody(sandbox, session):
    """404 and 422 are told as they are, with the fields' errors; they did not happen."""
    with pytest.raises(NotFound) as missing:
        await session.messages.create("nowhere", "x")
    with pytest.raises(UnprocessableEntity) as wrong:
        await session.messages.create(sandbox.conversations[0].slug, "x", user={"name": "x"})
    assert wrong.value.errors == {"user.email": ["can't be blank"]}
    assert "may have" not in f"{missing.value}{wrong.value}"


async def test_message_sent_twice(sandbox, session):
    """A message whose connection drops after it was received is sent once; the error says so."""
    slug, before = sandbox.conversations[0].slug, len(sandbox.messages)
    sandbox.script = lambda _: Fault.RESET
    with pytest.raises(ConnectionFailed, match=r"may have been done .* origin_id='a-1'"):
        await session.messages.create(slug, "x", origin_id="a-1")
    assert [request.method for request in sandbox.requests] == ["POST"]
    assert len(sandbox.messages) == before + 1


@pytest.mark.parametrize("field", ["origin", "origin_id"])
async def test_page_lost_for_a_number_beyond_64_bits(sandbox, session, field):
    """A message is read, and told from others, whatever numbers it holds."""
    messages = [{"body": "a", field: 10**40 + number} for number in range(2)]
    page = {"page_count": 1, "total_count": 2, "messages": messages}
    sandbox.script = lambda _: Answer(200, json.dumps(page).encode())
    assert [message.body async for message in session.messages.list()] == ["a", "a"]
    assert len([raw async for raw in session.messages.list().raw()]) == 2
