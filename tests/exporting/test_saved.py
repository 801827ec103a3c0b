"""What is saved beside an export: whole, of this version, or refused with a way out."""

from unittest.mock import Mock

import msgspec
import pytest

from reamaze_async import ExportFailed, ExportRefused
from reamaze_async.exporting.saved import load, save


class Note(msgspec.Struct):
    """Something that is saved."""

    items: int
    version: int = 3


def test_forgotten_on_disk(tmp_path):
    """It comes back as it was saved; where nothing was saved, there is none."""
    assert load(tmp_path / "note", Note, 3) is None
    save(Note(70), tmp_path / "note")
    assert load(tmp_path / "note", Note, 3) == Note(70)


@pytest.mark.parametrize("text", [b"", b"\0\0\0", b"{}", b'{"version": 3}', b"\xff", b"[" * 9999])
def test_damaged(tmp_path, text):
    """What can't be read is refused, with the way to start over."""
    (tmp_path / "note").write_bytes(text)
    with pytest.raises(ExportRefused, match=r"can't be read .* Start over by"):
        load(tmp_path / "note", Note, 3)


def test_of_another_version(tmp_path):
    """What is of another version is refused, whatever else it holds."""
    (tmp_path / "note").write_bytes(b'{"version": 99, "new": true}')
    with pytest.raises(ExportRefused, match="version 99, and this is version 3"):
        load(tmp_path / "note", Note, 3)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_half_written(tmp_path, monkeypatch, step):
    """What can't be replaced stays as it was."""
    save(Note(70), tmp_path / "note")
    monkeypatch.setattr(step, Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(ExportFailed, match=r"no space left on device\. What was written is kept"):
        save(Note(5), tmp_path / "note")
    assert load(tmp_path / "note", Note, 3) == Note(70)
