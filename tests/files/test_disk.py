"""What the system says of a disk, as a sentence with a remedy."""

import os
from errno import ENOSPC
from pathlib import Path

from reamaze_async.files.disk import failure


def test_full_disk_without_a_remedy():
    """The system's own words stand in the sentence, and so does what is kept."""
    told = str(failure(Path("x"), OSError(ENOSPC, os.strerror(ENOSPC))))
    assert "no space left on device. What was written is kept: mend that" in told
