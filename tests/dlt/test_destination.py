"""What a destination is known to hold."""

import pytest
from warehouses import Warehouse

from reamaze_async.formats.rows import table_of
from reamaze_async.resources.conversations import SCHEMA

dlt = pytest.importorskip("dlt", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("dlt.pipeline", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("duckdb", reason="needs: pip install 'dlt[duckdb]'")

from reamaze_async.dlt.destination import keys_in, merges  # noqa: E402 - if dlt is installed

TABLE = table_of(SCHEMA)


def test_no_pipeline(monkeypatch):
    """Without a pipeline, as in a loop over the source, nothing is known, and none is made."""
    monkeypatch.setattr("reamaze_async.dlt.destination.current_pipeline", lambda: None)
    assert keys_in(TABLE) == set()
    assert not merges()


def test_keys(warehouse):
    """Before the first run there are none; afterwards those of all rows."""
    assert keys_in(TABLE) == set()
    warehouse.run()
    assert merges()
    assert keys_in(TABLE) == {found.slug for found in warehouse.sandbox.conversations}


def test_destination_that_is_no_database(beside, tmp_path):
    """Of files nothing is known."""
    folder = dlt.destinations.filesystem(bucket_url=(tmp_path / "files").as_uri())
    Warehouse(beside, tmp_path, folder).run()
    assert keys_in(TABLE) == set()
    assert not merges()
