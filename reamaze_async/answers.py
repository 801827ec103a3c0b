"""What an answer means: good, or which error; and how long the server asks to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from .errors import (
    APIError,
    AuthenticationError,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    UnexpectedRedirect,
    UnprocessableEntity,
)
from .wire import Request

MESSAGE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one attempt.

    Attributes:
        status: the HTTP status.
        headers: case-insensitive.
        body: decompressed.
        began: when it was sent, on the loop's clock.
        ended: when it was there whole.
        clock: the Unix time then.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    began: float = 0.0
    ended: float = 0.0
    clock: float = 0.0


def judge(request: Request, answer: Answer) -> APIError | None:
    """The error that an answer means, or None if it is good."""
    status = answer.status
    if 200 <= status < 300:
        return None
    facts = {**request.facts, "status": status}
    if 300 <= status < 400:
        return UnexpectedRedirect(**facts, location=_location(answer.headers.get("Location", "")))
    message, errors = _complaint(answer.body)
    facts["message"] = message
    if status == 422:
        return UnprocessableEntity(**facts, errors=errors)
    if status == 429:
        return RateLimited(**facts, retry_after=retry_after(answer))
    if status >= 500:
        return ServerError(**facts)
    kinds = {401: AuthenticationError, 403: PermissionDenied, 404: NotFound}
    return kinds.get(status, APIError)(**facts)


def _location(location: str) -> str:
    """Host and path only: a query may hold secrets."""
    try:
        parts = urlsplit(location)
        return f"{parts.hostname or ''}{parts.path}"[:MESSAGE_LENGTH]
    except ValueError:
        return ""


def _complaint(body: bytes) -> tuple[str, dict[str, list[str]]]:
    """What an error body says, as a sentence and by field.

    Seen: `errors` as an object of lists or as a string, `error` as a string. Anything else, such
    as a proxy's HTML page, says nothing worth repeating.
    """
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:MESSAGE_LENGTH].decode(errors="replace").strip()
        return ("" if text.startswith("<") else _one_line(text)), {}
    if not isinstance(said, dict):
        return "", {}
    errors = said.get("errors")
    if not isinstance(errors, dict):
        return _one_line(str(errors or said.get("error") or said.get("message") or "")), {}
    fields = {str(name): _texts(value) for name, value in errors.items()}
    sentence = "; ".join(f"{name} {', '.join(texts)}" for name, texts in fields.items())
    return _one_line(sentence), fields


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MESSAGE_LENGTH else line[: MESSAGE_LENGTH - 3] + "..."


def retry_after(answer: Answer) -> float | None:
    """Seconds that the server asks to wait, from `Retry-After` as a number or an HTTP date.

    A date is read against the answer's own `Date`, so that a wrong clock here does no harm.
    """
    value = answer.headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        given = float(value)
    except ValueError:
        until, sent = _http_date(value), date_of(answer)
        now = answer.clock if sent is None else sent
        return None if until is None else max(0.0, until - now)
    return given if 0 <= given < float("inf") else None


def date_of(answer: Answer) -> float | None:
    """The answer's `Date`, as a Unix time."""
    return _http_date(answer.headers.get("Date", ""))


def _http_date(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
