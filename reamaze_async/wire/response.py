"""What a response means: which error, if any, and how long the server asks to wait."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
from reamaze_async.remedies import Remedy

from .lenient import without_half_pairs
from .parts import MALFORMED
from .request import Request

MESSAGE_LENGTH = 200
_ENOUGH = 4096
WORKED_ON = 2**16
"""Bytes of an error's body that are looked at: all of a large one would take seconds."""

_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which RFC 8259 lets a reader skip."""

LONGEST_WAIT = 1e9
"""Seconds. A `Retry-After` of more than thirty years is cut to that."""

FROM_BETWEEN = (407, 511)
"""What only a proxy, or a network that wants a login, answers."""

LACKING: Mapping[str, Remedy] = {
    "access_reports": "check-reports",
    "manage_incidents": "check-incidents",
}
"""By the permission that is needed, the remedy that names it."""

Result = TypeVar("Result")

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


class Response(msgspec.Struct, frozen=True, gc=False):
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
    headers: Mapping[str, str]
    body: bytes
    began: float = 0.0
    ended: float = 0.0
    clock: float = 0.0
    redact: Callable[[bytes], bytes] = bytes

    def __repr__(self) -> str:
        return (
            f"<Response {self.status}, {self.ended - self.began:.3f} s>"  # It may hold the token.
        )

    def read(self, request: Request, decode: Callable[[Request, bytes], Result]) -> Result:
        """Decode the body as it came; an error is made of the redacted body.

        Raises:
            DecodeError: the body can't be decoded.
        """
        # No local variable holds the body: the frames of an error would show the token in it, or
        # a secret link. For the same reason the error leaves the decoder's own frames behind.
        try:
            return decode(request, self.body.removeprefix(_MARK))
        except DecodeError as error:
            failure = error
        failure = self._without_secrets(request, decode, failure)
        failure.__context__ = None
        raise failure.with_traceback(None)

    def _without_secrets(
        self, request: Request, decode: Callable[[Request, bytes], Any], failure: DecodeError
    ) -> DecodeError:
        """The error that the redacted body makes; for a large one, the same without quotes."""
        shown = self.redact(self.body[:WORKED_ON])
        if shown == self.body:
            return failure
        if len(self.body) <= WORKED_ON:
            try:
                decode(request, shown.removeprefix(_MARK))
            except DecodeError as error:
                return error
        return failure.without_quotes()


def error_of(request: Request, response: Response) -> APIError | None:
    """The error that a response means; None for a status from 200 to 299."""
    status = response.status
    if 200 <= status < 300:
        return None
    facts = {**request.facts, "status": status}
    if 300 <= status < 400:
        return UnexpectedRedirect(**facts, location=_location(response))
    facts["message"], errors = complaint(
        response.redact(response.body.removeprefix(_MARK)[:WORKED_ON])
    )
    if status == 422:
        return UnprocessableEntity(**facts, errors=errors)
    if status == 429:
        return RateLimited(**facts, retry_after=retry_after(response))
    if status in FROM_BETWEEN:
        facts["remedy"] = "check-network"
    if 500 <= status < 600:
        return ServerError(**facts)
    if status not in (404, *FROM_BETWEEN) and _is_web_page(response):
        facts["remedy"] = "web-page"
    elif status == 403 and request.permission in LACKING:
        facts["remedy"] = LACKING[request.permission]
    elif status == 408:
        facts["remedy"] = "try-later"
    kinds = {401: AuthenticationError, 403: PermissionDenied, 404: NotFound}
    return kinds.get(status, APIError)(**facts)


def _is_web_page(response: Response) -> bool:
    return response.body.removeprefix(_MARK).lstrip()[:1] == b"<"


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

    Seen: `errors` as an object of lists or as a string, `error` as a string.
    """
    body = body[:WORKED_ON]
    try:
        said = msgspec.json.decode(body)
    except MALFORMED:
        said = _no_json(body)
    if isinstance(said, dict):
        said = said.get("errors") or said.get("error")
    elif isinstance(said, list):  # Of things, such as conversations, nothing is repeated.
        said = [item for item in said if isinstance(item, str)]
    if not isinstance(said, dict):
        return _one_line(", ".join(_texts(said))), {}
    fields = {name: _texts(value) for name, value in said.items()}
    sentence = "; ".join(f"{name} {', '.join(texts)}" for name, texts in fields.items())
    return _one_line(sentence), fields


def _no_json(body: bytes) -> Any:
    """A plain text, or what is JSON but for its encoding.

    A page of HTML, such as a proxy's, says nothing worth repeating; nor does other JSON that can't
    be read, in which things such as conversations may stand, with their secret links.
    """
    text = body.decode(errors="replace")
    if text.lstrip()[:1] not in ("{", "[", "<"):
        return text[:_ENOUGH]
    try:
        return msgspec.json.decode(without_half_pairs(text.encode()))
    except MALFORMED:
        return ""


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [_text(item) for item in values if item is not None]


def _text(value: Any) -> str:
    try:
        return str(value)
    except (RecursionError, ValueError):  # nested nearly as deep as Python goes; huge numbers
        return "..."


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
