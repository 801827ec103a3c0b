"""The lists of an account: each is asked for in the way that leaves least out."""

import pytest

from reamaze_async.exporting.account_lists import listing_of
from reamaze_async.listings.listing import raw_listing
from reamaze_async.resources import NAMES


@pytest.mark.parametrize("name", NAMES)
async def test_list_that_is_asked_for_otherwise(session, name):
    """Conversations come with the archived, contacts by date, the rest as the server lists them."""
    sent = {"conversations": "filter=all", "contacts": "sort=date"}
    assert raw_listing(listing_of(session, name)).source.query == sent.get(name, "")
