"""Pages that keep failing: whether it is the page, or the server."""

import pytest

from reamaze_async.paging.failing_pages import Setbacks


def test_left_out_too_soon():
    """One failure is no reason: the page is asked for again."""
    setbacks = Setbacks()
    assert setbacks.failed(5) == "again"
    assert (setbacks.suspect, setbacks.another(9)) == (None, None)


def test_left_out_without_evidence():
    """Only the page that was asked for since then tells that the server is well."""
    setbacks = Setbacks()
    setbacks.failed(5)
    assert setbacks.failed(5) == "ask another"
    assert setbacks.another(9) == 6
    assert setbacks.arrived(7) is None
    assert setbacks.arrived(6) == 5
    assert setbacks.suspect is None


def test_server_taken_for_well():
    """When the other page fails too, that is the end."""
    setbacks = Setbacks()
    setbacks.failed(5), setbacks.failed(5), setbacks.another(9)
    assert setbacks.failed(8) == "again"
    assert setbacks.failed(6) == "stop"


def test_asked_for_twice():
    """The other page is asked for once."""
    setbacks = Setbacks()
    setbacks.failed(5), setbacks.failed(5)
    assert [setbacks.another(9), setbacks.another(9)] == [6, None]


@pytest.mark.parametrize(("pages", "other"), [(9, 8), (8, 8)])
def test_last_page_compared_with_none(pages, other):
    """The last page is compared with the one above it."""
    setbacks = Setbacks()
    setbacks.failed(9), setbacks.failed(9)
    assert setbacks.another(pages) == other
