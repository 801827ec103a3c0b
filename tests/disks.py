"""A disk that fails, or a machine that dies, at any one thing that is done to files."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reamaze_async.exporting import part_file

CALLS = (
    (os, "open"),
    (os, "write"),
    (os, "fsync"),
    (os, "ftruncate"),
    (part_file, "_flush"),
    (Path, "open"),
    (Path, "replace"),
    (Path, "unlink"),
)


class Crash(BaseException):
    """The process is gone: nothing it would still do is done."""


class Disk:
    """Lets everything through until `fail_at`; from a `Crash` on, nothing more.

    Attributes:
        calls: what was done so far, in order.
        synced: bytes that were safe, by the file's inode.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.synced: Counter[int] = Counter()
        self._at = 0
        self._trouble: BaseException | None = None
        self._is_dead = self._has_failed = False
        for owner, name in CALLS:
            monkeypatch.setattr(owner, name, self._watched(name, getattr(owner, name)))

    def fail_at(self, number: int, trouble: BaseException) -> None:
        """Let the so-many-eth call from now on fail."""
        self._has_failed = False
        self.calls.clear()
        self.synced.clear()
        self._at, self._trouble, self._is_dead = number, trouble, False

    def mend(self) -> bool:
        """Let everything through again; tell whether anything has failed."""
        self._at, self._is_dead = 0, False
        return self._has_failed

    def _watched(self, name: str, real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if self._is_dead:
                raise Crash
            self.calls.append(name)
            if len(self.calls) == self._at:
                self._fail(name, real, args)
            if name in ("_flush", "fsync"):  # Believed without the wait.
                status = os.fstat(args[0])
                self.synced[status.st_ino] = status.st_size
                return None
            return real(*args, **options)

        return call

    def _fail(self, name: str, real: Any, args: tuple[Any, ...]) -> None:
        self._has_failed = True
        self._is_dead = isinstance(self._trouble, Crash)
        if name == "write":  # Half of it is written.
            real(args[0], bytes(args[1])[: len(args[1]) // 2])
        assert self._trouble
        raise self._trouble


def lose_power(disk: Disk, file: Path) -> None:
    """What was not synced of a part file is gone; zeros may stand in its place."""
    path = file.with_name(f"{file.name}.part")
    if path.exists():
        safe = min(disk.synced[path.stat().st_ino], path.stat().st_size)
        rest = path.stat().st_size - safe
        os.truncate(path, safe)
        with path.open("ab") as file:
            file.write(b"\0" * (rest // 2))
