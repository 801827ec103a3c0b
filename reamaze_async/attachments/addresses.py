"""Addresses of files: which may be asked, and what a file is called on this disk. Pure.

An address comes out of a message, so whoever writes to the helpdesk may have chosen it. It is asked
without credentials, and never on a private network: which machine a name stands for is only known
when the connection is made, so `is_public` is asked then.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from posixpath import splitext
from unicodedata import normalize
from urllib.parse import unquote, urljoin, urlsplit

SCHEMES = ("http", "https")
MOST_REDIRECTS = 5
LONGEST_NAME = 80
"""Characters of a file's own name that are kept."""

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses behind a translator, which would reach a private one for us."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}")


class Refused(Exception):
    """An address that is not asked, or a file that is not taken; why is its only argument."""


def checked(url: str) -> str:
    """The address, without what is never sent.

    Raises:
        Refused: it is none that may be asked.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not parts.scheme:
        message = "it is no address of a file"
        raise Refused(message)
    if parts.scheme not in SCHEMES:
        message = f"{parts.scheme}: is neither http nor https"
        raise Refused(message)
    if "@" in parts.netloc:
        message = "it holds a login"
        raise Refused(message)
    return parts._replace(fragment="").geturl()


def redirected(url: str, location: str) -> str:
    """Where a redirect leads.

    Raises:
        Refused: nowhere that may be asked.
    """
    try:
        return checked(urljoin(url, location))
    except (ValueError, Refused) as error:
        reason = error if isinstance(error, Refused) else "it is no address"
        message = f"it redirects to where nothing may be asked: {reason}"
        raise Refused(message) from None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (inner := _inside(found)) is not None:
        return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def file_name(url: str, name: str | None) -> str:
    """What a file is called: a digest of its address, and what is harmless of its name.

    Args:
        url: where it is.
        name: what it is called there; None: the end of its address.
    """
    digest = blake2b(url.encode(errors="surrogatepass"), digest_size=10).hexdigest()
    # Not by `urlsplit`, which refuses some addresses: those are told of, too.
    given = name or unquote(re.split("[?#]", url, maxsplit=1)[0].rpartition("/")[2])
    stem, ending = splitext(given.strip())
    if not _ENDING.fullmatch(ending):
        stem, ending = stem + ending, ""
    plain = normalize("NFKD", stem).encode("ascii", "ignore").decode()
    safe = _UNSAFE.sub("_", plain).strip("._-")
    kept = safe[: LONGEST_NAME - len(ending)].strip("._-")
    return f"{digest}-{kept or 'file'}{ending}"
