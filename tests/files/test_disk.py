"""What the system says of a disk, as a sentence with a remedy."""

import os
from errno import ENOSPC
from pathlib import Path

import pytest

from reamaze_async.files.disk import failure
from reamaze_async.files.placing import write_whole


def test_full_disk_without_a_remedy():
    """The system's own words stand in the sentence, and so does what is kept."""
    told = str(failure(Path("x"), OSError(ENOSPC, os.strerror(ENOSPC))))
    assert "no space left on device. What was written is kept: mend that" in told


@pytest.mark.parametrize("name", ["index", "index.new"])
def test_folder_in_the_way_of_a_file_beside(tmp_path, name):
    """The sentence names what is in the way, whichever file was to be written."""
    (tmp_path / name).mkdir()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one differs from system to system
        write_whole(tmp_path / "index", b"")
    told = failure(tmp_path / "file", caught.value)
    assert told.path == str(tmp_path / name)
