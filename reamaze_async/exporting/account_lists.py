"""The lists that make up an account, and what is asked for of each."""

from __future__ import annotations

from typing import Any

from reamaze_async.listings.listing import Listing
from reamaze_async.paging.plan import Drift
from reamaze_async.session import ReamazeSession

CONDITIONS: dict[str, dict[str, Any]] = {
    "conversations": {"filter": "all"},
    "contacts": {"sort": "date"},
}
"""What is asked for: the archived too, and the order that moves least."""

ACCOUNT_WIDE = ("contacts", "staff", "satisfaction_ratings")
"""What covers all brands of an account (documented); the rest is the brand's own."""


def listing_of(session: ReamazeSession, name: str, drift: Drift = "repair") -> Listing[Any]:
    """The list of all there is of a resource."""
    listing: Listing[Any] = getattr(session, name).list(**CONDITIONS.get(name, {}), drift=drift)
    return listing
