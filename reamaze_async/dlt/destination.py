"""What the destination of the running pipeline holds already."""

from __future__ import annotations

import dlt
from dlt.common.pipeline import current_pipeline
from dlt.destinations.job_client_impl import SqlJobClientBase

from reamaze_async.formats.table import Table


def merges() -> bool:
    """Whether the running pipeline loads into a database, where rows can be changed and deleted."""
    return _client() is not None


def keys_in(of: Table) -> set[str]:
    """The keys of the rows that the destination holds; none where it isn't a database.

    Args:
        of: the table.
    """
    client = _client()
    if client is None:
        return set()
    naming = client.schema.naming
    table, column = naming.normalize_table_identifier(of.name), naming.normalize_identifier(of.key)
    with client:
        is_there, columns = client.get_storage_table(table)
        if not is_there or column not in columns:
            return set()
        sql = client.sql_client
        where, what = sql.make_qualified_table_name(table), sql.escape_column_name(column)
        rows = sql.execute_sql(f"SELECT {what} FROM {where}")  # noqa: S608 - names, escaped
        return {key for (key,) in rows or ()}


def _client() -> SqlJobClientBase | None:
    if current_pipeline() is None or dlt.current.pipeline().destination is None:
        return None
    client = dlt.current.pipeline().destination_client()
    return client if isinstance(client, SqlJobClientBase) else None
