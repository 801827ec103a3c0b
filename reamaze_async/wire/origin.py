"""Where the requests go: from a brand or a base URL to an origin."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter

LONGEST_LABEL = 63
"""Characters of a subdomain. What is longer may be a token (seen: 64), and isn't shown."""

_TOKEN = re.compile(r"[\w-]{32,}")
"""A word that may be a token, where something else belongs."""

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)


def origin_of(brand: Any) -> str:
    """The origin of a brand: `acme` lives at `https://acme.reamaze.io` (documented).

    Raises:
        InvalidParameter: it is neither a subdomain nor a host.
    """
    host = validation.text("brand", brand).lower()
    if not _HOST.fullmatch(host):
        if len(host) > LONGEST_LABEL and "." not in host:
            message = "brand is too long to be one: give brand, email and token in this order."
            raise InvalidParameter(message)
        why = (
            "must be a subdomain such as 'acme' or a host such as 'acme.reamaze.io', "
            "without scheme, port, path or user."
        )
        raise validation.invalid("brand", without_secrets(host), why)
    return f"https://{host if '.' in host else host + '.reamaze.io'}"


def origin_from(base_url: Any) -> str:
    """The origin that a base URL names.

    Raises:
        InvalidParameter: it isn't an origin, or plain `http` to a host that isn't loopback.
    """
    text = validation.text("base_url", base_url)
    shown = without_secrets(text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_host = _HOST.fullmatch(host) or _address(host) is not None
    if parts.scheme not in ("http", "https") or not is_host:
        why = "must be an origin such as 'https://acme.reamaze.io'."
        raise validation.invalid("base_url", shown, why)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise validation.invalid("base_url", shown, "must hold scheme, host and port only.")
    if parts.scheme == "http" and not is_loopback(host):
        why = f"would send the token in clear: use https://{host}."
        raise validation.invalid("base_url", shown, why)
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}"


def without_secrets(url: str) -> str:
    """A URL, or a name, to be shown in an error: without user, password, query, or a token."""
    shown = re.sub(r"[?#].*", "?...", re.sub(r"^(\w+://)?.*@", r"\1...@", url))
    return _TOKEN.sub("...", shown)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
