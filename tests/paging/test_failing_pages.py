"""Pages that keep failing: whether it is the page, or the server."""

import pytest

from reamaze_async.paging.failing_pages import FailingPages


def test_left_out_too_soon():
    """One failure is no reason: the page is asked for again."""
    failing_pages = FailingPages()
    assert failing_pages.failed(5) == "again"
    assert (failing_pages.suspect, failing_pages.another(9)) == (None, None)


def test_left_out_without_evidence():
    """Only the page that was asked for since then tells that the server is well."""
    failing_pages = FailingPages()
    failing_pages.failed(5)
    assert failing_pages.failed(5) == "ask another"
    assert failing_pages.another(9) == 6
    assert failing_pages.arrived(7) is None
    assert failing_pages.arrived(6) == 5
    assert failing_pages.suspect is None


def test_server_taken_for_well():
    """When the other page fails too, that is the end."""
    failing_pages = FailingPages()
    failing_pages.failed(5), failing_pages.failed(5), failing_pages.another(9)
    assert failing_pages.failed(8) == "again"
    assert failing_pages.failed(6) == "stop"


def test_asked_for_twice():
    """The other page is asked for once."""
    failing_pages = FailingPages()
    failing_pages.failed(5), failing_pages.failed(5)
    assert [failing_pages.another(9), failing_pages.another(9)] == [6, None]


@pytest.mark.parametrize(("pages", "other"), [(9, 8), (8, 8)])
def test_last_page_compared_with_none(pages, other):
    """The last page is compared with the one above it."""
    failing_pages = FailingPages()
    failing_pages.failed(9), failing_pages.failed(9)
    assert failing_pages.another(pages) == other
