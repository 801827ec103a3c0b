"""How a list is asked for: page by page, or all of it at once."""

from typing import Any

from reamaze_async.listings.source import ListSource

NEVER: Any = None


def source(**how: Any) -> ListSource[Any]:
    """A list that nobody reads."""
    return ListSource("/things", "q=a", NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, **how)


def test_page_of_a_list_that_has_none():
    """Only a list that comes in pages is asked for one by its number."""
    assert source().request(2).target == "/api/v1/things?q=a&page=2"
    whole = source(is_paged=False).request(1)
    assert (whole.target, whole.page) == ("/api/v1/things?q=a", None)
