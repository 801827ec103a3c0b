"""Finished files read again, in the formats that hold each item as it came."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from . import Format
from .compressed import zstd

READABLE: tuple[Format, ...] = ("ndjson", "ndjson.gz", "ndjson.zst", "parquet")


def items_of(path: Path, format_: Format) -> Generator[bytes]:
    """Each item's own JSON, one by one.

    Args:
        path: a file that an export of all columns has written.
        format_: its format, one of `READABLE`.

    Raises:
        OSError: it can't be read.
    """
    if format_ == "parquet":
        yield from _raw_column(path)
        return
    openers: dict[Format, Callable[..., Any]] = {"ndjson": Path.open, "ndjson.gz": gzip.open}
    with (openers.get(format_) or zstd().open)(path, "rb") as file:
        for line in file:
            yield line.removesuffix(b"\n")


def _raw_column(path: Path) -> Generator[bytes]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - a format is loaded when used

    with ParquetFile(path) as file:
        for batch in file.iter_batches(columns=["raw"]):
            for item in batch.column("raw"):
                yield item.as_py().encode()
