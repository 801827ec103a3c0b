"""The way of reading threads, chosen by what totals tell."""

import pytest

from reamaze_async.threads.join import ListedConversation
from reamaze_async.threads.way import cheaper


def of(counted: int | None) -> ListedConversation:
    """A conversation that counts so many messages."""
    return ListedConversation(None, "a", 1.0, counted)


@pytest.mark.parametrize(
    ("conversations", "counted", "messages", "way"),
    [
        (500, 5, 2500, "together"),
        (500, 2, 1000, "together"),
        (10, 5, 2500, "each"),
        (10, 300, 2500, "together"),
        (100, None, 2999, "together"),
        (100, None, 3000, "each"),
        (1, 5, 5, "each"),
        (0, None, 0, "each"),
    ],
)
def test_dearer_way(conversations, counted, messages, way):
    """The brand is read once where that takes no more requests than its conversations do."""
    first = [of(counted)] * min(conversations, 30)
    assert cheaper(conversations, first, messages) == way
