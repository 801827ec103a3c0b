"""A pipeline into DuckDB, and a sandbox in a thread beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from shells import served
from warehouses import Warehouse

from reamaze_async.sandbox import Sandbox


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let dlt tell nobody of its runs, and find no settings but the test's."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def beside() -> Iterator[Sandbox]:
    """A sandbox of 200 conversations on 7 pages."""
    with served(200, seed=7) as sandbox:
        yield sandbox


@pytest.fixture
def warehouse(beside: Sandbox, tmp_path: Path) -> Warehouse:
    """A warehouse of the sandbox beside."""
    return Warehouse(beside, tmp_path)
