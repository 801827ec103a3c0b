"""How one kind of list is asked for, and how its items are understood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reamaze_async.wire.decode import Decode, PageBody

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListSource(Generic[Item]):
    """How one kind of list is asked for and understood.

    Attributes:
        path: below `/api/v1`.
        query: encoded parameters, without the page.
        typed: reads a page into Structs.
        raw: reads a page into each item's bytes.
        outline: what paging needs of an item's own bytes.
        key: an item's key, from its outline.
        mark: its sort key where the order itself moves; None where it doesn't.
        contradicts: whether an item shouldn't be there, from its outline.
        short_counts: whether the server's counts may leave one out.
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
