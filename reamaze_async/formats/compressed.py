"""NDJSON, compressed: one gzip member or one Zstandard frame."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from .table import Table

BUFFER = 2**20


def write_gzip(lines: Iterable[bytes], path: Path, _: Table) -> None:
    """Write lines with gzip at its usual level; the same lines give the same bytes."""
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed,
    ):
        _copy(lines, packed)


def write_zstd(lines: Iterable[bytes], path: Path, _: Table) -> None:
    """Write lines with Zstandard at its usual level."""
    with path.open("wb") as file:
        compressor = zstd().ZstdCompressor()
        _copy(lines, _Pipe(compressor.compress, file))
        file.write(compressor.flush())


def zstd() -> Any:
    """The module for Zstandard: the standard library's, else its backport.

    Raises:
        ImportError: there is neither.
    """
    if sys.version_info >= (3, 14):
        from compression import zstd as module  # noqa: PLC0415 - a format is loaded when used
    else:
        from backports import zstd as module  # noqa: PLC0415 - likewise
    return module


def _copy(lines: Iterable[bytes], file: Any) -> None:
    buffer = io.BufferedWriter(file, BUFFER)
    buffer.writelines(line + b"\n" for line in lines)
    buffer.flush()
    buffer.detach()


class _Pipe(io.RawIOBase):
    """A file that transforms what is written to it and passes it on to another file."""

    def __init__(self, change: Callable[[Any], bytes], file: BinaryIO) -> None:
        self._change = change
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(self._change(data))
        return len(data)
