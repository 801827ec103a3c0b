"""Bad days: which fault a request meets, and how an answer goes out then. Pure.

A delivery is a tuple of steps for the server's edge: bytes to send, seconds to wait, and how to
end. A plain answer is one step.
"""

import gzip
import re
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from functools import cache
from math import inf

from reamaze_async.sandbox.checks import check_numbers
from reamaze_async.sandbox.http import LAST_CHUNK, Sent, chunked
from reamaze_async.sandbox.responses import HTML_TYPE, JSON_TYPE, Answer, too_many


class Fault(StrEnum):
    """What may go wrong with one request."""

    ERROR_500 = "500"
    """An HTML page of the application's own error."""
    ERROR_502 = "502"
    """A proxy's HTML page."""
    ERROR_503 = "503"
    ERROR_504 = "504"
    ERROR_429 = "429"
    """Refused though the limit isn't reached, as when another client uses the token."""
    CUT = "cut"
    """The length promises more than comes; the connection closes politely."""
    CLOSE = "close"
    """The connection closes politely before anything came."""
    RESET = "reset"
    """The connection is reset before anything came."""
    CUT_CHUNKED = "cut-chunked"
    """In chunks, but the last one is missing; the connection closes politely."""
    RESET_INSIDE = "reset-inside"
    """The connection is reset in the middle of the body."""
    STALL = "stall"
    """A pause in the middle of the body, then the rest."""
    FREEZE = "freeze"
    """Half of the body, then nothing until the client gives up."""
    HANG = "hang"
    """Nothing at all until the client gives up."""
    MAINTENANCE = "maintenance"
    """200 with an HTML page."""
    REDIRECT = "redirect"
    """302 to a login page."""
    BOMB = "bomb"
    """200 and JSON, a few hundred kB gzip that become hundreds of MB."""
    GARBAGE = "garbage"
    """200 and JSON that breaks off, though its length is right."""
    BAD_UTF8 = "bad-utf8"
    """200 and JSON with bytes that are no UTF-8."""
    NESTED = "nested"
    """200 and JSON nested a hundred thousand deep."""
    EMPTY = "empty"
    """200, called JSON, with no body."""
    ERROR_IN_200 = "error-in-200"
    """200 and JSON that holds an `error` in place of the list."""


PASSING = (
    Fault.ERROR_500,
    Fault.ERROR_502,
    Fault.ERROR_503,
    Fault.ERROR_504,
    Fault.CUT,
    Fault.RESET,
    Fault.RESET_INSIDE,
    Fault.STALL,
)
"""What a good client outlives by asking again: the mix that a bare share of faults draws from."""

Faults = float | Mapping[Fault, float]
"""A share (0 to 1) of the list requests for the passing mix, or a share for each kind named."""


class End(Enum):
    """How a delivery ends, if not by keeping the connection."""

    CLOSE = "close"
    RESET = "reset"


Step = bytes | float | End

_LENGTH = re.compile(rb"\r\nContent-Length: [0-9]+")


def chances(faults: Faults | None) -> dict[Fault, float]:
    """The share of each kind.

    Raises:
        ValueError: The shares are no shares, or their sum is more than 1.
    """
    if faults is None:
        return {}
    if isinstance(faults, Mapping):
        named = {Fault(kind): share for kind, share in faults.items()}
    else:
        check_numbers(float, most=1, faults=faults)
        named = dict.fromkeys(PASSING, faults / len(PASSING))
    are_shares = all(share >= 0 for share in named.values())
    if not (are_shares and sum(named.values()) <= 1 + 1e-9):
        message = f"faults={faults!r}: shares from 0 to 1, and not more than 1 in all"
        raise ValueError(message)
    return named


def choose(named: Mapping[Fault, float], luck: float) -> Fault | None:
    """The fault that a number from 0 to 1 falls upon."""
    for kind, share in named.items():
        luck -= share
        if luck < 0:
            return kind
    return None


def replaced(fault: Fault) -> Answer | None:
    """The answer that takes the place of the right one, or None when only the delivery suffers."""
    make = _REPLACED.get(fault)
    return make() if make else None


def delivery(sent: Sent, fault: Fault | None, *, stall: float) -> tuple[Step, ...]:
    """The steps in which an answer goes out.

    Args:
        sent: The whole answer.
        fault: What goes wrong; a fault that only replaces the answer changes nothing here.
        stall: Seconds of the pause of `Fault.STALL`.
    """
    half = len(sent.body) // 2
    begun = sent.head + sent.body[:half]
    match fault:
        case Fault.CUT:
            return (begun, End.CLOSE)
        case Fault.CUT_CHUNKED:
            head = _LENGTH.sub(rb"\r\nTransfer-Encoding: chunked", sent.head)
            return (head + chunked(sent.body).removesuffix(LAST_CHUNK), End.CLOSE)
        case Fault.CLOSE:
            return (End.CLOSE,)
        case Fault.RESET:
            return (End.RESET,)
        case Fault.RESET_INSIDE:
            return (begun, End.RESET)
        case Fault.STALL:
            return (begun, stall, sent.body[half:])
        case Fault.FREEZE:
            return (begun, inf)
        case Fault.HANG:
            return (inf,)
    return (sent.head + sent.body,)


def _json(body: bytes) -> Answer:
    return Answer(200, body, {"Content-Type": JSON_TYPE})


@cache
def _bomb() -> Answer:
    """Twice what a careful client reads, valid to the last byte, in a few hundred kB."""
    begun = b'{"page_size":30,"page_count":1,"total_count":0,"conversations":['
    zipped = gzip.compress(begun + b" " * (64 * 1024 * 1024) + b"]}", 1, mtime=0)
    return Answer(200, zipped, {"Content-Type": JSON_TYPE, "Content-Encoding": "gzip"})


def _login() -> Answer:
    page = Answer.html(302, "You are being redirected")
    return Answer(302, page.body, {"Content-Type": HTML_TYPE, "Location": "/login"})


_GARBAGE = b'{"page_size":30,"page_count":2,"total_count":41,"conversations":[{"sl'
_BAD_UTF8 = b'{"page_size":30,"page_count":1,"total_count":1,"conversations":[{"slug":"\xff\xfe"}]}'
_NESTED = b'{"conversations":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

_REPLACED: dict[Fault, Callable[[], Answer]] = {
    Fault.ERROR_500: lambda: Answer.html(500, "We're sorry, but something went wrong (500)"),
    Fault.ERROR_502: lambda: Answer.html(502, "502 Bad Gateway"),
    Fault.ERROR_503: lambda: Answer.html(503, "503 Service Temporarily Unavailable"),
    Fault.ERROR_504: lambda: Answer.html(504, "504 Gateway Time-out"),
    Fault.ERROR_429: lambda: too_many(as_json=False, retry_after=None),
    Fault.MAINTENANCE: lambda: Answer.html(200, "We'll be back soon"),
    Fault.REDIRECT: _login,
    Fault.BOMB: _bomb,
    Fault.GARBAGE: lambda: _json(_GARBAGE),
    Fault.BAD_UTF8: lambda: _json(_BAD_UTF8),
    Fault.NESTED: lambda: _json(_NESTED),
    Fault.EMPTY: lambda: _json(b""),
    Fault.ERROR_IN_200: lambda: Answer.of({"error": "Something went wrong"}),
}
