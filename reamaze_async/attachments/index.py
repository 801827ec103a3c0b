"""The index of attachments: what became of each address, in the order in which they were met."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec

from reamaze_async.files.disk import sync_file
from reamaze_async.files.lock import open_locked
from reamaze_async.files.placing import place
from reamaze_async.wire.parts import MALFORMED

State = Literal["whole", "dead", "refused", "failed"]


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one address: a line of the index.

    Attributes:
        url: the address, as the message gave it.
        file: the name of the file in the folder; None if there is none.
        bytes: its size; 0 if there is none.
        sha256: of its bytes, in hex; None if there is none.
        state: `whole`; `dead`: nothing is there any more; `refused`: it must not be fetched, or is
            too large; `failed`: it could not be fetched, and is tried again by the next run.
        reason: why; of a whole file that it isn't as large as its message says, else None.
        conversation: the slug of the conversation where it was met first.
        message: the key of the message.
    """

    url: str
    file: str | None = None
    bytes: int = 0
    sha256: str | None = None
    state: State = "whole"
    reason: str | None = None
    conversation: str | None = None
    message: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Fetched).decode


def line_of(fetched: Fetched) -> bytes:
    """A line of the index."""
    return _encode(fetched) + b"\n"


class Journal:
    """The index while it is being written: appended to, and read again after a kill.

    Of each address it keeps where its latest line begins, and nothing else in memory.

    Args:
        path: of the index; the journal is beside it, with `.part` behind its name.

    Raises:
        FileInUse: another process has it.
        OSError: it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self._index = path
        self._path = path.with_name(path.name + ".part")
        self._descriptor = open_locked(self._path)
        self._starts: dict[bytes, int] = {}
        self._end = 0
        try:
            if path.exists():
                self._take_over(path.read_bytes())
            self._recover()
        except BaseException:
            self.close()
            raise

    def _take_over(self, index: bytes) -> None:
        """Begin with what an earlier run has finished, also where a kill came while that began."""
        with open(self._descriptor, "rb", closefd=False) as file:
            begun = file.read(len(index) + 1)
        if index.startswith(begun):
            self._write(index[len(begun) :], at=len(begun))

    def _recover(self) -> None:
        """Note the lines that are there; what isn't one is cut off."""
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            for line in file:
                try:
                    known = _decode(line) if line.endswith(b"\n") else None
                except MALFORMED:
                    known = None
                if known is None:
                    break
                self._starts[digest_of(known.url)] = self._end
                self._end += len(line)
        os.ftruncate(self._descriptor, self._end)

    def close(self) -> None:
        """Close it; what is written stays."""
        os.close(self._descriptor)

    def get(self, url: str) -> Fetched | None:
        """What became of an address, as far as is known."""
        start = self._starts.get(digest_of(url))
        return None if start is None else self._line(start)

    def append(self, fetched: Fetched) -> None:
        """Write what became of an address.

        Raises:
            OSError: it can't be written.
        """
        line = line_of(fetched)
        self._write(line, at=self._end)
        self._starts[digest_of(fetched.url)] = self._end
        self._end += len(line)

    def _write(self, text: bytes, *, at: int) -> None:
        os.lseek(self._descriptor, at, os.SEEK_SET)
        rest = memoryview(text)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def all(self) -> Iterator[Fetched]:
        """What became of each address."""
        return map(self._line, self._starts.values())

    def finish(self, met: Iterable[bytes] = ()) -> None:
        """Give the index its name, one line for each address, and remove the journal.

        Args:
            met: what stands for the addresses, in the order in which they were met, which isn't
                that in which files came; those of earlier runs follow.

        Raises:
            OSError: it can't be written.
        """
        self._starts = {one: self._starts[one] for one in met if one in self._starts} | self._starts
        new = self._index.with_name(self._index.name + ".new")
        with new.open("wb") as file:
            file.writelines(map(line_of, self.all()))
            file.flush()
            sync_file(file.fileno())
        place(new, self._index)
        new.unlink(missing_ok=True)
        self._path.unlink()

    def _line(self, start: int) -> Fetched:
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(start)
            return _decode(file.readline())


def digest_of(url: str) -> bytes:
    """What stands for an address in memory."""
    return blake2b(url.encode(errors="surrogatepass"), digest_size=16).digest()
