"""What a response means: which error, if any, and how long the server asks to wait."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from reamaze_async.errors import (
    APIError,
    AuthenticationError,
    DecodeError,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    UnexpectedRedirect,
    UnprocessableEntity,
)

from .request import Request

MESSAGE_LENGTH = 200
_ENOUGH = 4096
LONGEST_WAIT = 1e9
"""Seconds. A `Retry-After` of more than thirty years is cut to that."""

Result = TypeVar("Result")

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Response:
    """The response to one attempt.

    Attributes:
        status: the HTTP status.
        headers: case-insensitive.
        body: decompressed.
        began: when the request was sent, on the loop's clock.
        ended: when the body was complete.
        clock: the Unix time then.
        redact: removes the token, which a server or a proxy may echo, before an error shows a body.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    began: float = 0.0
    ended: float = 0.0
    clock: float = 0.0
    redact: Callable[[bytes], bytes] = field(default=bytes, repr=False)

    def read(self, request: Request, decode: Callable[[Request, bytes], Result]) -> Result:
        """Decode the body as it came; an error is made of the redacted body.

        Raises:
            DecodeError: the body can't be decoded.
        """
        try:
            return decode(request, self.body)
        except DecodeError:
            shown = self.redact(self.body)
            if shown == self.body:
                raise
        return decode(request, shown)


def error_of(request: Request, response: Response) -> APIError | None:
    """The error that a response means; None for a status from 200 to 299."""
    status = response.status
    if 200 <= status < 300:
        return None
    facts = {**request.facts, "status": status}
    if 300 <= status < 400:
        return UnexpectedRedirect(**facts, location=_location(response))
    facts["message"], errors = complaint(response.redact(response.body))
    if status == 422:
        return UnprocessableEntity(**facts, errors=errors)
    if status == 429:
        return RateLimited(**facts, retry_after=retry_after(response))
    if status == 403:
        return PermissionDenied(**facts, permission=request.permission)
    if 500 <= status < 600:
        return ServerError(**facts)
    kinds = {401: AuthenticationError, 404: NotFound}
    return kinds.get(status, APIError)(**facts)


def _location(response: Response) -> str:
    """Where a redirect leads: host and path only, since user info and a query may hold secrets."""
    location = response.headers.get("Location", "").encode(errors="replace")
    try:
        parts = urlsplit(response.redact(location).decode())
        return _one_line(f"{parts.hostname or ''}{parts.path}")
    except ValueError:
        return ""


def complaint(body: bytes) -> tuple[str, dict[str, list[str]]]:
    """The complaint in an error's body, as a sentence and by field; both may be empty.

    Seen: `errors` as an object of lists or as a string, `error` as a string. A page of HTML, such
    as a proxy's, says nothing worth repeating.
    """
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = "" if body.lstrip().startswith(b"<") else body[:_ENOUGH].decode(errors="replace")
    if isinstance(said, dict):
        said = said.get("errors") or said.get("error")
    if not isinstance(said, dict):
        return _one_line(", ".join(_texts(said))), {}
    fields = {name: _texts(value) for name, value in said.items()}
    sentence = "; ".join(f"{name} {', '.join(texts)}" for name, texts in fields.items())
    return _one_line(sentence), fields


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if item is not None]


def _one_line(text: str) -> str:
    """A text on one line, shortened, and without what would move a terminal's cursor."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_ENOUGH]).split())
    return line if len(line) <= MESSAGE_LENGTH else line[: MESSAGE_LENGTH - 3] + "..."


def retry_after(response: Response) -> float | None:
    """Seconds that the server asks to wait, from `Retry-After` as a number or an HTTP date.

    A date is read against the answer's own `Date`, so that a wrong clock here does no harm.
    """
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST_WAIT)
    until, sent = _http_date(value), date_of(response)
    if until is None:
        return None
    return min(max(0.0, until - (response.clock if sent is None else sent)), LONGEST_WAIT)


def date_of(response: Response) -> float | None:
    """The answer's `Date`, as a Unix time."""
    return _http_date(response.headers.get("Date", ""))


def _http_date(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
