"""The part file: what was written to it is its own."""

import pytest

from reamaze_async import ExportFailed
from reamaze_async.exporting.part_file import PartFile


def test_lock_outlives_the_file(tmp_path):
    """A lock on a file that has got another name in the meantime isn't one."""
    with PartFile(tmp_path / "x.part") as part:
        part.path.rename(tmp_path / "x")
        with PartFile(tmp_path / "x.part") as other:
            other.write(b"mine\n")
    assert (tmp_path / "x").read_bytes() == b""


def test_line_of_another_program(tmp_path):
    """What another has appended is told, and cut off: going on would take it for its own."""
    with PartFile(path := tmp_path / "x.ndjson.part") as part:
        part.write(b"{}\n")
        with path.open("ab") as other:
            other.write(b'{"slug":"x"}\n')
        with pytest.raises(ExportFailed, match="wrote to it"):
            part.check()
        assert path.read_bytes() == b"{}\n"


def test_twins_that_are_taken_for_another_program_s(tmp_path):
    """A line that stands twice in what was surely written is ours; behind that, it is cut off."""
    with PartFile(tmp_path / "x.part") as part:
        part.write(b"{}\n{}\n")
        size, checksum = part.size, part.checksum
        assert part.recover(bytes.decode, size=size, checksum=checksum) == ["{}", "{}"]
        part.write(b"{}\n")
        assert part.recover(bytes.decode, size=size, checksum=checksum) == ["{}", "{}"]
        assert part.size == size
