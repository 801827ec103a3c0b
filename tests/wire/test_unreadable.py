"""What stands for an item that can't be read: known again by its bytes, and shown to nobody."""

import pytest

from reamaze_async.wire.unreadable import unreadable


def test_item_known_again():
    """The same bytes have the same key, other bytes another; none is a key that the API has."""
    keys = [unreadable(raw, "?", "$").key for raw in (b"{}", b"{}", b"{ }")]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0].startswith("\0")


@pytest.mark.parametrize(("raw", "apart"), [(b"null", True), (b'"x"', True), (b"{}", False)])
def test_values_that_say_nothing_taken_for_one(raw: bytes, apart: bool) -> None:
    """Two nulls are two, since nothing in them tells; an object is known by what it says."""
    keys = {unreadable(raw, "?", "$", turn=turn).key for turn in ("1 0", "1 1", "2 0", "2 0")}
    assert len(keys) == (3 if apart else 1)


@pytest.mark.parametrize(("raw", "kept"), [(b"{}", True), (b"null", False), (b"[{}]", False)])
def test_rubbish_kept_as_an_item(raw: bytes, kept: bool) -> None:
    """Only an object is kept as it came, and only if it is JSON."""
    assert (unreadable(raw, "?", "$").json == raw) is kept
    assert unreadable(raw, "?", "$", is_garbled=True).json is None


def test_secret_in_a_repr():
    """No repr shows what is in an item."""
    assert "secret" not in repr(unreadable(b'{"perma_url": "secret"}', "?", "$"))
