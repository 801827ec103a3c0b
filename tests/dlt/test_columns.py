"""What dlt is told of tables, and the records that it takes."""

from itertools import chain

import pytest

from reamaze_async.formats.rows import table_of
from reamaze_async.resources.table import ENDPOINTS

pytest.importorskip("dlt.extract", reason="needs: pip install 'dlt[duckdb]'")

from reamaze_async.dlt import columns

TABLES = [table_of(endpoint.schema, lambda line: "k") for endpoint in ENDPOINTS]
everywhere = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@everywhere
def test_column_without_a_hint(table):
    """Each column has a type, or a child table whose columns have."""
    hints = columns.hints_of(table, is_merged=True)
    children = columns.child_hints_of(table)
    assert [hint["name"] for hint in hints][-1] == columns.GONE
    assert {h["name"] for h in hints[:-1]} | set(children) == {c.name for c in table.columns}
    assert all(hint["data_type"] for hint in chain(hints, *children.values()))
    assert [hint["name"] for hint in hints if not hint.get("nullable", True)] == [table.key]


@everywhere
def test_hint_that_two_columns_share(table):
    """Each hint is a dict of its own, each time: dlt changes them in place."""
    twice = [columns.hints_of(table, is_merged=True) for _ in range(2)]
    twice += [columns.child_hints_of(table)[name] for name in columns.child_hints_of(table)]
    hints = [id(hint) for some in twice for hint in some]
    assert len(set(hints)) == len(hints)


@everywhere
def test_record_that_lacks_a_column(table):
    """A record names each column, also of an item that says nothing; lists are lists."""
    record = columns.record_of(table, table.row(b"{}"))
    assert list(record) == [column.name for column in table.columns]
    assert all(record[name] == [] for name in columns.child_hints_of(table))


def test_follower():
    """Rows in a cell become dicts, texts stay texts."""
    table = TABLES[0]
    line = b'{"slug": "a", "tag_list": ["x", "y"], "followers": [{"id": 7, "staff?": true}]}'
    record = columns.record_of(table, table.row(line))
    assert record["tags"] == ["x", "y"]
    assert record["followers"] == [{"id": 7, "name": None, "email": None, "is_staff": True}]


def test_child_table_that_is_not_made():
    """The record that makes child tables has one of each, and is deleted as it comes."""
    record = columns.placeholder(TABLES[0])
    assert record["slug"] == ""
    assert record[columns.GONE]
    assert record["tags"] == [""]
    assert set(record["followers"][0]) == {"id", "name", "email", "is_staff"}
