"""Completeness: what may be missing when the list has been read, and what is read again for it.

Two things are read again before the end: the list in its other order, if the answers seem to come
from copies that are out of step (see `copies`); and what explains that fewer items came than are
counted (see `recount`).
"""

from __future__ import annotations

from collections.abc import Sequence

from .changes_seen import ChangesSeen
from .count_check import CountCheck
from .page_read import PageRead
from .recount import Recount
from .second_look import SecondLook

Reading = SecondLook | Recount

BLIND = 4
"""How often a list is read whose copies seem out of step, and that has no other order."""


class Completeness:
    """What may be missing, and why.

    Attributes:
        count_check: compares what came with what is counted.
        doubts: pages around which something may be missing.
        is_stuck: whether the pass that has ended left the very doubts that there were before.
        is_miscounted: whether the list stood still and yet brought fewer items than it counts.
        is_out_of_step: whether the answers seem to come from copies that are out of step.
        second_look: reads the list in its other order because of that; None if that isn't needed.
        recount: what was read again because items are missing; None if that wasn't needed.
        reading: which of these two is going on; None: neither.
    """

    def __init__(
        self,
        count_check: CountCheck,
        changes: ChangesSeen,
        *,
        doubts: Sequence[int] = (),
        can_count: bool,
        has_other_order: bool,
        verifies: bool = False,
        is_counted: bool = True,
    ) -> None:
        """Start with nothing missing.

        Args:
            count_check: of this iteration.
            changes: what the reads tell about the list.
            doubts: those of an earlier iteration.
            can_count: whether what comes can be compared with what is counted.
            has_other_order: whether the list can be read in another order.
            verifies: whether all is read twice.
            is_counted: whether the server counts its items.
        """
        self._verifies = verifies
        self._is_counted = is_counted
        self.count_check: CountCheck = count_check
        self.doubts: list[int] = list(doubts)
        self.is_stuck: bool = False
        self.is_miscounted: bool = False
        self.is_out_of_step: bool = False
        self.second_look: SecondLook | None = None
        self.recount: Recount | None = None
        self.reading: Reading | None = None
        self._changes = changes
        self._can_count = can_count
        self._has_other_order = has_other_order

    @property
    def regained(self) -> int:
        """The highest total between two leaps of it, one up and one down; 0: there are none."""
        return self._changes.signs.regained if self._is_counted else 0

    def pages(self, pages: int, size: int) -> int:
        """How many pages there are to read, if the latest answer counts so many of this size.

        An answer that counts far fewer than the others, or none, may come from a copy.
        """
        return max(pages, -(-self.regained // size))

    def least_passes(self, found: int, pages: int, readings: int) -> int:
        """How often the list has to be read at least, by the signs seen until now.

        Args:
            found: how many items were found in all.
            pages: how many pages the list has.
            readings: how often it was read.
        """
        signs, look = self._changes.signs, self.second_look
        # One swap may be all that a recount finds.
        is_recounted = self.recount is not None or self._is_short(found)
        self.is_out_of_step |= signs.are_too_many(pages, readings, few=1 if is_recounted else 0)
        if not self.is_out_of_step or (self._is_short(found) and self.recount is None):
            return 1
        if not self._has_other_order or (look is not None and look.has_failed):
            return BLIND
        is_certain = look is not None and signs.are_too_many(2 * pages, few=1)
        return 2 if is_certain else 1

    def other_order_suffices(self, found: int) -> bool:
        """Whether a list that seems calm need not be read twice in the same order.

        The other order shows more: an item between two pages whose answers came from different
        copies may stand between them the next time, too.

        Args:
            found: how many items were found in all.
        """
        look = self.second_look
        is_calm = look.is_calm if look is not None else self._changes.signs.are_none
        is_whole = not self.doubts and not self._is_short(found)
        return is_calm and is_whole and self._has_other_order

    def _is_short(self, found: int) -> bool:
        return self._can_count and self.count_check.missing(found) > 0

    def settle(self, doubts: list[int], *, replaces: bool) -> None:
        """Take over the doubts of a pass that has ended.

        Args:
            doubts: the pages that it accepted without proof.
            replaces: whether the pass was the first; else the shorter list of doubts counts, since
                a seam that one whole pass has proven stays proven.
        """
        self.is_stuck = not replaces and doubts == self.doubts
        if replaces or len(doubts) < len(self.doubts):
            self.doubts = doubts

    def begin_reading(self, found: int, pages: int) -> bool:
        """Begin to read again what has to be, if there is anything.

        Args:
            found: how many items were found in all.
            pages: how many pages the list has.
        """
        self.reading = None
        if self._must_recount(found) or self._must_confirm():
            self.reading = self.recount = self._new_recount(found)
        elif pages > 1 and self._must_look_again(found):
            self.reading = self.second_look = SecondLook(pages, self._changes.signs)
        return self.reading is not None

    def _must_look_again(self, found: int) -> bool:
        if self.second_look is not None or not self._has_other_order:
            return False
        return self.is_out_of_step or (self._verifies and self.other_order_suffices(found))

    def _must_recount(self, found: int) -> bool:
        """Whether to find out why items are missing; if that is clear, it is a doubt already."""
        if self.doubts or not self._can_count or self.recount is not None:
            return False
        is_missing = bool(self.count_check.missing(found))
        is_clear = self.count_check.is_contradicted if is_missing else self._has_lost(found)
        if is_clear:
            self._tell_missing()
        return is_missing and not is_clear

    def _must_confirm(self) -> bool:
        """Whether to read page 1 once more, to see whether a total that has leapt leaps back."""
        is_open = self._changes.signs.has_leapt and not self.regained and self.recount is None
        return is_open and self._is_counted and self._can_count and not self.doubts

    def _new_recount(self, found: int) -> Recount:
        check = self.count_check
        # Without a repeated item it is no matter of order: the server holds something back.
        is_of_order = bool(check.before) or self._changes.has_changed
        has_other = self._has_other_order and is_of_order
        return Recount(check.missing(found), check.before, check.top, has_other_order=has_other)

    def arrived(self, read: PageRead, new: Sequence[int]) -> Sequence[int]:
        """Note a page that was read again.

        A list that counts otherwise in its other order is another list: a server may heed `sort=`
        and no filter beside it.

        Args:
            read: the page.
            new: the positions of items that haven't been handed out.

        Returns:
            The positions of those to be handed out now.
        """
        assert self.reading is not None
        if read.is_by_other_order and not self.count_check.is_alike(read):
            self.reading.failed()
            return []
        return self.reading.arrived(read, new)

    def end_reading(self, found: int) -> bool:
        """End what is read again; after a recount tell what is still missing.

        Args:
            found: how many items were found in all.

        Returns:
            Whether that was the end of it all.
        """
        is_recount, self.reading = self.reading is self.recount, None
        is_missing = self.recount is not None and self.recount.missing > 0
        is_told = is_recount and (is_missing or self._has_lost(found))
        if is_told:
            self._tell_missing()
        return is_told

    def close(self, found: int) -> None:
        """Tell what is missing of a list of which a copy has counted more than what came.

        Args:
            found: how many items were found in all.
        """
        if self._can_count and not self.doubts and found < self.regained:
            self._tell_missing()

    def _has_lost(self, found: int) -> bool:
        return self.count_check.has_lost(found)

    def _tell_missing(self) -> None:
        self.doubts += self.count_check.suspects
        self.is_miscounted = True
