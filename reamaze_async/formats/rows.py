"""Rows: an item's JSON as the cells of a schema's columns.

An item is decoded straight into cells, by Structs that are made of the columns. Only one that they
refuse is read value by value, as models read them; and field by field, if it can't be decoded as a
whole: what can't be read costs its own cell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from operator import attrgetter, itemgetter
from typing import Annotated, Any
from urllib.parse import quote

import msgspec

from reamaze_async.models import user_of_text
from reamaze_async.wire.lenient import without_half_pairs
from reamaze_async.wire.parts import MALFORMED, parts_of
from reamaze_async.wire.schema import Column, Kind, Made, Schema

from .table import CELLS, LARGEST, Row, Table, instant, name_of, names_of, text

Cell = Callable[[Any], Any]
KeyOf = Callable[[bytes], str | None]

_NULL = msgspec.Raw(b"null")


def table_of(schema: Schema, key: KeyOf | None = None, *, home: str | None = None) -> Table:
    """The table of a schema.

    Args:
        schema: its columns.
        key: gives what tells an item from others, by its JSON; may raise `msgspec.DecodeError`.
        home: where the brand lives, such as `https://acme.reamaze.io`.
    """
    row = _Typed(schema, key, home)
    return Table(schema.name, schema.key, schema.columns, row, schema.indexed)


# --- an item as it should be ------------------------------------------------------------------


_TYPES: dict[Kind, Any] = {
    "text": str,
    "integer": Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)],
    "boolean": bool,
    "instant": datetime,
}
"""The kinds of cells that are decoded as such."""

_Fields = dict[str, Any]
"""The types of an object's fields; of an object inside it, likewise its fields."""


class _Typed:
    """Makes the rows of a schema."""

    def __init__(self, schema: Schema, key: KeyOf | None, home: str | None) -> None:
        self._loose = _Loose(schema, key, home)
        fields: _Fields = {}
        for column in schema.columns:
            if not isinstance(column.path, Made):
                _add(fields, column)
        if any(column.path is Made.PAGE for column in schema.columns):
            fields.setdefault("slug", str | None)
        kind, self._values, paths = _reader(fields)
        self._decode = msgspec.json.Decoder(kind).decode
        places: list[str | Made] = [*paths, Made.WHOLE, Made.KEY]
        self._order = itemgetter(*(places.index(_place(column)) for column in schema.columns))
        made = {
            Made.KEY: partial(_key, key) if key else _nothing,
            Made.PAGE: partial(admin_page, home),
        }
        cells = [
            made.get(column.path) if isinstance(column.path, Made) else _finish(column)
            for column in schema.columns
        ]
        self._unfinished = [(place, cell) for place, cell in enumerate(cells) if cell]

    def __call__(self, line: bytes) -> Row:
        """The row of an item."""
        try:
            item, raw = self._decode(line), line.decode()
        except MALFORMED:
            return self._loose(line)
        cells = list(self._order((*self._values(item), raw, line)))
        for place, cell in self._unfinished:
            cells[place] = cell(cells[place])
        return cells


def _add(fields: _Fields, column: Column) -> None:
    """Add what a column reads."""
    *parts, name = column.parts
    for part in parts:
        fields = fields.setdefault(part, {})
    kind = "integer" if column.names else column.kind
    fields[name] = msgspec.Raw if _is_json(column) else _TYPES.get(kind, Any) | None


def _place(column: Column) -> str | Made:
    """The path of what a column is made of."""
    if column.path is Made.PAGE:
        return "slug"
    return column.path if isinstance(column.path, Made) else ".".join(column.parts)


def _finish(column: Column) -> Cell | None:
    """What makes a cell of a decoded value, if it isn't one already."""
    if column.names:
        return names_of(column.names).get
    if column.kind == "instant":
        return instant
    return None if column.kind in _TYPES else _cell(column)


def _reader(fields: _Fields) -> tuple[type[Any], Callable[[Any], list[Any]], list[str]]:
    """A Struct of these fields, what gives the values in one, and their paths in that order."""
    kinds, paths = [], list(fields)
    objects: list[tuple[int, Callable[[Any], list[Any]], Any]] = []
    for place, (name, kind) in enumerate(fields.items()):
        default = _NULL if kind is msgspec.Raw else None
        if isinstance(kind, dict):
            inside, values_of, below = _reader(kind)
            objects.append((place, values_of, inside()))
            paths += [f"{name}.{path}" for path in below]
            kind = inside | None  # noqa: PLW2901 - the field's own type
        kinds.append((f"field_{place}", kind, msgspec.field(default=default, name=name)))
    struct = msgspec.defstruct("Item", kinds, gc=False)
    own = msgspec.structs.astuple

    def values(item: Any) -> list[Any]:
        found = [*own(item)]
        for place, values_of, nothing in objects:
            found += values_of(found[place] or nothing)
        return found

    return struct, values, paths


# --- an item as it came -----------------------------------------------------------------------


_Step = tuple[int, str | None, Cell]
"""How one cell is made: of which part of an item, of which field of it, by what."""


class _Loose:
    """Makes the rows of items that hold anything."""

    def __init__(self, schema: Schema, key: KeyOf | None, home: str | None) -> None:
        read = [column for column in schema.columns if not isinstance(column.path, Made)]
        has_page = any(column.path is Made.PAGE for column in schema.columns)
        parts = [column.parts[0] for column in read] + (["slug"] if has_page else [])
        self._parts = list(dict.fromkeys(parts))
        raws = {column.parts[0] for column in read if _is_json(column)}
        fields = [
            (f"part_{i}", msgspec.Raw, msgspec.field(default=_NULL, name=part))
            if part in raws
            else (f"part_{i}", Any, msgspec.field(default=None, name=part))
            for i, part in enumerate(self._parts)
        ]
        self._kind = msgspec.defstruct("Item", fields, gc=False)
        self._decode = msgspec.json.Decoder(self._kind).decode
        self._values = attrgetter(*(name for name, *_ in fields))
        self._steps = [self._step(column, key, home) for column in schema.columns]
        self._split_parts = {part for part, field, _ in self._steps if field is not None}

    def __call__(self, line: bytes) -> Row:
        """The row of an item."""
        try:
            item, raw = self._decode(line), line.decode()
        except MALFORMED:
            item, raw = self._read_oddities(line), line.decode(errors="replace")
        values = [*self._values(item), raw, line]
        for part in self._split_parts:
            if type(values[part]) is not dict:
                values[part] = _spelled_out(self._parts[part], values[part])
        cells: list[Any] = []
        for part, field, cell in self._steps:
            value = values[part] if field is None else values[part].get(field)
            # Most cells are texts, and stay as they are.
            if cell is not text or (value is not None and type(value) is not str):
                value = cell(value)
            cells.append(value)
        return cells

    def _step(self, column: Column, key: KeyOf | None, home: str | None) -> _Step:
        match column.path:
            case Made.WHOLE:
                return (len(self._parts), None, _itself)
            case Made.KEY:
                return (len(self._parts) + 1, None, partial(_key, key) if key else _nothing)
            case Made.PAGE:
                return (self._parts.index("slug"), None, partial(admin_page, home))
        part, *inside = column.parts
        cell = _cell(column)
        if len(inside) > 1:
            cell = _deeper(inside[1:], cell)
        return (self._parts.index(part), inside[0] if inside else None, cell)

    def _read_oddities(self, line: bytes) -> Any:
        """Read JSON that msgspec refuses, field by field."""
        mended = without_half_pairs(line).decode(errors="replace").encode()
        try:
            parts = parts_of(mended)
        except (msgspec.DecodeError, RecursionError):
            whole = _plain(mended)
            if not isinstance(whole, dict):
                return self._kind()
            parts = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in whole.items()}
        fields: dict[str, Any] = {}
        for known in msgspec.structs.fields(self._kind):
            if known.encode_name in parts:
                part = parts[known.encode_name]
                fields[known.name] = part if known.type is msgspec.Raw else _plain(part)
        return self._kind(**fields)


_PEOPLE = ("author", "assignee", "user", "creator", "followers", "recipients")
_EXCERPTS = ("message", "last_customer_message", "last_staff_message")


def _spelled_out(part: str, value: Any) -> dict[str, Any]:
    """A part that isn't an object, as one: a plain text means what models take it for."""
    if not isinstance(value, str) or not value.strip():
        return {}
    if part in _PEOPLE:
        return user_of_text(value)
    return {"body": value} if part in _EXCERPTS else {}


def _is_json(column: Column) -> bool:
    return column.kind == "json" and len(column.parts) == 1


def _cell(column: Column) -> Cell:
    """What makes a cell of the value that its column's path leads to."""
    if column.names:
        return partial(name_of, column.names)
    if column.kind == "rows":
        assert column.child
        columns = [(each.parts, _cell(each)) for each in column.child.columns]
        return partial(_rows, column.parts[-1], columns)
    return _json if _is_json(column) else CELLS[column.kind]


def _rows(part: str, columns: list[tuple[list[str], Cell]], value: Any) -> tuple[Row, ...]:
    """What an item has several of; none if there is no list."""
    if not isinstance(value, list):
        return ()
    entries = (it if isinstance(it, dict) else _spelled_out(part, it) or None for it in value)
    return tuple(
        tuple(cell(_inside(entry, parts)) for parts, cell in columns)
        for entry in entries
        if entry is not None
    )


def _deeper(parts: list[str], cell: Cell) -> Cell:
    return lambda value: cell(_inside(value, parts))


def _inside(value: Any, parts: list[str]) -> Any:
    outer = ""
    for part in parts:
        known = value if isinstance(value, Mapping) else _spelled_out(outer, value)
        value, outer = known.get(part), part
    return value


def _json(value: msgspec.Raw) -> str | None:
    known = bytes(value)
    return None if known == b"null" else known.decode(errors="replace")


def _itself(value: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    return None


def _key(key: KeyOf, line: bytes) -> str | None:
    with suppress(*MALFORMED):
        return key(line)
    return None


def admin_page(home: str | None, slug: Any) -> str | None:
    """The page of a conversation for staff (a guess: the web app was seen on the older host)."""
    name = text(slug)
    if home is None or not name:
        return None
    host = home.removesuffix(".reamaze.io")
    web = f"{host}.reamaze.com" if host != home else home
    return f"{web}/admin/conversations/{quote(name, safe='')}"


def _plain(value: bytes | msgspec.Raw) -> Any:
    """A value of JSON, with what is no number of ours as text; null if it is nested too deep."""
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        with suppress(ValueError, RecursionError):
            return json.loads(
                bytes(value), parse_int=_number, parse_float=_number, parse_constant=str
            )
    return None


def _number(digits: str) -> int | float | str:
    """A number, or its digits as text if it is beyond all bounds."""
    if len(digits) < 300 and digits.lstrip("-").isdigit():
        return int(digits)
    return number if math.isfinite(number := float(digits)) else digits
