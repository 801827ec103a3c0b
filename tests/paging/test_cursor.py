"""Where an iteration stands: a plain fact that can be written down and read back."""

import msgspec
import pytest

from reamaze_async.paging.cursor import Batch, Cursor
from reamaze_async.paging.page_read import PageRead

CURSOR = Cursor(
    page=3, pass_number=2, landmarks=("a", "b"), top_mark=1.5, doubts=(2,), doubts_of_this_pass=(4,)
)


@pytest.mark.parametrize("cursor", [Cursor(), CURSOR])
def test_cursor_that_cannot_be_written_down(cursor):
    """A place comes back from JSON as it was."""
    assert msgspec.json.decode(msgspec.json.encode(cursor), type=Cursor) == cursor


def test_place_that_moves_after_it_was_told():
    """Neither a place nor a batch changes once it is made."""
    batch = Batch(PageRead(1, ("a",), 2, 1, 1, 0.0, 0.1), (0,), CURSOR)
    for told, name in ((CURSOR, "page"), (batch, "cursor")):
        with pytest.raises(AttributeError):
            setattr(told, name, None)
