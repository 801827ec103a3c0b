"""Exports of every resource: all formats hold what the truth says, in the same columns."""

import json
from pathlib import Path
from typing import Any

import pytest
from rows import TABLES, read_csv, read_parquet, read_sqlite

import reamaze_async
from reamaze_async import InvalidParameter, ReamazeSession, check_target
from reamaze_async.formats.table import CELLS, name_of
from reamaze_async.resources import NAMES, endpoint_of
from reamaze_async.sandbox import Sandbox
from reamaze_async.wire.schema import Column, Made

export = reamaze_async.export
TRUTHS = {"response_templates": "response_templates", "satisfaction_ratings": "ratings"}
every_resource = pytest.mark.parametrize("name", NAMES)

EMPTY = {
    "conversations": {"last_staff_message", "last_staff_message_at"},
    "messages": {"original_body", "direct_recipients"},
    "contacts": {"facebook", "twitter"},
    "response_templates": {"is_personal"},
}
"""Columns that a list of the sandbox leaves empty, as real ones are seen to."""


def listing(session: ReamazeSession, name: str) -> Any:
    """All of a resource, in the order of the sandbox's truth."""
    how = {"conversations": {"filter": "all"}, "contacts": {"sort": "date"}}
    return getattr(session, name).list(**how.get(name, {}))


def truth(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    """What the sandbox serves of a resource."""
    return [item.json() for item in getattr(sandbox, TRUTHS.get(name, name))]


def value_at(item: Any, path: list[str]) -> Any:
    """What a path leads to, in decoded JSON."""
    for part in path:
        item = item.get(part) if isinstance(item, dict) else None
    return item


def cell_of(column: Column, item: Any) -> Any:
    """A cell as it should be, made without what makes rows."""
    value = value_at(item, column.parts)
    if column.names:
        return name_of(column.names, value)
    if column.kind != "rows":
        return CELLS[column.kind](value)
    assert column.child
    return [{each.name: cell_of(each, one) for each in column.child.columns} for one in value or ()]


def plain(column: Column, cell: Any) -> Any:
    """A cell of Parquet, comparable."""
    if column.kind == "texts":
        return tuple(cell)
    return json.loads(cell) if column.kind == "json" and cell is not None else cell


@every_resource
async def test_rows_that_differ_from_the_truth(sandbox, session, tmp_path, name):
    """Every row holds its item, in every column what stands in the item, in order."""
    pytest.importorskip("pyarrow")
    await export(listing(session, name), tmp_path / "x.parquet")
    rows, items = read_parquet(tmp_path / "x.parquet"), truth(sandbox, name)
    assert [json.loads(row["raw"]) for row in rows] == items
    for column in endpoint_of(name).schema.columns:
        if isinstance(column.path, Made):
            continue
        found = [plain(column, row[column.name]) for row in rows]
        assert found == [plain(column, cell_of(column, item)) for item in items], column.name


@every_resource
async def test_column_that_is_always_empty(session, tmp_path, name):
    """Each column is filled in some row: its path leads to something that there is."""
    pytest.importorskip("pyarrow")
    await export(listing(session, name), tmp_path / "x.parquet")
    rows = read_parquet(tmp_path / "x.parquet")
    empty = {key for key in rows[0] if not any(row[key] not in (None, [], "[]") for row in rows)}
    assert empty == EMPTY.get(name, set())


@every_resource
async def test_tables_that_lack_rows(sandbox, session, tmp_path, name):
    """In SQLite each item is there by its key, and each part of a list belongs to one."""
    await export(listing(session, name), tmp_path / "x.sqlite")
    table, items = TABLES[name], truth(sandbox, name)
    rows = read_sqlite(tmp_path / "x.sqlite", name)
    assert [json.loads(row["raw"]) for row in rows] == items
    keys = [row[table.key] for row in rows]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    for column in (column for column in table.columns if column.child):
        parts = read_sqlite(tmp_path / "x.sqlite", column.child.name, order="1, 2")
        owners = [part[column.child.owner] for part in parts]
        counted = [len(value_at(item, column.parts) or ()) for item in items]
        assert [owners.count(key) for key in keys] == counted


@every_resource
async def test_table_without_columns_of_its_own(sandbox, session, tmp_path, name):
    """A CSV has the columns of its resource, and a row for each item."""
    await export(listing(session, name), tmp_path / "x.csv")
    rows = read_csv(tmp_path / "x.csv")
    assert len(rows) == len(truth(sandbox, name))
    assert list(rows[0]) == [column.name for column in TABLES[name].columns][:-1]


async def test_key_of_a_message_that_is_another(session, tmp_path):
    """The column `key` is what tells messages apart, the same in each read."""
    await export(session.messages.list(), tmp_path / "x.sqlite")
    keys = [row["key"] for row in read_sqlite(tmp_path / "x.sqlite", "messages")]
    assert keys == [endpoint_of("messages").key(item) async for item in session.messages.list()]


@every_resource
async def test_item_that_is_no_object(name):
    """Whatever stands in a list, there is a row for it."""
    for line in (b"5", b"null", b'{"notes":5,"user":[],"conversation":"x"}', b'{"id":{"a":1e999}}'):
        assert len(TABLES[name].row(line)) == len(TABLES[name].columns)


def test_columns_of_another_resource(tmp_path):
    """Columns are checked against the resource that is exported."""
    check_target(tmp_path / "x.csv", columns=["user_email"], resource="messages")
    with pytest.raises(InvalidParameter, match="is no column"):
        check_target(tmp_path / "x.csv", columns=["user_email"])
    with pytest.raises(InvalidParameter, match="resource='mesages' is none: use one of"):
        check_target(tmp_path / "x.csv", resource="mesages")


async def test_export_that_goes_on_with_another(session, tmp_path: Path):
    """An unfinished export of messages isn't gone on with by one of contacts."""
    (tmp_path / "x.ndjson.part").write_bytes(b'{"body":"a"}\n')
    with pytest.raises(reamaze_async.ExportRefused):
        await export(session.contacts.list(), tmp_path / "x.ndjson")
