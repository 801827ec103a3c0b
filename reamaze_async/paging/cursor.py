"""What an iteration hands out, and where it stands then: enough to go on hours later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from .page_read import PageRead

Number = Annotated[int, Meta(ge=1)]
"""From 1; what a damaged file says else is refused when it is read."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an iteration stands: what it takes, beside the keys handed out, to go on later.

    Attributes:
        page: the page accepted last.
        pass_number: which pass through the list this is, from 1.
        landmarks: on later passes the keys of that page, by which to find where it stood; on the
            first pass all keys handed out are known.
        top_mark: the first mark on page 1 when the pass began; None if there are no marks.
        doubts: pages around which something may be missing, by the passes before.
        doubts_of_this_pass: likewise, by this pass.
    """

    page: Number = 1
    pass_number: Number = 1
    landmarks: tuple[str, ...] = ()
    top_mark: Any = None
    doubts: tuple[Number, ...] = ()
    doubts_of_this_pass: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one read to hand out now.

    Attributes:
        read: the page they came on.
        positions: their positions on it, in order.
        cursor: where the iteration stands once they are handed out.
    """

    read: PageRead
    positions: Sequence[int]
    cursor: Cursor
