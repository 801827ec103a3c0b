"""Formats: finished files, made of one JSON item a line.

Each module turns such lines into one format, one by one, in bounded memory, and is loaded only when
it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from reamaze_async.errors import ExportRefused, InvalidParameter
from reamaze_async.files.disk import failure, sync_file
from reamaze_async.files.placing import create
from reamaze_async.validation import invalid

from .rows import table_of
from .table import Table

__all__ = [
    "FORMATS",
    "Format",
    "check_installed",
    "convert",
    "format_of",
    "rehearse",
    "table_for",
    "table_of",
]

Format = Literal["ndjson", "ndjson.gz", "ndjson.zst", "csv", "parquet", "sqlite"]

FORMATS: tuple[Format, ...] = get_args(Format)

COLUMNED = ("csv", "parquet", "sqlite")
"""The formats that have columns."""

_ENDINGS: dict[str, Format] = {
    **{f".{name}": name for name in FORMATS},
    ".jsonl": "ndjson",
    ".jsonl.gz": "ndjson.gz",
    ".jsonl.zst": "ndjson.zst",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}

_COMPRESSED = (".gz", ".zst")


def format_of(path: str | os.PathLike[str], format: str | None = None) -> Format:  # noqa: A002 - the option's name
    """The format of a file: the word given, else by the file's ending.

    `"ndjson"` with a file that ends in `.gz` or `.zst` means the compressed kind.

    Raises:
        InvalidParameter: neither says which, or they contradict each other.
    """
    name = Path(path).name.lower()
    ended = next((known for ending, known in _ENDINGS.items() if name.endswith(ending)), None)
    if format is not None:
        named = _named(format, name)
        if ended not in (None, named):
            why = f"contradicts {name!r}, which ends as {ended} does: leave one of them out."
            raise invalid("format", format, why)
        return named
    if ended is None:
        endings = ", ".join(_ENDINGS)
        message = f"{name!r} has no known ending: use one of {endings}, or say which format."
        raise InvalidParameter(message)
    return ended


def _named(word: Any, name: str) -> Format:
    ending = next((ending for ending in _COMPRESSED if name.endswith(ending)), "")
    full = f"ndjson{ending}" if word == "ndjson" else word
    for known in FORMATS:
        if known == full:
            return known
    raise invalid("format", word, f"is unknown: use one of {', '.join(FORMATS)}.")


# --- making a finished file -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Writer:
    module: str
    function: str = "write"
    needs: tuple[str, ...] = ()
    extra: str = ""


_WRITERS: dict[Format, _Writer] = {
    "ndjson.gz": _Writer("compressed", "write_gzip"),
    "ndjson.zst": _Writer(
        "compressed", "write_zstd", ("compression.zstd", "backports.zstd"), "zstd"
    ),
    "csv": _Writer("csv"),
    "parquet": _Writer("parquet", needs=("pyarrow",), extra="parquet"),
    "sqlite": _Writer("sqlite"),
}


def check_installed(path: Path, format_: Format) -> None:
    """Refuse a format that needs what isn't installed.

    Raises:
        ExportRefused: it does; the message names what to install.
    """
    writer = _WRITERS.get(format_)
    if writer and writer.needs and not any(map(_is_there, writer.needs)):
        reason = (
            f"{format_} needs more than is installed: pip install 'reamaze-async[{writer.extra}]'"
        )
        raise ExportRefused(path, reason)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def table_for(table: Table, format_: Format, columns: Sequence[str] | None = None) -> Table:
    """The table that a format is made of.

    Args:
        table: with all columns.
        format_: of the finished file.
        columns: the names of its columns. Default: all, in CSV all but `raw`. SQLite always has
            the key, by which its tables belong together.

    Raises:
        InvalidParameter: there is no such column, or the format has no columns.
    """
    if columns is None:
        names = [column.name for column in table.columns]
        return table.pick(names[:-1]) if format_ == "csv" else table
    if format_ not in COLUMNED:
        message = (
            f"columns: {format_} holds each item as it came; use one of {', '.join(COLUMNED)}."
        )
        raise InvalidParameter(message)
    if not columns:
        message = "columns: name at least one column."
        raise InvalidParameter(message)
    chosen = list(columns)
    if format_ == "sqlite" and table.key not in chosen:
        chosen = [table.key, *chosen]
    return table.pick(chosen)


def convert(lines: Iterable[bytes], path: Path, format_: Format, *, table: Table) -> int:
    """Make a finished file at `path`, and wait until it is on the disk.

    Returns:
        How many cells were cut, because a spreadsheet holds no longer ones.

    Args:
        lines: the items' JSON, one by one; what getting one raises ends the work.
        path: an empty file, or none yet.
        format_: of the finished file; not `ndjson`, which the part file is already.
        table: the items' columns, as `table_for` gives them.

    Raises:
        OSError: it can't be written.
    """
    writer = _WRITERS[format_]
    write: Callable[[Iterable[bytes], Path, Table], int | None] = getattr(
        import_module(f".{writer.module}", __name__), writer.function
    )
    cut = write(lines, path, table)
    with path.open("rb+") as file:
        sync_file(file.fileno())
    return cut or 0


def rehearse(path: Path, format_: Format, table: Table) -> None:
    """Make a finished file of one item at `path`, and remove it: what can fail fails early.

    Raises:
        ExportRefused: a library that it takes can't be loaded, or is another than it should be.
        ExportFailed: the disk refuses it.
    """
    try:
        create(path, path)
        convert([b'{"slug": "a"}'], path, format_, table=table)
    except OSError as error:
        raise failure(path, error) from None
    except Exception as error:
        reason = f"{format_} can't be written here ({type(error).__name__}: {error})."
        extra = _WRITERS[format_].extra
        mend = f"Mend that by pip install 'reamaze-async[{extra}]'" if extra else "Mend that"
        raise ExportRefused(path, f"{reason} {mend}, or choose another format.") from error
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
