"""A server for what the sandbox is too polite to do: a proxy, a stranger, rubbish."""

import asyncio
from typing import Self


def http_answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """The bytes of a whole answer in JSON."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Peer:
    """Answers whatever it is asked with the same bytes, and keeps the heads of what it was asked.

    Args:
        answer: what it sends.
        hangs_up: whether it closes the connection afterwards.
    """

    def __init__(self, answer: bytes = b"", *, hangs_up: bool = False) -> None:
        self.heads: list[str] = []
        self._answer = answer
        self._hangs_up = hangs_up

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None] | None] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        tasks = [task for task in self._tasks if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        try:
            while head := await reader.read(65536):
                self.heads.append(head.decode("latin-1"))
                writer.write(self._answer)
                if self._hangs_up:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
