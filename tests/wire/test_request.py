"""How Re:amaze is asked: origins, credentials that never print, requests to the last character."""

from collections.abc import Mapping
from math import inf, nan
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async import InvalidParameter
from reamaze_async.wire.request import (
    Request,
    any_request,
    encode_query,
    list_request,
)


def refused(call: Any, *arguments: Any) -> str:
    """The message of a refusal."""
    with pytest.raises(InvalidParameter) as caught:
        call(*arguments)
    return str(caught.value)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_query_that_reads_back_as_another(pairs: list[tuple[str, str]]) -> None:
    """Whatever is asked, a server reads the same names and values, and no URL breaks."""
    speakable = [(n, v) for n, v in pairs if n.isprintable() and v.isprintable()]
    encoded = encode_query(speakable)
    assert parse_qsl(encoded, keep_blank_values=True) == speakable
    assert encoded.isascii()


def test_brackets_and_plus_signs_in_a_query():
    """Brackets, plus signs and spaces are percent-encoded: a time zone is no space."""
    query = encode_query([("data[a b]", "1+1"), ("start_date", "2026-01-01T00:00:00+01:00")])
    assert query == "data%5Ba%20b%5D=1%2B1&start_date=2026-01-01T00%3A00%3A00%2B01%3A00"


@pytest.mark.parametrize(("query", "sent"), [("", "page=4"), ("tag=a", "tag=a&page=4")])
def test_page_of_another_list(query: str, sent: str) -> None:
    """A page is asked for by its number, after the conditions, and errors can tell which."""
    request = list_request("/conversations", query, 4)
    assert request.target == f"/api/v1/conversations?{sent}"
    assert request.facts == {"method": "GET", "path": "/api/v1/conversations", "page": 4}


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("GET", "/api/v1/conversations", "GET /conversations"),
        ("GET", "/api/v1/conversations/", "GET /conversations"),
        ("GET", "/api/v1/conversations/knock-knock", "GET /conversations/*"),
        ("POST", "/api/v1/conversations/a/messages", "POST /conversations/*/messages"),
        ("DELETE", "/api/v1/contacts/a/notes/7", "DELETE /contacts/*/notes/*"),
    ],
)
def test_endpoint_for_each_item(method: str, path: str, endpoint: str) -> None:
    """Requests of one kind belong to one endpoint, whatever item they name."""
    assert Request(method, path).endpoint == endpoint


# --- any endpoint --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/contacts", "/api/v1/contacts"),
        ("contacts", "/api/v1/contacts"),
        ("/api/v1/contacts", "/api/v1/contacts"),
        ("/contacts/me%40acme.com/notes", "/api/v1/contacts/me%40acme.com/notes"),
        ("/contacts/me@acme.com", "/api/v1/contacts/me@acme.com"),
        ("/contacts/José", "/api/v1/contacts/Jos%C3%A9"),
        ("/contacts.json", "/api/v1/contacts.json"),
    ],
)
def test_path_of_any_endpoint(path: str, sent: str) -> None:
    """A path is below `/api/v1` unless it says so itself; what is encoded stays as it is."""
    assert any_request("get", path, None).target == sent


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/api/v1/contacts",
        "//evil.example/contacts",
        "/contacts?page=2",
        "/contacts#top",
        "/contacts/../../admin",
        "/contacts/./x",
        "/con tacts",
        "\\\\evil.example",
    ],
)
def test_path_that_leaves_the_api(path: str) -> None:
    """A path can't name another host, nor climb out of the API, nor hold a query."""
    message = refused(any_request, "GET", path, None)
    assert message.startswith("path='")
    assert message.endswith("give the query as params.")


HALF = "holds half of a surrogate pair, which no UTF-8 can hold: remove it."


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("FETCH", {}, "method='FETCH' is unknown: use one of GET, POST, PUT, PATCH, DELETE."),
        (None, {}, "method=None is unknown: use one of GET, POST, PUT, PATCH, DELETE."),
        ("GET", [("a", "b")], "params=[('a', 'b')] must be a mapping."),
        ("GET", {"": "x"}, "params key='' is empty: give it a value."),
        ("GET", {1: "x"}, "params key=1 must be a string."),
        ("GET", {"a": ["x"]}, "params['a']=['x'] must be a string or a finite number."),
        ("GET", {"a": -inf}, "params['a']=-inf must be a string or a finite number."),
        ("GET", {"a": nan}, "params['a']=nan must be a string or a finite number."),
        ("GET", {"a": "\ud800"}, f"params['a']='\\ud800' {HALF}"),
        ("GET", {"a\ud800": "b"}, f"params key='a\\ud800' {HALF}"),
        ("GET", {"a": "\x7f"}, "params['a']='\\x7f' holds control characters: remove them."),
    ],
)
def test_request_that_cannot_be_sent(method: Any, params: Any, message: str) -> None:
    """A method or a parameter that can't be sent is refused by name, with the remedy."""
    assert refused(any_request, method, "/contacts", params) == message


def test_parameter_that_python_cannot_write():
    """A number of thousands of digits is refused like any that can't be sent."""
    message = refused(any_request, "GET", "/contacts", {"page": 10**5000})
    assert message.startswith("params['page']=<int")
    assert message.endswith("must be a string or a finite number.")


def test_parameters_of_any_endpoint():
    """Numbers and truth values are sent as text, an empty string as it is, None not at all."""
    params = {"q": "", "page": 4, "ratio": 0.5, "is": True, "isnt": False, "none": None}
    request = any_request("GET", "/contacts", params)
    assert request.query == "q=&page=4&ratio=0.5&is=true&isnt=false"
    assert request.page == 4
    assert any_request("GET", "/contacts", {"page": True}).page is None


@pytest.mark.parametrize("body", [{"conversation": {"subject": "Hé"}}, [], 0, ""])
def test_body_that_is_no_json(body: Any) -> None:
    """A body is sent as JSON, an empty one too; None means no body."""
    sent = any_request("POST", "/conversations", None, body).body
    assert sent is not None
    assert msgspec.json.decode(sent) == body
    assert any_request("POST", "/conversations", None, None).body is None


def circular() -> Mapping[str, Any]:
    """A mapping that holds itself."""
    loop: dict[str, Any] = {}
    loop["again"] = loop
    return loop


UNSENDABLE = [object(), {"a": "\ud800"}, {(1, 2): 3}, circular(), {"a": [1.5, float("nan")]}]


@pytest.mark.parametrize("body", UNSENDABLE)
def test_body_that_cannot_be_json(body: Any) -> None:
    """What JSON can't hold is refused before anything is sent."""
    message = refused(any_request, "POST", "/conversations", None, body)
    assert message.startswith("json can't be encoded: ")
