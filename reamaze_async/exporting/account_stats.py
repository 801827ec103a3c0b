"""The numbers of an export of everything: live while it runs, and what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from reamaze_async.attachments.download import AttachmentsSummary
from reamaze_async.formats import Format
from reamaze_async.http.requester import COUNTED, Counts
from reamaze_async.listings.stats import ListingStats
from reamaze_async.wire.decode import PAGE_SIZE

from .manifest import ResourceEntry

_ADDED = (*COUNTED, "pages", "items", "duplicates")


@dataclass(slots=True)
class AccountStats(Counts):
    """What an export of everything did so far; live while it runs.

    Attributes:
        resources: the names of what is asked for, in the order in which it is read.
        resource: the one that is being read; None before the first and after the last.
        ended: the names of those that nothing is left to do for, or that could not be fetched.
        failing: the names of those that failed in a row, up to now; a second one ends the run.
        pages: pages read in this run.
        items: items read in this run.
        duplicates: items that came again, because pages had shifted.
        earlier: items that earlier runs have left.
        totals: how many items each has, as far as the server has said.
        pages_of: how many pages each has, likewise.
        attachments: the files of messages; None before the first.
    """

    resources: Sequence[str] = ()
    resource: str | None = None
    ended: list[str] = field(default_factory=list)
    failing: tuple[str, ...] = ()
    pages: int = 0
    items: int = 0
    duplicates: int = 0
    earlier: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    pages_of: dict[str, int] = field(default_factory=dict)
    attachments: AttachmentsSummary | None = None
    _added: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def total_count(self) -> int | None:
        """How many items there are in all, as far as that is known; None before the first page."""
        return sum(self.totals.values()) if self.totals else None

    @property
    def page_count(self) -> int | None:
        """How many pages there are in all, likewise."""
        return sum(self.pages_of.values()) if self.pages_of else None

    def expect(self, resource: str, items: int, pages: int) -> None:
        """Note how much there is of a resource."""
        self.totals[resource], self.pages_of[resource] = items, pages

    def note_done(self, resource: str, items: int) -> None:
        """Note that earlier runs have left nothing to do for a resource, of so many items."""
        self.ended.append(resource)
        self.earlier += items
        self.expect(resource, items, -(-items // PAGE_SIZE))

    def begin(self, resource: str | None, *, earlier: int = 0) -> None:
        """Begin with a resource, of which an earlier run may have left some items."""
        self.resource, self._added = resource, {}
        self.earlier += earlier

    def note_ended(self, resource: str) -> None:
        """Note that this run is done with a resource."""
        self.ended.append(resource)

    def add(self, stats: ListingStats) -> None:
        """Add what single requests have cost."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(stats, name))

    def follow(self, stats: ListingStats) -> None:
        """Take over the numbers of the listing that is being read, as they are now."""
        for name in _ADDED:
            value = getattr(stats, name)
            setattr(self, name, getattr(self, name) + value - self._added.get(name, 0))
            self._added[name] = value
        if self.resource and stats.total_count is not None:
            self.expect(self.resource, stats.total_count, stats.page_count or 0)


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """What an export of everything did.

    Attributes:
        path: the folder, or the finished database.
        format: of the files; `sqlite` for a database.
        complete: whether everything that was asked for is whole, or absent.
        resources: how it stands with each.
        attachments: what was fetched of the messages' files; None if that wasn't asked for.
        runs: how many runs it took.
        items: items in the files.
        bytes: their size, or that of the database.
        requests: requests that this run has sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
        duplicates: items that came again, because pages had shifted.
        began: when the first run began, in UTC.
        ended: when this one ended.
        elapsed: seconds that this run took.
    """

    path: str
    format: Format
    complete: bool
    resources: Mapping[str, ResourceEntry]
    attachments: Mapping[str, Any] | None
    runs: int
    items: int
    bytes: int
    requests: int
    retries: int
    throttled: int
    repaired: int
    duplicates: int
    began: datetime
    ended: datetime
    elapsed: float

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found
