"""The state of a sync: how far its database has come, as it is kept in there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import msgspec

from reamaze_async.paging.cursor import Cursor

FED = "conversations"
"""The table whose changes a feed tells."""

VERSION = 3
"""The version of the state's format; another version is refused."""


class SyncState(msgspec.Struct, kw_only=True):
    """How far the database has come.

    Attributes:
        listing: what it follows: origin, path and query.
        table: the resource's table.
        version: of the state itself.
        stage: `reading` while the whole list is read, else `settled`.
        cursor: where that reading stood.
        reading_since: the newest change when the reading began.
        since: all changes up to this one are in the database; None if there was none.
        read_at: when a whole reading ended last, as a Unix time; 0 if never.
        excess: rows beyond the server's count that two readings in a row didn't explain.
        last_excess: the same, of the last reading.
        fed: the highest number in the feed.
    """

    listing: dict[str, Any]
    table: str = "conversations"
    version: int = VERSION
    stage: Literal["reading", "settled"] = "settled"
    cursor: Cursor = Cursor()
    reading_since: float | None = None
    since: float | None = None
    read_at: float = 0.0
    excess: int = 0
    last_excess: int = 0
    fed: int = 0


def encoded(state: SyncState) -> str:
    """A state as text."""
    return msgspec.json.encode(state).decode()


def decoded(texts: Sequence[Any]) -> list[SyncState] | None:
    """The states that were saved as texts; None if some are of another version, or there is none.

    Each is of another table.
    """
    with suppress(msgspec.MsgspecError, ValueError, TypeError):
        states = [msgspec.json.decode(text, type=SyncState) for text in texts]
        is_ours = all(state.version == VERSION for state in states)
        is_ours = is_ours and len({state.table for state in states}) == len(states)
        return states if is_ours and states else None
    return None


def is_of_same_brand(one: SyncState, other: SyncState) -> bool:
    """Whether two follow the same brand at the same place."""
    return all(one.listing.get(name) == other.listing.get(name) for name in ("origin", "brand"))


def identity_told(listing: dict[str, Any]) -> str:
    """The identity of a listing, for people."""
    brand = f"{listing['brand']} at " if "brand" in listing else ""
    return brand + "{origin}{path}?{query}".format_map(listing)
