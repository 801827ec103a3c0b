"""A database to be, and its rows."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database to be."""
    return tmp_path / "x.sqlite"


@pytest.fixture
def rows(path: Path) -> Callable[[str], list[Any]]:
    """Asks the database."""

    def rows(question: str) -> list[Any]:
        with closing(sqlite3.connect(path)) as base:
            return base.execute(question).fetchall()

    return rows
