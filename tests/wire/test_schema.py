"""Schemas: what each record says of its columns."""

import pytest

from reamaze_async.resources import NAMES, endpoint_of
from reamaze_async.wire.schema import Column, Made, Schema, numbered, several, within

SCHEMAS = [endpoint_of(name).schema for name in NAMES]


@pytest.mark.parametrize("schema", SCHEMAS, ids=NAMES)
def test_columns_that_do_not_fit_together(schema):
    """Each table has its key and `raw`, the last; no name twice; lists have tables."""
    names = [column.name for column in schema.columns]
    assert len(set(names)) == len(names)
    assert (names[-1], schema.columns[-1].path) == ("raw", Made.WHOLE)
    assert {schema.key, *schema.indexed} <= set(names)
    for column in schema.columns:
        assert (column.child is not None) is (column.kind in ("texts", "rows"))


@pytest.mark.parametrize("schema", SCHEMAS, ids=NAMES)
def test_secret_in_a_column(schema):
    """The link by which anybody can read a conversation is in no column but `raw`."""
    paths = [column.path for column in schema.columns]
    assert not [path for path in paths if isinstance(path, str) and "perma" in path]


def test_table_that_two_resources_share():
    """All tables of a database of everything have names of their own."""
    children = [it.child.name for schema in SCHEMAS for it in schema.columns if it.child]
    tables = [*NAMES, *children]
    assert len(set(tables)) == len(tables)


def test_reference_to_nothing():
    """A column refers to one that there is."""
    there = {f"{schema.name}.{column.name}" for schema in SCHEMAS for column in schema.columns}
    there.add("conversations.id")
    columns = [column for schema in SCHEMAS for column in schema.columns]
    columns += [each for column in columns if column.child for each in column.child.columns]
    assert {column.refers for column in columns if column.refers} <= there


def test_columns_in_short():
    """Several of a kind, those within a part, and a number beside its name."""
    assert several("instant", "at") == (Column("at", "instant"),)
    assert within("user", "name") == (Column("user_name", path="user.name"),)
    number, name = numbered("status", SCHEMAS[0].columns[5].names or NotImplemented)
    assert (number.kind, name.name, name.kind, name.parts) == (
        "integer", "status_name", "text", ["status"],
    )  # fmt: skip
    assert Schema("things", "id", several("text", "id")).columns[-1].name == "raw"
