"""The finished formats, read by the programs that people read them with.

What isn't installed is skipped; the nox session `readers` installs it all.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rows import CONVERSATIONS

from reamaze_async.formats import FORMATS, convert, table_for
from reamaze_async.sandbox import World

COUNT = 1000
OPEN = "status = 0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every format that can be made here."""
    folder = tmp_path_factory.mktemp("formats")
    lines = [conversation.encoded() for conversation in World(COUNT, seed=8).conversations]
    (folder / "x.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
    for format_ in FORMATS[1:]:
        try:
            table = table_for(CONVERSATIONS, format_)
            convert(lines, folder / f"x.{format_}", format_, table=table)
        except ModuleNotFoundError:
            continue
    return folder


@pytest.fixture(scope="module")
def opened() -> int:
    """How many of them are open."""
    return sum(conversation.status == 0 for conversation in World(COUNT, seed=8).conversations)


def run(*command: str) -> str:
    """What a program says."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def at(folder: Path, ending: str) -> str:
    """The file with this ending."""
    path = folder / f"x.{ending}"
    if not path.exists():
        pytest.skip(f"{ending} can't be made here")
    return str(path)


# --- the shell ------------------------------------------------------------------------------------


def test_jq_counts_otherwise(folder, opened):
    """`jq` reads every line."""
    said = run(
        "jq", "-s", '"\\(length) \\(map(select(.status == 0)) | length)"', at(folder, "ndjson")
    )
    assert json.loads(said) == f"{COUNT} {opened}"


@pytest.mark.parametrize(("ending", "program"), [("ndjson.gz", "gzip"), ("ndjson.zst", "zstd")])
def test_packed_otherwise(folder, ending, program):
    """`gzip -dc` and `zstd -dc` give the same NDJSON back."""
    assert run(program, "-dc", at(folder, ending)) == (folder / "x.ndjson").read_text().strip()


def test_sqlite3_counts_otherwise(folder, opened):
    """`sqlite3` reads the tables."""
    count = f"SELECT count(*), sum({OPEN}) FROM conversations"
    assert run("sqlite3", at(folder, "sqlite"), count) == f"{COUNT}|{opened}"


# --- data frames ----------------------------------------------------------------------------------

DUCKDB = {
    "ndjson": "read_json('{}', union_by_name = true)",
    "ndjson.gz": "read_json('{}', union_by_name = true)",
    "ndjson.zst": "read_json('{}', union_by_name = true)",
    "csv": "read_csv('{}')",
    "parquet": "read_parquet('{}')",
}


@pytest.mark.parametrize("ending", DUCKDB)
def test_duckdb_counts_otherwise(folder, opened, ending):
    """DuckDB reads each, and knows times as times."""
    duckdb = pytest.importorskip("duckdb")
    source = DUCKDB[ending].format(at(folder, ending))
    question = (
        f"SELECT count(*), count(*) FILTER ({OPEN}), typeof(any_value(created_at)) FROM {source}"
    )
    [(count, how_many, kind)] = duckdb.sql(question).fetchall()
    assert (count, how_many) == (COUNT, opened)
    assert kind.startswith("TIMESTAMP") or ending.startswith("ndjson")


PANDAS: dict[str, Callable[[Any, str], Any]] = {
    "ndjson": lambda pandas, path: pandas.read_json(path, lines=True),
    "ndjson.gz": lambda pandas, path: pandas.read_json(path, lines=True),
    "csv": lambda pandas, path: pandas.read_csv(path, parse_dates=["created_at"]),
    "parquet": lambda pandas, path: pandas.read_parquet(path),
}


@pytest.mark.parametrize("ending", PANDAS)
def test_pandas_counts_otherwise(folder, opened, ending):
    """Pandas reads each, and knows times as times."""
    frame = PANDAS[ending](pytest.importorskip("pandas"), at(folder, ending))
    assert (len(frame), int((frame["status"] == 0).sum())) == (COUNT, opened)
    assert str(frame["created_at"].dtype).startswith("datetime64") or ending.startswith("ndjson")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_polars_counts_otherwise(folder, opened, ending):
    """Polars reads each, with all columns."""
    polars = pytest.importorskip("polars")
    read = polars.read_csv if ending == "csv" else polars.read_parquet
    frame = read(at(folder, ending))
    assert (len(frame), int((frame["status"] == 0).sum())) == (COUNT, opened)
    assert frame.columns == [column.name for column in CONVERSATIONS.columns]
