"""How a kind of list is requested, and how its items are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reamaze_async.wire.decode import Decode, PageBody

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListSource(Generic[Item]):
    """How a kind of list is requested, and how its items are read.

    Attributes:
        path: below `/api/v1`.
        query: encoded parameters, without the page.
        other_query: the same in another order; None if there is none.
        other_order: what that order is called.
        typed: decodes a page into Structs.
        raw: decodes a page into each item's bytes.
        outline: decodes of one item's bytes what paging needs.
        key: gives the key of an outline.
        mark: gives the sort key of an outline; None where the order doesn't move.
        contradicts: tells whether the filter should have left out an item, by its outline.
        short_counts: whether the server's counts may leave one item out.
    """

    path: str
    query: str
    typed: Decode[PageBody[Item]]
    raw: Decode[PageBody[bytes]]
    outline: Callable[[bytes], Any]
    key: Callable[[Any], str]
    mark: Callable[[Any], Any] | None = None
    contradicts: Callable[[Any], bool] | None = None
    short_counts: bool = False
    other_query: str | None = None
    other_order: str = ""
