"""CSV for spreadsheets.

UTF-8 with a byte order mark, without which Excel takes it for something else; commas; CRLF; times
in UTC as `2026-03-02 17:15:04.512`, which spreadsheets know as times. Null and empty text look the
same: use another format where that matters.

A text that a spreadsheet would run as a formula is defused with `'`, also behind a semicolon, a tab
or a line break inside: half of Europe's spreadsheets separate by semicolons, and see cells and rows
there. What is longer than a cell of a spreadsheet is cut, with a mark.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import is_not
from pathlib import Path
from typing import Any

from reamaze_async.wire.schema import Column, Kind

from .table import Row, Table

BUFFER = 2**20

LONGEST = 32_767
"""Characters that a cell of a spreadsheet holds, as UTF-16 counts them."""

MARK = "… [cut: a spreadsheet holds no more]"

# Full-width signs are formulas to spreadsheets in some languages. Quotes may be dropped by whoever
# reads.
_BEGINNING = re.compile(r"(^|[,;|\t\r\n])\"{0,20}(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])")
_NEXT_CELL = re.compile(r"[,;|\t\r\n]|$")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d+)?%?", re.ASCII | re.IGNORECASE)
_TELEPHONE = re.compile(r"\+(?=(\D*\d){5,15}\D*$)[\d ().\-/]+", re.ASCII)


def write(lines: Iterable[bytes], path: Path, table: Table) -> int:
    """Write lines as CSV, with a row of names above; return how many cells were cut."""
    cut = 0
    shown = [_shown(column) for column in table.columns]
    with path.open("w", encoding="utf-8-sig", newline="", buffering=BUFFER) as file:
        rows = csv.writer(file)
        rows.writerow([column.name for column in table.columns])
        for line in lines:
            row = table.row(line)
            cells = [show(cell) for show, cell in zip(shown, row, strict=True)]
            # Anything that long makes a long line; most lines are shorter.
            if len(line) > LONGEST // 2:
                fitting = [fit(cell) for cell in cells]
                cut += sum(map(is_not, fitting, cells))
                cells = fitting
            rows.writerow(cells)
    return cut


def harmless(text: str | None) -> str | None:
    """The text, with `'` where a spreadsheet would run what follows.

    A plain number or telephone number stays as it is.
    """
    if not text or not (_BEGINNING.search(text) or text[0] in "\t\r\n"):
        return text
    if _NUMBER.fullmatch(text) or _TELEPHONE.fullmatch(text):
        return text
    defused = _BEGINNING.sub(_defused, text)
    return "'" + defused if defused[0] in "\t\r\n" else defused


def _defused(found: re.Match[str]) -> str:
    text, begin = found.string, found.end()
    following = _NEXT_CELL.search(text, begin)
    rest = text[begin : following.start() if following else None].strip(' "')
    if found[1] and (_NUMBER.fullmatch(rest) or _TELEPHONE.fullmatch(rest)):
        return found[0]
    return found[0] + "'"


def fit(cell: Any) -> Any:
    """A cell, cut if it is longer than a spreadsheet holds."""
    if not isinstance(cell, str) or len(cell) <= LONGEST // 2:
        return cell
    units = cell.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return cell
    return units[: 2 * (LONGEST - len(MARK))].decode("utf-16-le", errors="ignore") + MARK


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
}


def _shown(column: Column) -> Callable[[Any], Any]:
    """What makes a column's cells fit for a spreadsheet."""
    if column.child is None or column.kind != "rows":
        return _SHOWN[column.kind]
    names = [each.name for each in column.child.columns]
    places = [names.index(name) for name in column.child.shown]
    return lambda rows: _texts(tuple(_one(row, places) for row in rows))


def _one(row: Row, places: Sequence[int]) -> str:
    """What stands for a row within a cell."""
    found = (row[place] for place in places)
    return next((str(word) for word in found if word not in (None, "")), "?")
