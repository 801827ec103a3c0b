"""The numbers of a sync, which reads several listings after one another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from reamaze_async.http.requester import COUNTED, Counts
from reamaze_async.listings.raw import RawPage

Stage = Literal["changes", "reading", "checking"]

SUMMARIZED = (*COUNTED, "added", "changed", "removed", "unexplained", "unordered")
"""The numbers that the summary of a sync repeats."""


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What a sync did.

    Attributes:
        path: the database.
        items: how many items of the list it holds.
        added: those that are new.
        changed: those that are different.
        removed: those that had left the list.
        was_read_whole: whether the whole list was read, to its end, in this run.
        requests: requests sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
        incomplete: what may be missing, as a sentence, where that was allowed; else None.
        unexplained: items in the database beyond the server's count; negative: how many
            it lacks. 0 also where the list changed too fast to compare.
        unordered: whether the server doesn't list by date of change, though asked to.
        total_count: the list's size by the latest answer; 0 where only its news were asked for.
        elapsed: seconds it took.
    """

    path: str
    items: int
    added: int
    changed: int
    removed: int
    was_read_whole: bool
    incomplete: str | None
    requests: int
    retries: int
    throttled: int
    repaired: int
    unexplained: int
    unordered: bool
    total_count: int
    elapsed: float

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        return asdict(self)


@dataclass(slots=True)
class SyncStats(Counts):
    """What a sync did so far; live while it runs.

    Attributes:
        stage: `changes` while the newest end is read, `reading` while the whole list is,
            `checking` while it looks for what has left.
        pages: pages read at this stage.
        items: items on them.
        earlier: items that an earlier run had read at this stage.
        total_count: the list's size by the latest answer; None before the first.
        page_count: the number of its pages by the latest answer; None before the first.
        added: items that were new.
        changed: those that were different.
        removed: those that had left.
        unexplained, unordered: as in `SyncSummary`.
    """

    stage: Stage = "changes"
    pages: int = 0
    items: int = 0
    earlier: int = 0
    total_count: int | None = None
    page_count: int | None = None
    added: int = 0
    changed: int = 0
    removed: int = 0
    unexplained: int = 0
    unordered: bool = False

    def enter(self, stage: Stage, earlier: int = 0) -> None:
        """Begin a stage, unless the sync is at it already."""
        if self.stage != stage:
            self.stage, self.earlier = stage, earlier
            self.pages = self.items = 0

    def note(self, page: RawPage, *, is_part: bool = False) -> None:
        """Count a page that came; if it is one of a part of the list, its counts tell nothing."""
        self.pages += 1
        self.items += len(page.items)
        if not is_part:
            self.total_count, self.page_count = page.total_count, page.page_count
