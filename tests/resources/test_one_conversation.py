"""One conversation over real sockets: read by other keys, begun, changed, tagged."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from written import asked, written

from reamaze_async import (
    ConnectionFailed,
    DecodeError,
    InvalidParameter,
    NotFound,
    RateLimited,
    RequestTimeout,
    Retry,
    Status,
    UnprocessableEntity,
)
from reamaze_async.sandbox import Answer, Fault, Limit, Sandbox

AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
USER = {"email": "new@example.com", "name": "New"}
TEXT = " Hi,\r\n\n\tone & <b>two</b> 😀 \n"


async def test_conversation_by_another_key(sandbox, session):
    """A reference, or an id where it came from, is asked for under the API's own names."""
    truth = next(it for it in sandbox.conversations if it.origin_id)
    given = {"id_type": "origin", "category": truth.category.slug}
    found = await session.conversations.get(truth.origin_id, **given)
    assert (found.slug, asked(sandbox)) == (truth.slug, given)
    with pytest.raises(NotFound):
        await session.conversations.get("a/b", id_type="ref")
    with pytest.raises(InvalidParameter, match=r"^id_type='slug'"):
        await session.conversations.get("a", id_type="slug")


# --- begun ----------------------------------------------------------------------------------------

BEGUN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"user": USER}, {"user": USER}),
    ({"user": USER, "subject": "S ", "tag_list": ["A", "b"], "data": {"k": "v"}},) * 2,
    (
        {"user": USER, "status": Status.ON_HOLD, "hold_until": AT},
        {"user": USER, "status": 5, "hold_until": "2026-04-02T09:00:00+00:00"},
    ),
]


@pytest.mark.parametrize(("given", "sent"), BEGUN, ids=str)
async def test_conversation_begun_otherwise(sandbox, session, given, sent):
    """Flat here, nested there: the message's attributes stand in the message, to the letter."""
    made = await session.conversations.create("support", TEXT, visibility=1, **given)
    message = {"body": TEXT, "visibility": 1}
    whole = {"conversation": {"category": "support", "message": message} | sent}
    assert written(sandbox) == ("POST", "/conversations", whole)
    assert made.slug == sandbox.conversations[0].slug
    assert sandbox.conversations[0].messages[0].body == TEXT


async def test_message_attributes_beside_the_message(sandbox, session):
    """Each attribute of the first message stands inside it, and the assignee is an email."""
    message = {
        "recipients": ["a@example.com"],
        "attachment": "https://x.example/a",
        "attachments": ["https://x.example/b"],
        "suppress_notifications": True,
        "suppress_autoresolve": True,
    }
    email = sandbox.staff[0].email
    given = message | {"suppress_surveys": date(2026, 1, 31), "assignee": email, "user": USER}
    await session.conversations.create(category="support", body="x", **given)
    sent = written(sandbox)[2]["conversation"]
    assert sent["message"] == {"body": "x", **message, "suppress_surveys": "2026-01-31"}
    assert (sent["assignee"], set(sent)) == (email, {"category", "assignee", "message", "user"})


HOLDS = [
    {"status": 5},
    {"status": Status.ON_HOLD, "hold_until": None},
    {"status": 2, "hold_until": AT},
    {"status": 5, "hold_until": AT.replace(tzinfo=None)},
    {"status": 10},
    {"status": True},
    {"status": Status(77)},
    {"status": "open"},
    {"tag_list": "vip"},
    {"tag_list": [""]},
    {"tag_list": ["a", "b,c"]},
    {"data": ["a"]},
    {"data": {"a": float("nan")}},
]
"""What neither a new nor an old conversation may be given."""


@pytest.mark.parametrize(
    "given",
    [
        *HOLDS,
        {"category": ""},
        {"body": " \n"},
        {"body": None},
        {"category": None},
        {"visibility": 2},
        {"assignee": {"email": "a@b"}},
        {"user": "me"},
    ],
    ids=str,
)
async def test_conversation_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.conversations.create(**{"category": "support", "body": "x"} | given)
    assert sandbox.requests == []


# --- changed --------------------------------------------------------------------------------------

CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"status": Status.DONE}, {"status": 2}),
    ({"hold_until": AT}, {"hold_until": "2026-04-02T09:00:00+00:00"}),
    ({"status": 0, "hold_until": None}, {"status": 0, "hold_until": None}),
    ({"tag_list": []}, {"tag_list": []}),
    ({"data": {"order": 7}}, {"data": {"order": 7}}),
    ({"assignee": None}, {"assignee": None}),
    ({"assignee": "robin@acme.example"}, {"assignee": {"email": "robin@acme.example"}}),
    (
        {"assignee": {"email": "robin@acme.example", "x": 1}},
        {"assignee": {"email": "robin@acme.example", "x": 1}},
    ),
    ({"category": "support", "brand": "acme"}, {"category": "support", "brand": "acme"}),
]


@pytest.mark.parametrize(("given", "sent"), CHANGES, ids=str)
async def test_change_of_something_else(sandbox, session, given, sent):
    """Only what is given is sent; None is null, an empty list is one, an email is an object."""
    slug = sandbox.conversations[0].slug
    changed = await session.conversations.update(slug, **given)
    assert written(sandbox) == ("PUT", f"/conversations/{slug}", {"conversation": sent})
    assert changed.slug == slug


@pytest.mark.parametrize(
    "given",
    [*HOLDS, {}, {"tag_list": ["a,b"]}, {"brand": "other"}, {"assignee": ""}, {"assignee": 7}],
    ids=str,
)
async def test_change_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent; so is a change of nothing."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.conversations.update("a", **given)
    with pytest.raises(TypeError, match="subject"):
        await session.conversations.update("a", subject="x")
    assert sandbox.requests == []


async def test_change_refused(sandbox, session):
    """422 comes with the errors of its fields, 404 as itself; neither may have happened."""
    with pytest.raises(UnprocessableEntity) as wrong:
        await session.conversations.update(sandbox.conversations[0].slug, assignee="no@body.x")
    assert wrong.value.errors == {"assignee": ["not found"]}
    with pytest.raises(NotFound) as missing:
        await session.conversations.update("no such", status=2)
    assert "may have been done" not in f"{wrong.value}{missing.value}"


# --- sent once ------------------------------------------------------------------------------------

LOST = {
    Fault.RESET: ConnectionFailed,
    Fault.CLOSE: ConnectionFailed,
    Fault.CUT: ConnectionFailed,
    Fault.RESET_INSIDE: ConnectionFailed,
    Fault.MAINTENANCE: DecodeError,
    Fault.GARBAGE: DecodeError,
    Fault.HANG: RequestTimeout,
}


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(("fault", "error"), LOST.items())
async def test_write_sent_twice(connect, timer, verb, fault, error):
    """What was received but not answered well is sent once, and the error says so."""
    async with Sandbox(3) as sandbox:
        session = await connect(sandbox, timeout=timer.seconds)
        sandbox.script = lambda _: timer.hanging(fault)
        keys = ("support", "x") if verb == "create" else (sandbox.conversations[0].slug,)
        given = {"user": USER} if verb == "create" else {"status": 2}
        with pytest.raises(error, match="may have been done"):
            await getattr(session.conversations, verb)(*keys, **given)
        assert len(sandbox.requests) == 1


async def test_write_that_the_limit_refused(connect):
    """A 429 means that it wasn't done: it is sent again, or said so when the deadline comes."""
    async with Sandbox(3, limit=Limit(1, per=0.3)) as sandbox:
        session = await connect(sandbox)
        slug = sandbox.conversations[0].slug
        for status in (2, 0):
            assert (await session.conversations.update(slug, status=status)).status == status
    async with Sandbox(3) as sandbox:
        session = await connect(sandbox, retry=Retry(deadline=0.2))
        sandbox.script = lambda _: Fault.ERROR_429
        with pytest.raises(RateLimited) as caught:
            await session.conversations.update(slug, status=2)
        assert "may have been done" not in str(caught.value)


async def test_write_to_nobody(connect):
    """What was never sent can't have been done, and is tried again."""
    async with Sandbox(3) as sandbox:
        base_url = sandbox.base_url
        session = await connect(sandbox)
    with pytest.raises(ConnectionFailed) as caught:
        await session.conversations.update("a", status=2)
    assert base_url
    assert not caught.value.sent
    assert "may have been done" not in str(caught.value)


# --- tags -----------------------------------------------------------------------------------------


async def test_tags_changed_otherwise(sandbox, session):
    """The whole list is written, each tag with the case it has."""
    slug = sandbox.conversations[0].slug
    await session.conversations.update(slug, tag_list=["VIP", "late Order", "x"])
    changed = await session.conversations.change_tags(slug, add=["vip", "New"], remove="LATE order")
    sent = {"conversation": {"tag_list": ["VIP", "x", "New"]}}
    assert written(sandbox) == ("PUT", f"/conversations/{slug}", sent)
    assert changed.tag_list == ("VIP", "x", "New")


async def test_tags_that_a_caller_could_not_give(sandbox, session):
    """Tags that the server has are written back as they are, whatever would be refused of ours."""
    sandbox.script = lambda _: Answer(200, b'{"slug":"a","tag_list":["b, c",""," VIP "]}')
    await session.conversations.change_tags("a", add="new", remove="vip")
    sent = {"conversation": {"tag_list": ["b, c", "", "new"]}}
    assert written(sandbox) == ("PUT", "/conversations/a", sent)


async def test_tags_written_for_nothing(sandbox, session):
    """Where nothing would change, nothing is sent but the one read."""
    slug = sandbox.conversations[0].slug
    await session.conversations.update(slug, tag_list=["VIP"])
    kept = await session.conversations.change_tags(slug, add="vip", remove=["other"])
    assert kept.tag_list == ("VIP",)
    assert [request.method for request in sandbox.requests] == ["PUT", "GET"]


@pytest.mark.parametrize(
    "given",
    [{}, {"add": ""}, {"remove": [" "]}, {"add": 7}, {"add": "a", "remove": ["A"]}, {"add": "a,b"}],
)
async def test_tags_that_would_be_refused(sandbox, session, given):
    """A tag that is none or several, one that is wanted both ways, or no tag: nothing is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.conversations.change_tags("a", **given)
    assert sandbox.requests == []


@pytest.mark.parametrize("told", ["", "null", '"a, b"', "{}", '[{"name":"a"}]', '["a",["b"]]'])
async def test_tags_that_nobody_told(sandbox, session, told):
    """Where an answer doesn't tell all tags, they aren't written over as if there were none."""
    tags = told and f',"tag_list":{told}'
    body = f'{{"conversation":{{"slug":"a"{tags}}}}}'
    sandbox.script = lambda _: Answer(200, body.encode())
    with pytest.raises(DecodeError, match="tag_list"):
        await session.conversations.change_tags("a", add="new")
    assert {request.method for request in sandbox.requests} == {"GET"}


async def test_answer_in_a_wrapper(sandbox, session):
    """The answer to a write is understood bare and under its root key; an error in it is told."""
    slug = sandbox.conversations[0].slug
    sandbox.script = lambda _: Answer(200, b'{"conversation":{"slug":"a","status":2}}')
    assert (await session.conversations.update(slug, status=2)).slug == "a"
    sandbox.script = lambda _: Answer(200, b'{"slug":"a","error":"Locked"}')
    with pytest.raises(DecodeError, match=r"Locked.*may have been done"):
        await session.conversations.update(slug, status=2)


@pytest.mark.parametrize("errors", ["null", "[]", "{}", '""', "false"])
async def test_error_that_is_none(sandbox, session, errors):
    """An answer that lists no errors is a good one."""
    sandbox.script = lambda _: Answer(200, f'{{"slug":"a","errors": {errors} }}'.encode())
    assert (await session.conversations.update("a", status=2)).slug == "a"
