"""What an answer means: which error, what the server said of it, and how long it asks to wait."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from samples import PAGE_4

from reamaze_async import (
    APIError,
    AuthenticationError,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    UnexpectedRedirect,
    UnprocessableEntity,
)
from reamaze_async.wire.request import Request
from reamaze_async.wire.response import Response, date_of, error_of, retry_after

TOKEN = "0123456789abcdef"


def response(status: int = 429, body: bytes = b"", clock: float = 0.0, **headers: str) -> Response:
    """What came; `Retry_After` is the header `Retry-After`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, CIMultiDict(named), body, clock=clock)


def judged(status: int, body: bytes = b"", **headers: str) -> Any:
    """The error that it means."""
    return error_of(PAGE_4, response(status, body, **headers))


# --- which error ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_taken_for_a_failure(status: int) -> None:
    """Any 2xx is good, whatever its body."""
    assert judged(status, b'{"error": "?"}') is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (101, APIError),
        (300, UnexpectedRedirect),
        (302, UnexpectedRedirect),
        (304, UnexpectedRedirect),
        (399, UnexpectedRedirect),
        (400, APIError),
        (401, AuthenticationError),
        (402, APIError),
        (403, PermissionDenied),
        (404, NotFound),
        (406, APIError),
        (408, APIError),
        (409, APIError),
        (422, UnprocessableEntity),
        (429, RateLimited),
        (499, APIError),
        (500, ServerError),
        (502, ServerError),
        (504, ServerError),
        (599, ServerError),
        (600, APIError),
    ],
)
def test_status_that_means_another_error(status: int, kind: type[APIError]) -> None:
    """Each status is the error of its kind, with the status and what was asked."""
    error = judged(status)
    assert type(error) is kind
    assert (error.status, error.method, error.path, error.page) == (
        status,
        "GET",
        "/api/v1/conversations",
        4,
    )
    assert str(error).startswith(f"GET /api/v1/conversations page 4: HTTP {status}. ")


@pytest.mark.parametrize("status", [408, 500, 504])
def test_advice_for_a_failure_that_passes(status: int) -> None:
    """What was tried again in vain may work later, and no reference tells more of it."""
    assert str(judged(status)).endswith("try again later.")


def test_query_in_an_error():
    """What was asked is told without the query, which may hold what is nobody's business."""
    error = error_of(Request("GET", "/api/v1/contacts", "q=ana%40example.com"), response(404))
    assert isinstance(error, NotFound)
    assert "ana" not in f"{error!r}{vars(error)}"


# --- what the server said -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "Not Found"}', "Not Found"),
        (b'{"status": 400, "error": "Bad Request"}', "Bad Request"),
        (b'{"errors": "is closed"}', "is closed"),
        (b'{"errors": ["a is bad", "b too"]}', "a is bad, b too"),
        (
            b'{"errors": {"body": ["is missing", "is short"], "base": "no"}}',
            "body is missing, is short; base no",
        ),
        (b'{"errors": {"body": null, "x": [{"code": 5}]}}', "body ; x {'code': 5}"),
        (b'{"errors": {}, "error": "Bad"}', "Bad"),
        (b'{"errors": null}', ""),
        (b'{"error": 17}', "17"),
        (b'"No such brand"', "No such brand"),
        (b'["a", "b"]', "a, b"),
        (b"{}", ""),
        (b"null", ""),
        (b'{"unknown": "x"}', ""),
        (b"Retry later\n", "Retry later"),
        (b"HTTP Basic: Access denied.\n", "HTTP Basic: Access denied."),
        (b"<html><h1>502 Bad Gateway</h1></html>", ""),
        (b"\r\n <!DOCTYPE html>", ""),
        (b"", ""),
        (b"\xff\xfe no", "\ufffd\ufffd no"),
        (b'{"error": "Stra\xdfe"}', "Stra\ufffde"),
        (b'{"error": "\\ud800 no"}', "\ufffd no"),
        (b'{"slug": "\xff", "perma_url": "https://a.b/secret"}', ""),
        (b'{"id": 1e999, "perma_url": "https://a.b/secret"}', ""),
        (b' [{"perma_url": "https://a.b/secret", "sub', ""),
        (b"a\n\n  b\tc", "a b c"),
        (b"\x1b[31mred\x1b[0m\x00\x07", "[31mred [0m"),
        (b"[" * 5000, ""),
        (b"x" * 10**6, "x" * 197 + "..."),
        (b'"%s"' % (b"y" * 10**4), "y" * 197 + "..."),
        (b'"%s"' % (b"y" * 10**6), '"' + "y" * 196 + "..."),
        (b"\xef\xbb\xbf" + b'{"error": "No"}', "No"),
    ],
)
def test_complaint_misread(body: bytes, message: str) -> None:
    """What the server says is told in one short line; HTML and broken JSON say nothing."""
    error = judged(400, body)
    assert error.message == message
    assert (f"HTTP 400 ({message}). " if message else "HTTP 400. ") in str(error)


def test_field_without_its_complaint():
    """A 422 tells by field what is wrong with it, as lists of sentences."""
    body = b'{"errors": {"body": ["is missing"], "base": "no", "x": null, "y": ["a", 1]}}'
    error = judged(422, body)
    assert error.errors == {"body": ["is missing"], "base": ["no"], "x": [], "y": ["a", "1"]}
    assert judged(422, b'{"errors": "no"}').errors == {}
    assert judged(422, b"<html>").errors == {}


def test_secret_of_a_thing_in_place_of_a_complaint():
    """A list of things is no complaint: nothing of it is repeated, such as a secret link."""
    body = b'["no", {"perma_url": "secret"}, [{"perma_url": "secret"}], 7]'
    assert judged(500, body).message == "no"


@pytest.mark.parametrize("depth", range(0, 1200, 48))
def test_complaint_nested_nearly_too_deep(depth: int) -> None:
    """An error's body may be nested as deep as Python bears, or deeper: no foreign error comes."""
    for body in (b'{"error": %s1%s}', b'{"errors": {"x": %s1%s}}'):
        error = judged(422, body % (b"[" * depth, b"]" * depth))
        assert len(error.message) <= 200


def test_large_body_worked_on_whole():
    """Of a body of 30 MiB no more is redacted than what may be shown."""
    worked_on: list[int] = []

    def redact(text: bytes) -> bytes:
        worked_on.append(len(text))
        return text

    answer = Response(500, CIMultiDict(), b"t" * 30 * 2**20, redact=redact)
    assert error_of(PAGE_4, answer)
    assert sum(worked_on) <= 2**16


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_complaint_that_breaks_the_line(body: bytes) -> None:
    """Whatever an error's body holds, the message is one short, printable line."""
    error = judged(500, body)
    assert error.message.isprintable()
    assert len(error.message) <= 200


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://acme.reamaze.io/login?token=0123456789abcdef", "acme.reamaze.io/login"),
        ("https://me:0123456789abcdef@evil.example/x#0123456789abcdef", "evil.example/x"),
        ("/login", "/login"),
        ("https://[::1", ""),
        ("", ""),
        ("https://x/" + "y" * 300, "x/" + "y" * 195 + "..."),
    ],
)
def test_secret_in_a_redirect(location: str, told: str) -> None:
    """Where a redirect leads is told as host and path, without user info, query or fragment."""
    error = judged(302, Location=location)
    assert error.location == told
    assert TOKEN not in f"{error}{vars(error)}"


@pytest.mark.parametrize("status", [401, 403, 418, 451])
def test_firewall_taken_for_a_wrong_login(status: int) -> None:
    """A web page in place of an API's answer tells of what stands in between, not of the login."""
    for body in (b"<html>Blocked</html>", b"\xef\xbb\xbf\n<!DOCTYPE html>"):
        assert "firewalls" in str(judged(status, body))
    assert "firewalls" not in str(judged(status, b"HTTP Basic: Access denied."))


@pytest.mark.parametrize("status", [407, 511])
def test_proxy_taken_for_the_server(status: int) -> None:
    """What only a proxy answers is looked for in the network."""
    for body in (b"<html>Log in</html>", b"{}"):
        assert "Check the network" in str(judged(status, body))


# --- how long to wait -----------------------------------------------------------------------------

AT_NOON = "Tue, 24 Nov 2026 12:00:00 GMT"
NOON = 1795521600.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("1", 1.0),
        (" 120 ", 120.0),
        ("2.5", 2.5),
        ("0120", 120.0),
        ("999999999", 999999999.0),
        ("1" * 400, 1e9),
        ("", None),
        ("-1", None),
        ("+5", None),
        ("1e3", None),
        ("1_000", None),
        ("\u0663", None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("60, 60", None),
        ("60s", None),
    ],
)
def test_seconds_to_wait_misread(value: str, seconds: float | None) -> None:
    """Seconds are digits, however many; anything else is as good as no answer."""
    assert retry_after(response(Retry_After=value)) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 12:00:30 -0000", 30.0),
        ("Tue, 24 Nov 2026 12:00:30", 30.0),
        ("Tue, 24 Nov 2026 13:00:30 +0100", 30.0),
        ("Tuesday, 24-Nov-26 12:00:30 GMT", 30.0),
        ("Tue Nov 24 12:00:30 2026", 30.0),
        ("Tue, 24 Nov 2026 11:59:00 GMT", 0.0),
        ("Mon, 01 Jan 1900 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
        ("Tue, 99 Nov 2026 12:00:30 GMT", None),
        ("Tue, 24 Nov 99999 12:00:30 GMT", None),
        ("GMT", None),
    ],
)
def test_date_to_wait_for_misread(value: str, seconds: float | None) -> None:
    """A date is read as HTTP writes dates, against the answer's own, never as a time before."""
    assert retry_after(response(Retry_After=value, Date=AT_NOON, clock=NOON + 999)) == seconds


def test_date_to_wait_for_without_another():
    """Without a date of the answer's own, or with a broken one, the clock here must do."""
    until = "Tue, 24 Nov 2026 12:01:00 GMT"
    assert retry_after(response(Retry_After=until, clock=NOON + 15)) == 45.0
    assert retry_after(response(Retry_After=until, Date="now", clock=NOON + 15)) == 45.0


def test_wait_unasked_for():
    """Without the header the server asks for no wait in particular."""
    assert retry_after(response()) is None


def test_wait_missing_in_the_error():
    """A 429 tells how long the server asks to wait, and no other error pretends to."""
    assert judged(429, retry_after="7").retry_after == 7.0
    assert judged(429).retry_after is None
    assert not hasattr(judged(503, retry_after="7"), "retry_after")


@given(st.text(max_size=40))
def test_header_that_breaks_the_reading(value: str) -> None:
    """Whatever a server writes there, it is a span of time or nothing."""
    seconds = retry_after(response(Retry_After=value, Date=value))
    assert seconds is None or 0.0 <= seconds <= 1e9


def test_date_of_an_answer():
    """The answer's date is a Unix time, whatever the time zone here; None if it has none."""
    assert date_of(response(Date=AT_NOON)) == NOON
    assert date_of(response(Date="yesterday")) is None
    assert date_of(response()) is None
