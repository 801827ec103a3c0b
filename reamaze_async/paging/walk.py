"""A walk: pages that are read once each, one after another, until the list ends.

How many pages a list says it has is only believed as far as something stands on them.
"""

from __future__ import annotations

from collections.abc import Sequence

from .frontier import EMPTY_IN_A_ROW
from .page_read import PageRead


class Walk:
    """Pages to be read, in order.

    Args:
        numbers: of the pages; a range may be as long as it likes.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._waiting = numbers
        self._coming = 0
        self._empty_in_a_row = 0

    @property
    def is_over(self) -> bool:
        """Whether all have come that are to be read."""
        return not (self._waiting or self._coming)

    def next_page(self) -> int | None:
        """The page to read now; None if there is none."""
        if not self._waiting:
            return None
        self._coming += 1
        number, self._waiting = self._waiting[0], self._waiting[1:]
        return number

    def arrived(self, read: PageRead) -> None:
        """Note a page that was asked for."""
        self._coming -= 1
        self._empty_in_a_row = 0 if read.keys else self._empty_in_a_row + 1
        if self._empty_in_a_row >= EMPTY_IN_A_ROW:
            self._waiting = ()
