"""Where an iteration stands: a plain fact that can be written down and read back."""

import msgspec
import pytest

from reamaze_async.paging.cursor import Batch, Place
from reamaze_async.paging.page_read import Read

PLACE = Place(page=3, number=2, landmarks=("a", "b"), since=1.5, doubts=(2,), open=(4,))


@pytest.mark.parametrize("place", [Place(), PLACE])
def test_place_that_cannot_be_written_down(place):
    """A place comes back from JSON as it was."""
    assert msgspec.json.decode(msgspec.json.encode(place), type=Place) == place


def test_place_that_moves_after_it_was_told():
    """Neither a place nor a batch changes once it is made."""
    batch = Batch(Read(1, ("a",), 2, 1, 1, 0.0, 0.1), (0,), PLACE)
    for told, name in ((PLACE, "page"), (batch, "place")):
        with pytest.raises(AttributeError):
            setattr(told, name, None)
