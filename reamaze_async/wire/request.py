"""How Re:amaze is asked: where it lives, who asks, and how a request looks."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter

from . import parameters

ROOT = "/api/v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

SHORTEST = 6
"""Characters of a token that is taken out of what comes; a shorter one is part of many words."""


class Secret:
    """A string that no repr, format or traceback shows."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value: Any = value._value if isinstance(value, Secret) else value

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> str:
        """The string itself."""
        return str(self._value)

    def check(self) -> None:
        """Strip white space around it.

        Raises:
            InvalidParameter: not a string, empty, or with control characters.
        """
        if not isinstance(self._value, str):
            message = f"token must be a string, not {type(self._value).__name__}."
            raise InvalidParameter(message)
        self._value = self._value.strip()
        if not self._value:
            message = "token is empty: give the API token (Settings > Developer > API Token)."
            raise InvalidParameter(message)
        if not validation.is_plain(self._value):
            message = "token holds control characters: copy it again, without line breaks."
            raise InvalidParameter(message)


class Credentials:
    """A login email and its API token, for HTTP Basic authentication (documented)."""

    __slots__ = ("_token", "email")

    def __init__(self, email: str, token: Secret) -> None:
        """Check both.

        Raises:
            InvalidParameter: one of them can't be used.
        """
        self._token = token
        self.email: str = ""
        self.email = validation.text("email", email)
        if ":" in self.email:
            shown = self.email.partition(":")[0] + ":..."  # What follows may be a token.
            raise validation.refusal("email", shown, "holds a colon: give the login alone.")
        token.check()

    def __repr__(self) -> str:
        return f"Credentials({self.email!r}, ...)"

    def header(self) -> str:
        """The value of the `Authorization` header."""
        return f"Basic {self._basic()}"

    def redact(self, text: bytes) -> bytes:
        """What came from elsewhere, without the token and without what it is sent as."""
        patterns = [_spellings(self._basic().rstrip("=")) + b"(?:=|%3d)*"]
        if len(token := self._token.reveal()) >= SHORTEST:
            patterns.append(_spellings(token))
        return re.sub(b"|".join(patterns), b"[token]", text, flags=re.IGNORECASE)

    def _basic(self) -> str:
        return b64encode(f"{self.email}:{self._token.reveal()}".encode()).decode()


def _spellings(secret: str) -> bytes:
    """A pattern for a string, whichever of its characters JSON or a URL has escaped."""
    return b"".join(map(_spelling, secret))


def _spelling(char: str) -> bytes:
    plain = char.encode()
    in_url = "%" + plain.hex("%")
    in_json = r"\\u" + char.encode("utf-16-be").hex(" ", 2).replace(" ", r"\\u")
    return rb"(?:%b|%b|\\?%b)" % (in_json.encode(), in_url.encode(), re.escape(plain))


# --- where it lives --------------------------------------------------------------------------

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)


def origin_of(brand: Any) -> str:
    """The origin of a brand: `acme` lives at `https://acme.reamaze.io` (documented).

    Raises:
        InvalidParameter: it is neither a subdomain nor a host.
    """
    host = validation.text("brand", brand).lower()
    if not _HOST.fullmatch(host):
        why = (
            "must be a subdomain such as 'acme' or a host such as 'acme.reamaze.io', "
            "without scheme, port, path or user."
        )
        raise validation.refusal("brand", _without_secrets(host), why)
    return f"https://{host if '.' in host else host + '.reamaze.io'}"


def origin_from(base_url: Any) -> str:
    """The origin that a base URL names.

    Raises:
        InvalidParameter: it isn't an origin, or plain `http` to a host that isn't loopback.
    """
    text = validation.text("base_url", base_url)
    shown = _without_secrets(text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not _is_host(host):
        why = "must be an origin such as 'https://acme.reamaze.io'."
        raise validation.refusal("base_url", shown, why)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise validation.refusal("base_url", shown, "must hold scheme, host and port only.")
    if parts.scheme == "http" and not is_loopback(host):
        why = f"would send the token in clear: use https://{host}."
        raise validation.refusal("base_url", shown, why)
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}"


def _without_secrets(url: str) -> str:
    """A URL to show: no user, no password, no query."""
    return re.sub(r"[?#].*", "?...", re.sub(r"^(\w+://)?.*@", r"\1...@", url))


def _is_host(host: str) -> bool:
    return bool(_HOST.fullmatch(host)) or _address(host) is not None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


# --- what is asked ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask, whatever number of attempts it takes.

    Attributes:
        method: `GET`, `POST`, ...
        path: percent-encoded, from `/api/v1`.
        query: percent-encoded, without the question mark.
        body: JSON, or None.
        page: the page asked for, for error messages.
        endpoint: the family it belongs to, such as `GET /conversations/*`, for the limiter.
    """

    method: str
    path: str
    query: str = ""
    body: bytes | None = None
    page: int | None = None
    endpoint: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "endpoint", endpoint_of(self.method, self.path))

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def facts(self) -> dict[str, Any]:
        """What errors tell of it."""
        return {"method": self.method, "path": self.path, "page": self.page}


def endpoint_of(method: str, path: str) -> str:
    """The family of a path: names stay, and what stands between them becomes `*`."""
    parts = path.removeprefix(ROOT).strip("/").split("/")
    family = [part if index % 2 == 0 else "*" for index, part in enumerate(parts)]
    return f"{method} /{'/'.join(family)}"


def list_request(path: str, query: str, page: int) -> Request:
    """The request for one page of a listing, whose other parameters are encoded already."""
    number = f"page={page}"
    return Request("GET", ROOT + path, f"{query}&{number}" if query else number, page=page)


def item_request(collection: str, key: Any, name: str = "slug") -> Request:
    """The request for one item.

    Raises:
        InvalidParameter: the key is empty, or would change the path.
    """
    plain = validation.text(name, key)
    if plain in (".", ".."):
        raise validation.refusal(name, key, "names no item: give its key.")
    return Request("GET", f"{ROOT}{collection}/{quote(plain, safe='')}")


def encode_query(pairs: parameters.Query) -> str:
    """Percent-encode a query; square brackets too, which Rails reads either way."""
    return urlencode(pairs, quote_via=quote, safe="")


def free_request(
    method: Any, path: Any, params: Mapping[str, Any] | None, json: Any = None
) -> Request:
    """A request to any endpoint; `/contacts` means `/api/v1/contacts`.

    Raises:
        InvalidParameter: the method, path, a parameter or the JSON can't be sent.
    """
    name = str(method).upper()
    if name not in METHODS:
        why = f"is unknown: use one of {', '.join(METHODS)}."
        raise validation.refusal("method", method, why)
    given = {} if params is None else params
    if not isinstance(given, Mapping):
        raise validation.refusal("params", given, "must be a mapping.")
    pairs = [
        (validation.exact_text("params key", key), _free_value(f"params[{key!r}]", value))
        for key, value in given.items()
        if value is not None
    ]
    page = given.get("page")
    return Request(
        name,
        _free_path(path),
        encode_query(pairs),
        _encode_json(json),
        page=page if type(page) is int else None,
    )


def _free_path(path: Any) -> str:
    text = validation.text("path", path)
    parts = text.strip("/").split("/")
    if "//" in text or any(c in text for c in "?#\\ ") or not {".", ".."}.isdisjoint(parts):
        why = (
            "must be a path such as '/contacts', percent-encoded, without host, query or dots; "
            "give the query as params."
        )
        raise validation.refusal("path", _without_secrets(text), why)
    plain = "/" + quote(text.lstrip("/"), safe="/%:@$&'()*+,;=~!")
    return plain if plain.startswith("/api/") else ROOT + plain


def _free_value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise validation.refusal(name, value, "must be a string or a number.")
    if not validation.is_plain(str(value)):
        raise validation.refusal(name, value, "holds control characters: remove them.")
    return str(value)


def _encode_json(value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"json can't be encoded: {error}."
        raise InvalidParameter(message) from None
