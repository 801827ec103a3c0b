"""Following: how a table of the warehouse is kept like a list, run by run."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, MutableMapping
from contextlib import aclosing
from hashlib import blake2b
from typing import Any

from reamaze_async.errors import IncompleteListing
from reamaze_async.formats.rows import table_of
from reamaze_async.formats.table import Table
from reamaze_async.listings.listing import Listing, raw_listing
from reamaze_async.listings.raw import RawItem, RawListing, RawPage
from reamaze_async.session import ReamazeSession

from .columns import gone, record_of

_logger = logging.getLogger("reamaze_async")

Records = list[dict[str, Any]]

State = MutableMapping[str, Any]
"""How far the warehouse is, as dlt keeps it: what JSON can hold."""

MakeListing = Callable[[ReamazeSession], Listing[Any]]


class Following(ABC):
    """A list, and how it is read: as a whole when that is due, else what is new.

    Args:
        name: of the resource and its table.
        make: makes the listing.
        template: a session that is never opened.
        allow_incomplete: load also what may lack something; a warning tells what.

    Attributes:
        name: of the resource and its table.
        table: its columns, and a row of an item.
        identity: what is listed. When that is another list, the whole is due.
        is_reread: whether the whole is due again after some time.
        is_complete: whether the latest reading lacked nothing.
    """

    is_reread: bool = True

    def __init__(
        self,
        name: str,
        make: MakeListing,
        template: ReamazeSession,
        *,
        allow_incomplete: bool = False,
    ) -> None:
        raw = raw_listing(make(template))
        identity = {part: value for part, value in raw.identity.items() if part != "drift"}
        self.name: str = name
        self.table: Table = table_of(raw.source.schema, raw.source.key_of, home=raw.home)
        self.identity: Mapping[str, Any] = identity
        self.is_complete = True
        self._make = make
        self._allow_incomplete = allow_incomplete

    @abstractmethod
    def read(
        self, session: ReamazeSession, state: State, known: Collection[str] | None
    ) -> AsyncGenerator[Records, None]:
        """What may be new since the last run, or all items.

        Args:
            session: whom to ask.
            state: how far the warehouse is; changed once all was handed out.
            known: where the whole is due, the keys in the warehouse, of which those that aren't
                in the list come last, to be deleted. None: what is new will do.
        """

    async def all_pages(self, session: ReamazeSession) -> AsyncGenerator[list[RawItem], None]:
        """All items now, page by page."""
        async with aclosing(self.read_to_its_end(raw_listing(self._make(session)))) as pages:
            async for page in pages:
                yield list(page.items)

    async def read_to_its_end(self, listing: RawListing[Any]) -> AsyncGenerator[RawPage, None]:
        """The pages of a list, and afterwards whether it was complete.

        Raises:
            IncompleteListing: it wasn't, and that isn't allowed.
        """
        self.is_complete = True
        try:
            async with aclosing(listing.pages()) as pages:
                async for page in pages:
                    yield page
        except IncompleteListing as error:
            if not self._allow_incomplete:
                raise
            self.is_complete = False
            _logger.warning("%s: %s", self.name, error.fact)

    def records(self, items: Iterable[RawItem]) -> Records:
        """The rows of some items."""
        return [record_of(self.table, self.table.row(item.json)) for item in items]

    def gone(self, keys: Iterable[str]) -> Records:
        """The records that delete some rows."""
        return [gone(self.table, key) for key in sorted(keys)]


class Replaced(Following):
    """A list that is read as a whole by each run, in place of what was there."""

    async def read(
        self, session: ReamazeSession, state: State, known: Collection[str] | None
    ) -> AsyncGenerator[Records, None]:
        async with aclosing(self.all_pages(session)) as pages:
            async for items in pages:
                yield self.records(items)


def digest(items: Iterable[RawItem]) -> str:
    """A short text that differs where the items do."""
    return blake2b(b"\n".join(item.json for item in items), digest_size=16).hexdigest()
