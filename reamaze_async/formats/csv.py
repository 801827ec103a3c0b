"""CSV for spreadsheets.

UTF-8 with a byte order mark, without which Excel takes it for something else; commas; CRLF; times
in UTC as `2026-03-02 17:15:04.512`, which spreadsheets know as times. A text that a spreadsheet
would run as a formula is prefixed with `'`. Null and empty text look the same: use another format
where that matters.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from .table import Kind, Table

BUFFER = 2**20

_FORMULA = tuple("=+-@\t")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d+)?%?", re.ASCII | re.IGNORECASE)
_TELEPHONE = re.compile(r"\+(?=(\D*\d){5,15}\D*$)[\d ().\-/]+", re.ASCII)


def write(lines: Iterable[bytes], path: Path, table: Table) -> None:
    """Write lines as CSV, with a row of names above."""
    shown = [_SHOWN[column.kind] for column in table.columns]
    with path.open("w", encoding="utf-8-sig", newline="", buffering=BUFFER) as file:
        rows = csv.writer(file)
        rows.writerow([column.name for column in table.columns])
        for line in lines:
            row = table.row(line)
            rows.writerow([show(cell) for show, cell in zip(shown, row, strict=True)])


def harmless(text: str | None) -> str | None:
    """The text, prefixed with `'` if a spreadsheet would run it.

    A plain number or telephone number stays as it is.
    """
    if not text or not text.startswith(_FORMULA):
        return text
    if _NUMBER.fullmatch(text) or _TELEPHONE.fullmatch(text):
        return text
    return "'" + text


def _moment(cell: datetime | None) -> str | None:
    if cell is None:
        return None
    return cell.replace(tzinfo=None).isoformat(" ", "milliseconds")


def _texts(cell: tuple[str, ...]) -> str | None:
    return harmless(", ".join(cell))


_SHOWN: dict[Kind, Callable[[Any], Any]] = {
    "text": harmless,
    "json": harmless,
    "integer": lambda number: number,
    "boolean": lambda truth: None if truth is None else str(truth).lower(),
    "instant": _moment,
    "texts": _texts,
    "people": lambda people: _texts(tuple(p.email or p.name or "?" for p in people)),
}
