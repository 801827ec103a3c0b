"""The state: read back as it was saved, or refused."""

import pytest

from reamaze_async.paging.cursor import Cursor
from reamaze_async.syncing.state import (
    SyncState,
    decoded,
    encoded,
    identity_told,
    is_of_same_brand,
)

LISTING = {"origin": "https://acme.reamaze.io", "path": "/conversations", "query": "filter=all"}


def test_state_that_changes_on_the_way():
    """What was saved is what is read."""
    state = SyncState(listing=LISTING, stage="reading", cursor=Cursor(page=3), since=5.5, fed=7)
    assert decoded([encoded(state)]) == [state]


def test_state_from_before_the_feed():
    """One that an earlier version saved is read with what it lacks as if it had never been."""
    text = encoded(SyncState(listing=LISTING, since=5.5))
    text = text.replace(',"fed":0', "").replace(',"table":"conversations"', "")
    assert not {"fed", "table"} & set(text.split('"'))
    assert decoded([text]) == [SyncState(listing=LISTING, since=5.5)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"listing":{},"version":2}', None, 7])
def test_state_of_something_else(text):
    """What can't be read, or is of another version, is none."""
    assert decoded([text]) is None


def test_two_of_one_table():
    """Several states are of several tables, each readable; else nothing is."""
    one, other = SyncState(listing=LISTING), SyncState(listing=LISTING, table="messages")
    assert decoded([encoded(one), encoded(other)]) == [one, other]
    assert decoded([encoded(one), encoded(one)]) is None
    assert decoded([encoded(one), "{"]) is None
    assert decoded([]) is None


def test_another_brand():
    """Resources of one database are of one brand at one place, whatever their lists."""
    messages = SyncState(listing=LISTING | {"path": "/messages", "query": ""}, table="messages")
    assert is_of_same_brand(SyncState(listing=LISTING), messages)
    for other in ({"origin": "https://proxy"}, {"brand": "b.reamaze.io"}):
        assert not is_of_same_brand(SyncState(listing=LISTING | other), messages)


def test_brand_left_out():
    """Behind another origin the brand tells which list it is."""
    told = "acme.reamaze.io at https://proxy/conversations?filter=all"
    listing = LISTING | {"origin": "https://proxy", "brand": "acme.reamaze.io"}
    assert identity_told(listing) == told
