"""What the destination of the running pipeline holds already."""

from __future__ import annotations

import dlt
from dlt.common.pipeline import current_pipeline
from dlt.destinations.job_client_impl import SqlJobClientBase

from reamaze_async.formats.table import Table


def merges() -> bool:
    """Whether the running pipeline loads into a database, where rows can be changed and deleted."""
    return _client() is not None


def lacks(table: Table) -> bool:
    """Whether the destination is a database that hasn't got a table, such as a dropped one."""
    client = _client()
    if client is None:
        return False
    with client:
        return not _is_there(client, table)


def keys_in(table: Table) -> set[str]:
    """The keys of the rows that the destination holds; none where it isn't a database.

    Args:
        table: the table.
    """
    client = _client()
    if client is None:
        return set()
    with client:
        if not _is_there(client, table):
            return set()
        sql, naming = client.sql_client, client.schema.naming
        where = sql.make_qualified_table_name(naming.normalize_table_identifier(table.name))
        key = sql.escape_column_name(naming.normalize_identifier(table.key))
        rows = sql.execute_sql(f"SELECT {key} FROM {where}")  # noqa: S608 - names, escaped
        return {found for (found,) in rows or ()}


def _is_there(client: SqlJobClientBase, table: Table) -> bool:
    name = client.schema.naming.normalize_table_identifier(table.name)
    return client.get_storage_table(name)[0]


def _client() -> SqlJobClientBase | None:
    if current_pipeline() is None or dlt.current.pipeline().destination is None:
        return None
    client = dlt.current.pipeline().destination_client()
    return client if isinstance(client, SqlJobClientBase) else None
