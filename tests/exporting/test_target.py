"""The finished file and what stands beside it."""

import pytest

from reamaze_async import ExportRefused, check_target
from reamaze_async.exporting.checkpoint import Checkpoint
from reamaze_async.exporting.target import Target


@pytest.fixture
def target(tmp_path):
    """A file that is not there."""
    return Target(tmp_path / "x.csv", "csv")


def note(stage: str, size: int = 5) -> Checkpoint:
    """A checkpoint."""
    return Checkpoint(listing={}, format="csv", stage=stage, size=size)


def test_left_behind(target, tmp_path):
    """Tidying leaves only what is finished, and doesn't mind what is gone already."""
    beside = (".part", ".part.finished", ".part.checkpoint", ".part.checkpoint.new")
    for name in ("x.csv", "y.csv", *(f"x.csv{ending}" for ending in beside)):
        (tmp_path / name).touch()
    target.remove_leftovers()
    target.remove_leftovers()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv", "y.csv"]


@pytest.mark.parametrize("stage", ["reading", "whole"])
def test_file_of_somebody_else_taken_for_ours(target, stage):
    """A file that is there is refused, unless the export had come to placing it."""
    target.file.touch()
    note(stage).save(target.checkpoint)
    with pytest.raises(ExportRefused, match="there already"):
        target.check_free()


def test_our_own_file_refused(target):
    """A file that has just got its name is no obstacle: the tidying is left to do."""
    target.file.touch()
    note("placing").save(target.checkpoint)
    target.check_free()
    assert check_target(target.file) == "csv"


def test_placed_too_soon(target):
    """While the finished file still has its other name, it isn't placed."""
    target.file.touch(), target.finished.touch()
    note("placing").save(target.checkpoint)
    with pytest.raises(ExportRefused):
        target.check_free()


@pytest.mark.parametrize(
    ("part", "file", "is_renamed"),
    [
        (b"12345", None, False),
        (None, b"12345", True),
        (b"", b"12345", True),
        (b"12345", b"", False),
    ],
)
def test_part_file_is_the_finished_file(tmp_path, part, file, is_renamed):
    """For NDJSON the part file itself gets the name."""
    target = Target(tmp_path / "x.ndjson", "ndjson")
    for path, text in ((target.part, part), (target.file, file)):
        if text is not None:
            path.write_bytes(text)
    assert target.is_renamed(note("placing")) is is_renamed
