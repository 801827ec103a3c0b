"""What an export was asked for, and what is found out of it before anything is sent."""

from pathlib import Path

import pytest

from reamaze_async.cli.arguments import ExportArguments, export_arguments
from reamaze_async.cli.errors import Misuse
from reamaze_async.errors import ExportRefused, InvalidParameter
from reamaze_async.exporting.part_file import lines_in
from reamaze_async.wire.parameters import CONVERSATIONS

ASKED = {
    "resource": "conversations",
    **{parameter.name: None for parameter in CONVERSATIONS},
    **dict.fromkeys(("brand", "email", "base_url", "requests_per_minute", "format", "summary")),
    **dict.fromkeys(("force", "restart", "verify", "dry_run", "quiet"), False),
    "columns": None,
    "allow_incomplete": False,
    "verbose": 0,
    "output": "x.ndjson",
    "sandbox": True,
    "concurrency": 8,
    "timeout": 30.0,
    "max_response": 32,
}


def order(**asked: object) -> ExportArguments:
    """The order of a command with these options."""
    return export_arguments("reamaze ...", ASKED | asked)


def test_a_plain_order():
    """An export to a file, read once, of an account inside the process."""
    plain = order(filter="open")
    assert (plain.where, plain.is_stream, plain.part, plain.earlier()) == (
        "x.ndjson", False, None, 0
    )  # fmt: skip
    assert (plain.drift, plain.passes, plain.conditions["filter"]) == ("repair", 1, "open")
    assert plain.source.login is None


def test_an_order_for_standard_output():
    """It has no part file, even if one lies there."""
    Path("-.part").write_bytes(b"{}\n")
    stream = order(output="-", verify=True)
    assert (stream.where, stream.is_stream, stream.part) == ("standard output", True, None)
    assert (stream.drift, stream.passes) == ("verify", 2)


def test_what_an_earlier_run_has_left():
    """Whole lines count, unless they are to be forgotten."""
    Path("x.ndjson.part").write_bytes(b"{}\n{}\n{" + b" " * 2**21)
    assert order().earlier() == 2
    assert order(restart=True).earlier() == 0
    assert lines_in(Path("x.ndjson.part")) == 2


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"for_": ""}, InvalidParameter),
        ({"output": "x.doc"}, InvalidParameter),
        ({"output": "missing/x.csv"}, ExportRefused),
        ({"output": "-", "format": "csv"}, Misuse),
        ({"output": "-", "columns": ("slug",)}, Misuse),
        ({"output": "x.csv", "columns": ("slg",)}, InvalidParameter),
        ({"output": "x.csv", "format": "parquet"}, InvalidParameter),
        ({"summary": "."}, Misuse),
        ({"summary": "missing/s.json"}, Misuse),
        ({"summary": "../" + "x.ndjson", "output": "../x.ndjson"}, Misuse),
        ({"summary": "x.ndjson.part"}, Misuse),
        ({"summary": "./x.ndjson.part.checkpoint"}, Misuse),
        ({"summary": "x.ndjson.part.checkpoint.new"}, Misuse),
        ({"summary": "x.csv.part.finished", "output": "x.csv"}, Misuse),
        ({"summary": "x.sqlite.part.finished-journal", "output": "x.sqlite"}, Misuse),
        ({"summary": "-", "output": "-"}, Misuse),
        ({"summary": "s.json", "dry_run": True}, Misuse),
        ({"sandbox": False}, Misuse),
    ],
)
def test_refused(asked, error):
    """What can't be done is refused when it is ordered."""
    with pytest.raises(error):
        order(**asked)


def test_what_an_earlier_run_has_left_behind_a_link():
    """It is looked for beside the file that the link leads to."""
    Path("sub").mkdir()
    Path("x.ndjson").symlink_to("sub/y.ndjson")
    Path("sub/y.ndjson.part").write_bytes(b"{}\n")
    assert order().earlier() == 1
    with pytest.raises(Misuse):
        order(summary="sub/y.ndjson.part")


def test_a_summary_under_a_file(tmp_path):
    """What could only fail at the end is refused before anything is asked."""
    (tmp_path / "f").touch()
    with pytest.raises(Misuse, match="can't be written there"):
        order(summary=str(tmp_path / "f" / "x.json"))


@pytest.mark.parametrize("summary", ["x.ndjson.json", "x.ndjson.part.json", "-", None])
def test_a_summary_that_harms_nothing(summary):
    """Other names beside the file are free for a summary."""
    assert order(summary=summary).summary == summary


@pytest.mark.parametrize("asked", [{"output": "-"}, {"summary": "-"}])
def test_a_closed_standard_output(monkeypatch, asked):
    """What is to go to a standard output that isn't there is refused."""
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(Misuse, match="standard output is closed"):
        order(**asked)
