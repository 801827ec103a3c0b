"""A host of files on loopback, which says and does what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Write = Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Write


@dataclass
class FileHost:
    """What it answers, by path, and what it was asked.

    Attributes:
        answers: a whole response, or a function that writes one; else 404.
        asked: the paths, in order.
        heads: the request heads, in order.
        at_once: the most requests that were under way at one time.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    at_once: int = 0
    base: str = ""
    _now: int = 0

    def serve(self, path: str, body: bytes = b"content") -> str:
        """Serve a file; return its address."""
        self.answers[path] = response(200, body)
        return self.base + path

    def redirect(self, path: str, to: str) -> str:
        """Redirect from a path; return its address."""
        self.answers[path] = response(302, b"", {"Location": to})
        return self.base + path

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                self._now += 1
                self.at_once = max(self.at_once, self._now)
                path = head.split(" ")[1]
                self.asked.append(path)
                self.heads.append(head)
                answer = self.answers.get(path, response(404, b""))
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(writer)
                self._now -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole response."""
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def file_host() -> AsyncIterator[FileHost]:
    """A host, as long as the block lasts."""
    host, talks = FileHost(), set[asyncio.Task[None]]()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(host._talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    host.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield host
    finally:
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()
