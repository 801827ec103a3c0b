"""All operations alike, over real sockets: what is asked is sent, what is refused is told."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from reamaze_async import (
    ConnectionFailed,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    ReamazeSession,
    UnprocessableEntity,
)
from reamaze_async.resources.table import ENDPOINTS, OPERATIONS
from reamaze_async.sandbox import Answer, Fault

INSTANT = "2026-01-31T00:00:00Z"
VALUES: dict[str, tuple[Any, dict[str, str]]] = {
    "filter": ("staff", {"filter": "staff"}),
    "for_": ("a@b.example", {"for": "a@b.example"}),
    "for_id": ("7", {"for_id": "7"}),
    "sort": ("changed", {"sort": "changed"}),
    "tag": (["a", "b c"], {"tag": "a,b c"}),
    "category": ("support", {"category": "support"}),
    "origin": (1, {"origin": "1"}),
    "data": ({"a": "b"}, {"data[a]": "b"}),
    "sent_by": ("a@b.example", {"sent_by": "a@b.example"}),
    "include_original_body": (True, {"include": "original_body"}),
    "q": ("ana & co", {"q": "ana & co"}),
    "type": ("mobile", {"type": "mobile"}),
    "channel": ("chat", {"channel": "chat"}),
    "status": ("draft", {"status": "draft"}),
    "rating": (5, {"rating": "5"}),
    "assignee_id": (17, {"assignee_id": "17"}),
    "brand": ("acme", {"brand": "acme"}),
    **{
        name: (INSTANT, {name: INSTANT})
        for name in (
            "start_date", "end_date", "created_after", "created_before", "updated_after",
            "updated_before",
        )
    },
}  # fmt: skip
OWN = {
    ("conversations", "filter"): ("open", {"filter": "open"}),
    ("contacts", "sort"): ("date", {"sort": "date"}),
}
PARTS = {"conversation": "a/b", "topic": "faq"}
ASKED = [
    (endpoint.name, row.name) for endpoint in ENDPOINTS for row in endpoint.lists[0].parameters
]


@pytest.mark.parametrize(("name", "parameter"), ASKED)
async def test_parameter_that_is_not_sent(sandbox, session, name, parameter):
    """Each condition goes out as the API calls it, from `list`, `page` and `count` alike."""
    value, sent = OWN.get((name, parameter), VALUES[parameter])
    resource = getattr(session, name)
    [_ async for _ in resource.list(**{parameter: value}, drift="ignore")]
    await resource.count(**{parameter: value})
    if hasattr(resource, "page"):
        await resource.page(1, **{parameter: value})
    asked = [{k: v for k, v in it.params.items() if k != "page"} for it in sandbox.requests]
    assert len(asked) >= 2
    assert all(params == sent for params in asked)


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.lists[1:]], ids=lambda e: e.name)
async def test_part_of_a_list_that_is_asked_for_elsewhere(sandbox, session, endpoint):
    """A key that stands in the path keeps its place there, encoded whole."""
    [key] = endpoint.lists[1].keys
    with suppress(NotFound):
        await getattr(session, endpoint.name).count(**{key: PARTS[key]})
    path = endpoint.lists[1].path_of(PARTS[key])
    assert sandbox.requests[0].incoming.target.startswith(f"/api/v1{path}?")


# --- one thing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.getter], ids=lambda e: e.name)
async def test_one_thing_that_is_another(session, endpoint):
    """The one that is asked for comes, as the list shows it; one that isn't there is 404."""
    resource = getattr(session, endpoint.name)
    listed = [item async for item in resource.list() if getattr(item, "email", "any")][:5]
    for item in listed:
        key = item.email if endpoint.name == "contacts" else endpoint.key(item)
        assert endpoint.key(await resource.get(key)) == endpoint.key(item)
    with pytest.raises(NotFound):
        await resource.get("999999999")


# --- writes ---------------------------------------------------------------------------------------

Write = Callable[[ReamazeSession], Awaitable[Any]]
WRITES: dict[str, Write] = {
    "conversations.create": lambda s: s.conversations.create("a", "b", user={"email": "a@b.cd"}),
    "conversations.update": lambda s: s.conversations.update("a", status=2),
    "messages.create": lambda s: s.messages.create("a", "b"),
    "contacts.create": lambda s: s.contacts.create(email="a@b.cd"),
    "contacts.update": lambda s: s.contacts.update("a@b.cd", name="A"),
    "contacts.add_identity": lambda s: s.contacts.add_identity(
        "a@b.cd", type="email", identifier="e@f.gh"
    ),
    "contacts.add_note": lambda s: s.contacts.add_note("a@b.cd", "x"),
    "contacts.update_note": lambda s: s.contacts.update_note("a@b.cd", 1, "x"),
    "contacts.delete_note": lambda s: s.contacts.delete_note("a@b.cd", 1),
    "articles.create": lambda s: s.articles.create("a", "b"),
    "articles.create(topic=...)": lambda s: s.articles.create("a", "b", topic="c"),
    "articles.update": lambda s: s.articles.update("a", title="b"),
    "response_templates.create": lambda s: s.response_templates.create("a", "b"),
    "response_templates.update": lambda s: s.response_templates.update(1, name="a"),
    "staff.create": lambda s: s.staff.create("a", "a@b.cd"),
    "incidents.create": lambda s: s.incidents.create("a"),
    "incidents.update": lambda s: s.incidents.update("a", title="b"),
}
ERRORS = {403: PermissionDenied, 404: NotFound, 422: UnprocessableEntity}
every_write = pytest.mark.parametrize("verb", WRITES)


def test_write_that_nobody_tries():
    """Every operation that writes is tried here."""
    assert set(WRITES) == {row.verb for row in OPERATIONS if row.method != "GET"}


@pytest.mark.parametrize(
    "row", [it for it in OPERATIONS if it.method == "POST"], ids=lambda it: it.verb
)
def test_new_thing_that_lacks_what_it_is_about(row):
    """What it needs can't be left out: it is refused, and not sent as a thing without."""
    for name in (field.name for field in row.fields if field.is_needed):
        rest = {
            field.name: "email" for field in row.fields if field.is_needed and field.name != name
        }
        with pytest.raises(InvalidParameter, match=rf"^{name}=UNSET can't be left out"):
            row.body_of(rest)


@every_write
@pytest.mark.parametrize("status", ERRORS)
async def test_write_that_the_server_refuses(sandbox, session, verb, status):
    """It is told as itself, with the fields' errors, and sent once."""
    body = b'{"errors": {"base": ["is wrong"]}}'
    sandbox.script = lambda _: Answer(status, body, {"Content-Type": "application/json"})
    with pytest.raises(ERRORS[status]) as caught:
        await WRITES[verb](session)
    assert "may have" not in str(caught.value)
    if isinstance(caught.value, UnprocessableEntity):
        assert caught.value.errors == {"base": ["is wrong"]}
    assert len(sandbox.requests) == 1


@every_write
@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.CUT])
async def test_write_that_is_sent_again(sandbox, session, verb, fault):
    """If the connection drops once it was received, it isn't, and the error says so."""
    sandbox.script = lambda _: fault
    with pytest.raises(ConnectionFailed, match="may have"):
        await WRITES[verb](session)
    assert len(sandbox.requests) == 1
