"""Files: the part file that survives a kill, and the finished formats made from it.

Nothing here knows of requests. `part` appends and syncs; the other modules each turn a finished
part file into one format, line by line, in bounded memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

from reamaze_async.errors import InvalidParameter

Format = Literal["ndjson", "ndjson.gz", "ndjson.zst", "csv", "parquet", "sqlite"]

FORMATS: tuple[Format, ...] = get_args(Format)

_COMPRESSED = (".gz", ".zst")


def format_of(path: str | Path, format: str | None = None) -> Format:  # noqa: A002 - the option's name
    """The format of a file: the word given, else by the file's ending.

    `"ndjson"` with a file that ends in `.gz` or `.zst` means the compressed kind.

    Raises:
        InvalidParameter: neither says which.
    """
    name = Path(path).name.lower()
    if format is None:
        for known in FORMATS:
            if name.endswith(f".{known}"):
                return known
        endings = ", ".join(f".{known}" for known in FORMATS)
        message = f"{name!r} has no known ending: use one of {endings}, or say which format."
        raise InvalidParameter(message)
    return _named(format, name)


def _named(format: Any, name: str) -> Format:  # noqa: A002 - as above
    if format == "ndjson":
        ending = next((ending for ending in _COMPRESSED if name.endswith(ending)), "")
        format = f"ndjson{ending}"  # noqa: A001 - as above
    if format not in FORMATS:
        message = f"format={format!r} is unknown: use one of {', '.join(FORMATS)}."
        raise InvalidParameter(message)
    known: Format = format
    return known
