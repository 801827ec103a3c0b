"""How a request looks: method, path, query and body, all of them checked and encoded."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from math import isfinite
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter

from . import parameters
from .origin import without_secrets

ROOT = "/api/v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Request(msgspec.Struct, frozen=True, gc=False):
    """One thing to ask, whatever number of attempts it takes.

    Attributes:
        method: `GET`, `POST`, ...
        path: percent-encoded, from `/api/v1`.
        query: percent-encoded, without the question mark.
        body: JSON, or None.
        page: the page that is asked for, to be named in errors.
        permission: what the user's role needs for it, to be named in errors; empty if unknown.
    """

    method: str
    path: str
    query: str = ""
    body: bytes | None = None
    page: int | None = None
    permission: str = ""

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.target}>"

    @property
    def endpoint(self) -> str:
        """Its family of requests, for the limiter, such as `GET /conversations/*`."""
        return endpoint_of(self.method, self.path)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def facts(self) -> dict[str, Any]:
        """Method, path and page, as errors take them."""
        return {"method": self.method, "path": self.path, "page": self.page}


@lru_cache(maxsize=256)
def endpoint_of(method: str, path: str) -> str:
    """The family of a request: keys in its path become `*`, as in `GET /conversations/*`."""
    parts = path.removeprefix(ROOT).strip("/").split("/")
    family = [part if index % 2 == 0 else "*" for index, part in enumerate(parts)]
    return f"{method} /{'/'.join(family)}"


def list_request(path: str, query: str, page: int, permission: str = "") -> Request:
    """The request for one page of a list.

    Args:
        path: below `/api/v1`.
        query: the other parameters, encoded.
        page: its number.
        permission: what the user's role needs for it.
    """
    full = f"{query}&page={page}" if query else f"page={page}"
    return Request("GET", ROOT + path, full, page=page, permission=permission)


def encode_query(pairs: parameters.Query) -> str:
    """Percent-encode a query; square brackets too, which Rails reads either way."""
    return urlencode(pairs, quote_via=quote, safe="")


def any_request(
    method: Any, path: Any, params: Mapping[str, Any] | None, json: Any = None
) -> Request:
    """A request to any endpoint; `/contacts` means `/api/v1/contacts`.

    Raises:
        InvalidParameter: the method, path, a parameter or the JSON can't be sent.
    """
    name = method.upper() if isinstance(method, str) else ""
    if name not in METHODS:
        why = f"is unknown: use one of {', '.join(METHODS)}."
        raise validation.invalid("method", method, why)
    given = {} if params is None else params
    if not isinstance(given, Mapping):
        raise validation.invalid("params", given, "must be a mapping.")
    pairs = [
        (validation.exact_text("params key", key), _any_value(f"params[{key!r}]", value))
        for key, value in given.items()
        if value is not None
    ]
    page = given.get("page")
    return Request(
        name,
        _any_path(path),
        encode_query(pairs),
        _encode_json(json),
        page=page if type(page) is int else None,
    )


def _any_path(path: Any) -> str:
    text = validation.text("path", path)
    parts = text.strip("/").split("/")
    if "//" in text or any(c in text for c in "?#\\ ") or not {".", ".."}.isdisjoint(parts):
        why = (
            "must be a path such as '/contacts', percent-encoded, without host, query or dots; "
            "give the query as params."
        )
        raise validation.invalid("path", without_secrets(text), why)
    plain = "/" + quote(text.lstrip("/"), safe="/%:@$&'()*+,;=~!")
    return plain if plain.startswith("/api/") else ROOT + plain


def _any_value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        validation.check_plain(name, value)
        return validation.plain(value)
    if not (validation.is_number(value) or isinstance(value, IntEnum)):
        raise validation.invalid(name, value, "must be a string or a finite number.")
    return str(int(value) if isinstance(value, int) else value)


def _encode_json(value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        _check_numbers(value)
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"json can't be encoded: {error}."
        raise InvalidParameter(message) from None


def _check_numbers(value: Any) -> None:
    """Refuse what would be sent as null.

    Raises:
        ValueError: it holds such a number.
    """
    if isinstance(value, float) and not isfinite(value):
        message = f"it has no number {value}"
        raise ValueError(message)
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list | tuple):
        for part in parts:
            _check_numbers(part)
