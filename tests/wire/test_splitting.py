"""Splitting a page into items, whatever is wrong with one of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import page_of

from reamaze_async.wire import splitting
from reamaze_async.wire.splitting import split_alike, split_page

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=4))
def test_item_cut_at_a_bracket_in_its_text(items):
    """Items come apart at the list's own commas, whatever their texts hold."""
    texts = [json.dumps(item).encode() for item in items]
    parts = split_page(page_of(*texts), "conversations")
    assert parts is not None
    assert parts[1] == texts
    assert json.loads(parts[0])["conversations"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"conversations": {}}',
        b'{"messages": [1]}',
        b'{"conversations": [{"slug": "a"}',
        b'{"conversations": [{"slug": "a',
    ],
)
def test_page_that_breaks_off(body):
    """A page whose list isn't there, or doesn't close, is none that can be split."""
    assert split_page(body, "conversations") is None


def test_page_too_large_to_be_split(monkeypatch):
    """A page beyond the bound is left alone: splitting it would hold the loop."""
    monkeypatch.setattr(splitting, "LARGEST", 9)
    assert split_page(page_of({"slug": "a"}), "conversations") is None


def test_page_of_alike_items_decoded_twice():
    """Items that all begin with the same key come apart, whatever else they hold."""
    items = [b'{"slug":"a},{\\"slug\\":"}', b'{"slug":"b","x":[{"y":1},{"z":[{}]}]}', b'{"slug":3}']
    envelope, found = split_alike(page_of(*items), "conversations") or (b"", [])
    assert found == items
    assert envelope == page_of(0)


@pytest.mark.parametrize(
    "body",
    [
        page_of(),
        page_of(1, 2),
        b'{"messages":[{"slug":"a"}]}',
        b'{"conversations":[{"slug":"a"',
        b'}]"conversations":[{"',
        b"",
    ],
)
def test_list_found_where_none_is(body):
    """A list that is empty, of something else or broken off isn't taken for one."""
    assert split_alike(body, "conversations") is None
