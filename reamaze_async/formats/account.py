"""One database of everything an account holds: a table each, what refers to what, and views.

References are declared and not enforced: things move while they are read, so that a message may
name a conversation that was gone when conversations were read.

Views answer what is asked first. `threads` has each conversation's messages, oldest first, with
their `position`. `first_responses` has for each conversation the `seconds` from its first customer
message to the first regular message of staff after it; null where there is none. Whoever wrote a
message without a user, as bots and the deleted do, is neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reamaze_async.resources import endpoint_of
from reamaze_async.wire.schema import Column, Schema

from . import sqlite
from .rows import table_of
from .table import Row, Table

NUMBER = Column("id", "integer")
"""A conversation's number: its list lacks it, ratings refer to it, messages carry it."""

MANIFEST = "manifest"

_THREADS = """
CREATE VIEW threads AS
SELECT
    conversation_slug AS slug,
    row_number() OVER (
        PARTITION BY conversation_slug ORDER BY created_at, rowid DESC
    ) AS position,
    created_at, visibility, visibility_name, user_is_staff, user_name, user_email, body, key
FROM messages"""

_FIRST_RESPONSES = """
CREATE VIEW first_responses AS
WITH asked AS (
    SELECT slug, min(position) AS position FROM threads
    WHERE user_is_staff = 0 AND created_at IS NOT NULL GROUP BY slug
), answered AS (
    SELECT slug, min(threads.position) AS position FROM threads JOIN asked USING (slug)
    WHERE user_is_staff = 1 AND ifnull(threads.visibility, 0) = 0
        AND threads.position > asked.position
    GROUP BY slug
)
SELECT
    all_of_them.slug AS slug,
    round((julianday(answer.created_at) - julianday(question.created_at)) * 86400, 3) AS seconds
FROM (SELECT {slug} AS slug FROM {table}) AS all_of_them
LEFT JOIN asked USING (slug)
LEFT JOIN answered USING (slug)
LEFT JOIN threads AS question
    ON question.slug = asked.slug AND question.position = asked.position
LEFT JOIN threads AS answer
    ON answer.slug = answered.slug AND answer.position = answered.position"""

_DOUBLE = """
UPDATE conversations SET id = NULL
WHERE id IN (SELECT id FROM conversations GROUP BY id HAVING count(*) > 1)"""

_NUMBERED = """
UPDATE OR IGNORE conversations SET id = (
    SELECT conversation_id FROM messages
    WHERE conversation_slug = conversations.slug AND conversation_id IS NOT NULL LIMIT 1
) WHERE id IS NULL"""


def with_number(schema: Schema) -> Schema:
    """The schema of conversations with a column for their number."""
    *columns, raw = schema.columns
    return replace(schema, columns=(*columns, NUMBER, raw))


def table_of_account(name: str, home: str | None = None) -> Table:
    """The table of a resource in a database of everything."""
    endpoint = endpoint_of(name)
    schema = with_number(endpoint.schema) if name == "conversations" else endpoint.schema
    return table_of(schema, endpoint.key_of, home=home)


def write(
    contents: Mapping[Table, Iterable[bytes]], manifest: Iterable[Mapping[str, Any]], path: Path
) -> None:
    """Write everything into a new database.

    Args:
        contents: for each table its items' JSON.
        manifest: a row for each resource: its `resource`, `state`, ... all with the same names.
        path: an empty file, or none yet.

    Raises:
        OSError: it can't be written.
    """
    names = {table.name for table in contents}
    with sqlite.new(path) as base:
        for table, lines in contents.items():
            sqlite.fill(base, table, lines, names)
        _join(base, names)
        _tell(base, list(manifest))


def _join(base: sqlite3.Connection, names: set[str]) -> None:
    """Fill in what one table knows of another, and make the views."""
    has_conversations = "conversations" in names
    if has_conversations:
        # Ratings refer to it, whether or not messages tell the numbers.
        base.execute(_DOUBLE)
        base.execute("CREATE UNIQUE INDEX conversations_id ON conversations (id)")
    if "messages" not in names:
        return
    if has_conversations:
        base.execute(_NUMBERED)
    base.execute(_THREADS)
    whole = ("slug", "conversations") if has_conversations else ("DISTINCT slug", "threads")
    slug, table = whole
    base.execute(_FIRST_RESPONSES.format(slug=slug, table=table))


def _tell(base: sqlite3.Connection, rows: list[Mapping[str, Any]]) -> None:
    """Write the manifest."""
    names = list(rows[0])
    numbers = {name for row in rows for name in names if isinstance(row[name], int)}
    columns = [f"{name} {'INTEGER' if name in numbers else 'TEXT'}" for name in names]
    base.execute(f"CREATE TABLE {MANIFEST} ({', '.join(columns)}, PRIMARY KEY ({names[0]}))")
    marks = ", ".join("?" * len(names))
    cells: list[Row] = [[row[name] for name in names] for row in rows]
    base.executemany(f"INSERT INTO {MANIFEST} VALUES ({marks})", cells)  # noqa: S608 - names of ours
