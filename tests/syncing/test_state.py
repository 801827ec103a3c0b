"""The state: read back as it was saved, or refused."""

import pytest

from reamaze_async.paging.cursor import Cursor
from reamaze_async.syncing.state import SyncState, decoded, encoded, identity_told

LISTING = {"origin": "https://acme.reamaze.io", "path": "/conversations", "query": "filter=all"}


def test_state_that_changes_on_the_way():
    """What was saved is what is read."""
    state = SyncState(listing=LISTING, stage="reading", cursor=Cursor(page=3), since=5.5, fed=7)
    assert decoded([encoded(state)]) == state


def test_state_from_before_the_feed():
    """One that an earlier version saved is read with what it lacks as if it had never been."""
    text = encoded(SyncState(listing=LISTING, since=5.5)).replace(',"fed":0', "")
    assert "fed" not in text
    assert decoded([text]) == SyncState(listing=LISTING, since=5.5)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"listing":{},"version":2}', None, 7])
def test_state_of_something_else(text):
    """What can't be read, or is of another version, is none."""
    assert decoded([text]) is None


def test_brand_left_out():
    """Behind another origin the brand tells which list it is."""
    told = "acme.reamaze.io at https://proxy/conversations?filter=all"
    listing = LISTING | {"origin": "https://proxy", "brand": "acme.reamaze.io"}
    assert identity_told(listing) == told
