"""As much of HTTP/1.1 as the sandbox needs: bytes to requests, answers to bytes. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import unquote

from reamaze_async.sandbox.responses import Answer, reason

MOST_HEAD = 64 * 1024
MOST_BODY = 32 * 1024 * 1024
WORTH_ZIPPING = 1000
LAST_CHUNK = b"0\r\n\r\n"

_HEX = re.compile(rb"[0-9a-fA-F]{1,8}")


class ProtocolError(Exception):
    """What came is no HTTP request, or too long for one."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as it came. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool

    @property
    def path(self) -> str:
        """The path, percent-encoding undone."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        return self.target.partition("?")[2]


class Reader:
    """Cuts the bytes of one connection into requests."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: tuple[str, str, Mapping[str, str], bool] | None = None

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data

    def next(self) -> Incoming | None:
        """The next whole request, or None until more comes.

        Raises:
            ProtocolError: This connection makes no sense any more.
        """
        if self._head is None and not self._take_head():
            return None
        assert self._head
        method, target, headers, keep_alive = self._head
        body = self._take_body(headers)
        if body is None:
            return None
        self._head = None
        return Incoming(method, target, headers, body, keep_alive)

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MOST_HEAD:
                raise ProtocolError("a head without end")
            return False
        line, _, rest = self._buffer[:end].decode("latin-1").partition("\r\n")
        del self._buffer[: end + 4]
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise ProtocolError("not a request line")
        headers = _headers(rest)
        close = headers.get("connection", "").lower() == "close" or words[2] == "HTTP/1.0"
        self._head = (words[0], words[1], headers, not close)
        return True

    def _take_body(self, headers: Mapping[str, str]) -> bytes | None:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._take_chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > MOST_BODY:
            raise ProtocolError("a length that can't be")
        return self._take(int(length))

    def _take(self, length: int) -> bytes | None:
        if len(self._buffer) < length:
            return None
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _take_chunks(self) -> bytes | None:
        body, at = bytearray(), 0
        while (end := self._buffer.find(b"\r\n", at)) >= 0:
            size = _chunk_size(self._buffer[at:end])
            at = end + 2 + size + 2
            if len(body) + size > MOST_BODY:
                raise ProtocolError("a body too long")
            if len(self._buffer) < at:
                return None
            if size == 0:
                del self._buffer[:at]
                return bytes(body)
            body += self._buffer[end + 2 : end + 2 + size]
        return None


@lru_cache(maxsize=256)
def _headers(lines: str) -> Mapping[str, str]:
    """Cached, since one client sends the same ones again and again: records stay small so."""
    return MappingProxyType(dict(map(_header, lines.split("\r\n"))))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _chunk_size(line: bytearray) -> int:
    digits = line.partition(b";")[0].strip()
    if not _HEX.fullmatch(digits):
        message = "not a chunk"
        raise ProtocolError(message)
    return int(digits, 16)


@dataclass(frozen=True, slots=True)
class Sent:
    """A whole answer in bytes: its head, which promises the length, and its body."""

    head: bytes
    body: bytes


def sent(incoming: Incoming, answer: Answer, now: float, number: int) -> Sent:
    """The bytes of an answer, gzipped for who asks for it.

    An answer with a header `Transfer-Encoding: chunked` comes in chunks, as proxies send it.

    Args:
        incoming: What is answered.
        answer: With what.
        now: Seconds since 1970.
        number: Of the request, for its `X-Request-Id` (a Rails default: guess).
    """
    zips, in_chunks = _zips(incoming, answer), "Transfer-Encoding" in answer.headers
    body = answer.zipped if zips else answer.body
    lines = [
        f"HTTP/1.1 {answer.status} {reason(answer.status)}",
        f"Date: {_date(int(now))}",
        *(() if in_chunks else (f"Content-Length: {len(body)}",)),
        f"X-Request-Id: sandbox-{number}",
        "Cache-Control: max-age=0, private, must-revalidate",
        *(("Content-Encoding: gzip", "Vary: Accept-Encoding") if zips else ()),
        *(f"{name}: {value}" for name, values in answer.headers.items() for value in _each(values)),
        *(() if incoming.keep_alive else ("Connection: close",)),
    ]
    head = "\r\n".join(lines) + "\r\n\r\n"
    if incoming.method == "HEAD":
        return Sent(head.encode("latin-1"), b"")
    return Sent(head.encode("latin-1"), chunked(body) if in_chunks else body)


def chunked(body: bytes) -> bytes:
    """A body in two chunks, and the one that ends it."""
    half = len(body) // 2
    parts = (part for part in (body[:half], body[half:]) if part)
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + LAST_CHUNK


def _each(values: str | Sequence[str]) -> Sequence[str]:
    return (values,) if isinstance(values, str) else values


def _zips(incoming: Incoming, answer: Answer) -> bool:
    accepted = incoming.headers.get("accept-encoding", "")
    worth = len(answer.body) >= WORTH_ZIPPING and "Content-Encoding" not in answer.headers
    return worth and "gzip" in accepted


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
