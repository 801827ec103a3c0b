"""An answer before it is bytes on a wire, and the error bodies. Pure."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus

from reamaze_async.sandbox.encoding import encode

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """Status, headers and body; the server adds date, length and its own names."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """Several values under one name are sent one by one."""

    @cached_property
    def zipped(self) -> bytes:
        """The body by gzip, made once."""
        return gzip.compress(self.body, 1, mtime=0)

    @classmethod
    def of(cls, value: object, status: int = 200) -> "Answer":
        """`value` as JSON."""
        return cls(status, encode(value), {"Content-Type": JSON_TYPE})

    @classmethod
    def html(cls, status: int, title: str) -> "Answer":
        """A page as a proxy or Rails makes one."""
        page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n"
        return cls(status, f"{page}</body>\r\n</html>\r\n".encode(), {"Content-Type": HTML_TYPE})


NOT_FOUND = Answer.of({"error": "Not Found"}, 404)
"""Unknown slug or path (shape a guess)."""

NO_BRAND = Answer.html(404, "404 Not Found")
"""Unknown brand host (seen; body a guess)."""

NOT_ACCEPTABLE = Answer(406)
"""No JSON asked for (guess)."""

NO_LOGIN = Answer(
    401,
    b"HTTP Basic: Access denied.\n",
    {"Content-Type": TEXT_TYPE, "WWW-Authenticate": 'Basic realm="Application"'},
)
"""No credentials sent (guess: the Rails default)."""

WRONG_LOGIN = Answer.of({"error": "Invalid login or API token"}, 403)
"""Wrong credentials, as older and the official clients expect it (status seen, body a guess)."""

FORBIDDEN = Answer.of({"error": "You are not authorized to access this page."}, 403)
"""The user's role lacks the permission (status documented, body a guess)."""

BAD_REQUEST = Answer.of({"status": 400, "error": "Bad Request"}, 400)
"""Malformed JSON, or the root key missing (guess)."""


def unprocessable(errors: Mapping[str, list[str]]) -> Answer:
    """422 with the reasons by field (status documented, shape seen)."""
    return Answer.of({"errors": errors}, 422)


def too_many(*, as_json: bool, retry_after: str | None) -> Answer:
    """429: status documented; the text is Rack::Attack's default (guess), no header by default."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    if as_json:
        body = encode({"error": "Too Many Requests"})
        return Answer(429, body, {"Content-Type": JSON_TYPE} | headers)
    return Answer(429, b"Retry later\n", {"Content-Type": "text/plain"} | headers)


def reason(status: int) -> str:
    """The words beside the status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
