"""What an iteration hands out, and the cursor from which another one goes on hours later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from .page_read import PageRead

Number = Annotated[int, Meta(ge=1)]
"""A number from 1; a damaged file that says less is refused when it is read."""

MOVED = -1
"""The total of a list whose reads counted differently."""


class Cursor(Struct, frozen=True, gc=False):
    """Where an iteration stands: with the keys handed out, all that another one needs to go on.

    Attributes:
        page: the page accepted last.
        pass_number: how often the list is being read, from 1.
        landmarks: on later passes the keys of that page, to recognize it by; on the first pass
            all keys handed out serve for that.
        top_mark: the first sort key on page 1 when the pass began; None if there are none.
        total: how many items the list counted, if all reads so far agree; `MOVED` if they don't,
            None if nobody knows.
        doubts: pages around which the earlier passes may have missed something.
        doubts_of_this_pass: pages around which this pass may have.
    """

    page: Number = 1
    pass_number: Number = 1
    landmarks: tuple[str, ...] = ()
    top_mark: Any = None
    total: int | None = None
    doubts: tuple[Number, ...] = ()
    doubts_of_this_pass: tuple[Number, ...] = ()


class Batch(Struct, frozen=True, gc=False):
    """The items of one read that are to be handed out now.

    Attributes:
        read: the page with the items.
        positions: the positions on that page, in order.
        cursor: where the iteration stands once they are handed out.
    """

    read: PageRead
    positions: Sequence[int]
    cursor: Cursor
