"""The second look: the whole list once more in its other order, for what the first one hides.

Taken where answers seem to come from copies that are out of step: see `copies`. What is hidden
between two pages of one order stands in the middle of a page of another. Here nothing is proven;
the answers show more signs, or none.
"""

from __future__ import annotations

from collections.abc import Sequence

from .changes_seen import ChangesSeen
from .copies import Signs
from .page_read import PageRead
from .walk import Walk


class SecondLook:
    """Which pages to read in the other order, and what they bring.

    Attributes:
        found: how many items were found that hadn't come.
        has_failed: whether a page couldn't be fetched.
    """

    is_by_other_order = True

    def __init__(self, pages: int, signs: Signs) -> None:
        """Begin.

        Args:
            pages: how many the list has.
            signs: what the answers have shown until now; more is added.
        """
        self.found: int = 0
        self.has_failed: bool = False
        self._walk = Walk(range(1, pages + 1))
        self._signs = signs
        self._pages = pages
        self._changes = ChangesSeen(signs=signs)

    @property
    def is_over(self) -> bool:
        """Whether no more is to be read."""
        return self.has_failed or self._walk.is_over

    @property
    def is_calm(self) -> bool:
        """Whether all pages came, with no more signs than a list shows that simply moves."""
        return not self.has_failed and not self._signs.are_too_many(self._pages, 2)

    def next_page(self) -> int | None:
        """The page to read now; None if there is none."""
        return self._walk.next_page()

    def failed(self) -> None:
        """Give up: a page can't be fetched."""
        self.has_failed = True

    def arrived(self, read: PageRead, new: Sequence[int]) -> Sequence[int]:
        """Note a read.

        Args:
            read: a page of the other order.
            new: the positions of items that haven't been handed out.

        Returns:
            The positions of those to be handed out now: all of them.
        """
        self._changes.observe(read)
        self._walk.arrived(read)
        self.found += len(new)
        return new
