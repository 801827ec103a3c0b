"""Exports of everything, read back and compared with the truth."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from rows import TABLES

from reamaze_async.resources import NAMES
from reamaze_async.sandbox import Sandbox
from reamaze_async.sandbox.reports import first_response

TRUTHS = {"satisfaction_ratings": "ratings"}


def truth(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    """What the sandbox serves of a resource."""
    return [item.json() for item in getattr(sandbox, TRUTHS.get(name, name))]


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def states(folder: Path) -> dict[str, str]:
    """How it stands with each resource."""
    return {name: entry["state"] for name, entry in manifest(folder)["resources"].items()}


def files(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(path.name for path in folder.iterdir())


def check_folder(sandbox: Sandbox, folder: Path, names: tuple[str, ...] = NAMES) -> None:
    """Every file holds the truth, in order, and nothing else stands there."""
    assert files(folder) == sorted([*(f"{name}.ndjson" for name in names), "manifest.json"])
    for name in names:
        lines = (folder / f"{name}.ndjson").read_bytes().splitlines()
        assert list(map(json.loads, lines)) == truth(sandbox, name), name


def check_database(sandbox: Sandbox, path: Path) -> None:
    """Every table holds the truth, and what belongs together can be joined."""
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        for name in NAMES:
            rows = base.execute(f"SELECT raw FROM {name} ORDER BY rowid").fetchall()
            assert [json.loads(raw) for (raw,) in rows] == truth(sandbox, name), name
        numbers = dict(base.execute("SELECT slug, id FROM conversations"))
        assert numbers == {it.slug: it.id for it in sandbox.conversations}
        seconds = dict(base.execute("SELECT slug, seconds FROM first_responses"))
        # Who wrote without a user is a customer to the sandbox, and nobody to us.
        known = [it for it in sandbox.conversations if all(m.user for m in it.messages)]
        assert {it.slug: seconds[it.slug] for it in known} == {
            it.slug: first_response(it) for it in known
        }


def children(path: Path) -> dict[str, int]:
    """How many rows the tables of lists have."""
    lists = [
        column.child.name for table in TABLES.values() for column in table.columns if column.child
    ]
    with closing(sqlite3.connect(path)) as base:
        return {name: base.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in lists}
