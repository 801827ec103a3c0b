"""How Re:amaze is asked: origins, credentials that never print, requests to the last character."""

import json
import logging
from base64 import b64decode
from collections.abc import Mapping
from pprint import pformat
from traceback import TracebackException
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from reamaze_async import InvalidParameter
from reamaze_async.wire.request import (
    Credentials,
    Request,
    Secret,
    encode_query,
    free_request,
    item_request,
    list_request,
    origin_from,
    origin_of,
)

TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SPEAKABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"])).filter(str.strip)


def refused(call: Any, *arguments: Any) -> str:
    """The message of a refusal."""
    with pytest.raises(InvalidParameter) as caught:
        call(*arguments)
    return str(caught.value)


# --- where it lives ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brand", "origin"),
    [
        ("acme", "https://acme.reamaze.io"),
        (" Acme\n", "https://acme.reamaze.io"),
        ("acme-2", "https://acme-2.reamaze.io"),
        ("acme.reamaze.io", "https://acme.reamaze.io"),
        ("acme.reamaze.com", "https://acme.reamaze.com"),
        ("acme.reamaze.godaddy.com", "https://acme.reamaze.godaddy.com"),
        ("help.Acme.example", "https://help.acme.example"),
    ],
)
def test_brand_that_lives_elsewhere(brand: str, origin: str) -> None:
    """A subdomain lives at reamaze.io, a host at itself, always over https."""
    assert origin_of(brand) == origin


@pytest.mark.parametrize(
    "brand",
    [
        "https://acme.reamaze.io",
        "acme.reamaze.io/",
        "acme/api",
        "acme.reamaze.io:8080",
        "acme reamaze",
        "acme..io",
        ".acme",
        "-acme",
        "acme-.io",
        "acme?x=1",
        "acme#x",
        "acme\\x",
        "ácme",
        "a" * 64,
    ],
)
def test_brand_that_is_no_host(brand: str) -> None:
    """A brand with a scheme, a port, a path or anything else that is no name is refused."""
    message = refused(origin_of, brand)
    assert message.startswith("brand='")
    assert "'acme' or a host such as 'acme.reamaze.io', without scheme" in message


@pytest.mark.parametrize("brand", ["", "  ", None, 5, b"acme", "ac\x00me"])
def test_brand_that_says_nothing(brand: Any) -> None:
    """A brand is a string that says something."""
    assert refused(origin_of, brand).startswith(f"brand={brand!r} ")


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://LOCALHOST:80", "http://localhost:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("HTTPS://Proxy.example:8443", "https://proxy.example:8443"),
        (" https://acme.reamaze.io ", "https://acme.reamaze.io"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_base_url_understood_wrongly(base_url: str, origin: str) -> None:
    """A base URL names an origin, with a port where one is given."""
    assert origin_from(base_url) == origin


NO_ORIGIN = "must be an origin such as 'https://acme.reamaze.io'."
TOO_MUCH = "must hold scheme, host and port only."


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("acme", NO_ORIGIN),
        ("acme.reamaze.io", NO_ORIGIN),
        ("acme.reamaze.io:443", NO_ORIGIN),
        ("ftp://acme.reamaze.io", NO_ORIGIN),
        ("https://", NO_ORIGIN),
        ("https:///path", NO_ORIGIN),
        ("https://acme reamaze", NO_ORIGIN),
        ("https://acme..io", NO_ORIGIN),
        ("https://127.0.0.1:99999", NO_ORIGIN),
        ("https://127.0.0.1:port", NO_ORIGIN),
        ("https://[::1", NO_ORIGIN),
        ("https://acme.reamaze.io/api/v1", TOO_MUCH),
        ("http://acme.reamaze.io", "would send the token in clear: use https://acme.reamaze.io."),
        ("http://127.0.0.1.example:80", "would send the token in clear: use https://127.0.0."),
        ("http://0.0.0.0", "would send the token in clear"),
        ("http://10.0.0.1", "would send the token in clear"),
        ("http://localhost.example", "would send the token in clear"),
        ("http://evil.localhost", "would send the token in clear"),
        ("", "is empty"),
        (None, "must be a string."),
        (b"https://acme.reamaze.io", "must be a string."),
    ],
)
def test_base_url_that_is_no_safe_origin(base_url: Any, why: str) -> None:
    """A base URL that is no origin, or would send the token in clear, is refused by name."""
    assert refused(origin_from, base_url).startswith(f"base_url={base_url!r} {why}")


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{TOKEN}@acme.reamaze.io",
        f"https://me:a/{TOKEN}@acme.reamaze.io",
        f"https://{TOKEN}@acme.reamaze.io/path",
        f"http://me:{TOKEN}@acme.reamaze.io",
        f"me:{TOKEN}@acme.reamaze.io",
        f"https://acme.reamaze.io?token={TOKEN}",
        f"https://acme.reamaze.io#{TOKEN}",
    ],
)
@pytest.mark.parametrize("read", [origin_of, origin_from])
def test_refusal_that_shows_a_password(read: Any, url: str) -> None:
    """User info and queries are refused without being repeated: they may hold the token."""
    message = refused(read, url)
    assert TOKEN not in message
    assert "acme.reamaze.io" in message


# --- who asks ------------------------------------------------------------------------------------


def test_credentials_that_no_server_would_take():
    """The header is HTTP Basic of the email and the token, as UTF-8."""
    credentials = Credentials("me@acme.com", Secret("töken"))
    assert credentials.header() == "Basic " + "bWVAYWNtZS5jb206dMO2a2Vu"


@pytest.mark.parametrize("token", [f" {TOKEN}", f"{TOKEN}\n", f"\t{TOKEN}\r\n"])
def test_token_with_white_space_around_it(token: str) -> None:
    """White space around the token is stripped, such as a file's last line break."""
    header = Credentials(" me@acme.com ", Secret(token)).header()
    assert b64decode(header.removeprefix("Basic ")).decode() == f"me@acme.com:{TOKEN}"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "token is empty: give the API token (Settings > Developer > API Token)."),
        (" \n", "token is empty: give the API token (Settings > Developer > API Token)."),
        (f"{TOKEN}\n2", "token holds control characters: copy it again, without line breaks."),
        (f"{TOKEN}\x00", "token holds control characters: copy it again, without line breaks."),
        (f"{TOKEN}\ud800", "token holds control characters: copy it again, without line breaks."),
        (None, "token must be a string, not NoneType."),
        (TOKEN.encode(), "token must be a string, not bytes."),
    ],
)
def test_token_that_cannot_be_one(token: Any, message: str) -> None:
    """A token that can't be one is refused, and not even a wrong one is repeated."""
    assert refused(Credentials, "me@acme.com", Secret(token)) == message


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("", "email='' is empty: give it a value."),
        (None, "email=None must be a string."),
        ("me\n@acme.com", "email='me\\n@acme.com' holds control characters: remove them."),
        ("me:x@acme.com", "email='me:...' holds a colon: give the login alone."),
        (f"me@acme.com:{TOKEN}", "email='me@acme.com:...' holds a colon: give the login alone."),
    ],
)
def test_email_that_cannot_be_a_login(email: Any, message: str) -> None:
    """An email that Basic authentication can't carry is refused, less what may be a token."""
    assert refused(Credentials, email, Secret(TOKEN)) == message


@pytest.mark.parametrize("show", [repr, str, format, "%s %r".__mod__, pformat, pretty_repr])
def test_token_that_prints(show: Any, caplog: pytest.LogCaptureFixture) -> None:
    """However a secret or credentials are shown, the token isn't."""
    secret = Secret(TOKEN)
    shown = [secret, Credentials("me@acme.com", secret), Secret(secret)]
    logging.getLogger("reamaze_async").warning("%s %r", shown, {"a": shown})
    text = "".join(show((thing, thing)) for thing in shown) + caplog.text
    assert "Secret(...)" in text
    assert TOKEN[:8] not in text


@pytest.mark.parametrize(("email", "token"), [("me:x", TOKEN), ("me@acme.com", f"{TOKEN}\x00")])
def test_token_in_the_frames_of_a_traceback(email: str, token: str) -> None:
    """Tools that show local variables with a traceback find no token in ours."""
    secret = Secret(token)
    del token
    with pytest.raises(InvalidParameter) as caught:
        Credentials(email, secret)
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in trace.stack if "reamaze_async" in frame.filename]
    assert ours
    assert TOKEN not in str([frame.locals for frame in ours])


def test_secret_of_a_secret():
    """A secret wrapped twice, as by a command line, is still the same secret."""
    assert Secret(Secret(TOKEN)).reveal() == TOKEN


@given(SPEAKABLE.map(str.strip).filter(lambda token: len(token) > 7))
def test_token_that_is_told_in_another_spelling(token: str) -> None:
    """However a server writes what it was sent, in JSON or a URL, the token is taken out."""
    credentials = Credentials("me@acme.example", Secret(token))
    plain = json.dumps(token, ensure_ascii=False)[1:-1]
    spellings = [token, plain, json.dumps(token)[1:-1], quote(token, safe="")]
    spellings += [plain.replace("/", "\\/"), "".join(map(in_hex, token))]
    for spelling in spellings:
        assert credentials.redact(spelling.encode()) == b"[token]"
    basic = credentials.header().removeprefix("Basic ")
    for sent in (basic, basic.rstrip("="), quote(basic, safe=""), basic.replace("/", "\\/")):
        assert credentials.redact(sent.encode()) == b"[token]"


def in_hex(char: str) -> str:
    """A character as JSON may always write it."""
    units = char.encode("utf-16-be")
    return f"\\u{units[:2].hex()}" + (f"\\u{units[2:].hex()}" if units[2:] else "")


def test_text_that_says_nothing_of_the_token():
    """What doesn't hold the token isn't changed, be it text or not."""
    text = b"0123456789 \xff token, me@acme.example"
    assert Credentials("me@acme.example", Secret(TOKEN)).redact(text) == text


# --- what is asked -------------------------------------------------------------------------------


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


@given(SPEAKABLE)
def test_slug_that_changes_the_path(slug: str) -> None:
    """Whatever a slug holds, it stays one segment of the path and reads back as itself."""
    if slug.strip() in (".", ".."):
        return
    path = item_request("/conversations", slug).path
    *rest, last = path.split("/")
    assert rest == ["", "api", "v1", "conversations"]
    assert unquote(last) == slug.strip()
    assert path.isascii()
    assert not set(path) & set("?# ")


@pytest.mark.parametrize("slug", ["", " ", None, 17, b"slug", ".", "..", "a\nb"])
def test_slug_that_names_nothing(slug: Any) -> None:
    """A slug that is empty, no string or a step in a path is refused."""
    assert refused(item_request, "/conversations", slug).startswith(f"slug={slug!r} ")


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
    assert free_request("get", path, None).target == sent


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
    message = refused(free_request, "GET", path, None)
    assert message.startswith("path='")
    assert message.endswith("give the query as params.")


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("FETCH", {}, "method='FETCH' is unknown: use one of GET, POST, PUT, PATCH, DELETE."),
        (None, {}, "method=None is unknown: use one of GET, POST, PUT, PATCH, DELETE."),
        ("GET", [("a", "b")], "params=[('a', 'b')] must be a mapping."),
        ("GET", {"": "x"}, "params key='' is empty: give it a value."),
        ("GET", {1: "x"}, "params key=1 must be a string."),
        ("GET", {"a": ["x"]}, "params['a']=['x'] must be a string or a number."),
        ("GET", {"a": "\ud800"}, "params['a']='\\ud800' holds control characters: remove them."),
    ],
)
def test_request_that_cannot_be_sent(method: Any, params: Any, message: str) -> None:
    """A method or a parameter that can't be sent is refused by name, with the remedy."""
    assert refused(free_request, method, "/contacts", params) == message


def test_parameters_of_any_endpoint():
    """Numbers and truth values are sent as text, an empty string as it is, None not at all."""
    params = {"q": "", "page": 4, "ratio": 0.5, "is": True, "isnt": False, "none": None}
    request = free_request("GET", "/contacts", params)
    assert request.query == "q=&page=4&ratio=0.5&is=true&isnt=false"
    assert request.page == 4
    assert free_request("GET", "/contacts", {"page": True}).page is None


@pytest.mark.parametrize("body", [{"conversation": {"subject": "Hé"}}, [], 0, ""])
def test_body_that_is_no_json(body: Any) -> None:
    """A body is sent as JSON, an empty one too; None means no body."""
    sent = free_request("POST", "/conversations", None, body).body
    assert sent is not None
    assert msgspec.json.decode(sent) == body
    assert free_request("POST", "/conversations", None, None).body is None


def circular() -> Mapping[str, Any]:
    """A mapping that holds itself."""
    loop: dict[str, Any] = {}
    loop["again"] = loop
    return loop


@pytest.mark.parametrize("body", [object(), {"a": "\ud800"}, {(1, 2): 3}, circular()])
def test_body_that_cannot_be_json(body: Any) -> None:
    """What JSON can't hold is refused before anything is sent."""
    message = refused(free_request, "POST", "/conversations", None, body)
    assert message.startswith("json can't be encoded: ")


def test_words_that_a_short_token_is_part_of():
    """A token of a letter or two doesn't blot out what an error says."""
    credentials = Credentials("me@acme.example", Secret("to"))
    assert credentials.redact(b"Not to be found") == b"Not to be found"
