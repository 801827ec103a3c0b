"""How a kind of list is requested, and how its items are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import ROOT, Request, list_request
from reamaze_async.wire.schema import Schema

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
        key_of: gives the key of an item's bytes; None if it has none.
        schema: the columns of its items.
        mark: gives the sort key of an outline; None where the order doesn't move.
        contradictions: counts the items that the filter should have left out, by their outlines.
        short_counts: whether the server's counts may leave items out.
        is_counted: whether the server counts at all; else its counts are made from the pages.
        is_paged: whether it comes in pages; else one answer holds all of it.
        things_leave: whether items leave the list in the ordinary course of things.
        permission: what the user's role needs to read it, as far as that is known.
    """

    path: str
    query: str
    typed: Decode[PageBody[Item]]
    raw: Decode[PageBody[bytes]]
    outline: Callable[[bytes], Any]
    key: Callable[[Any], str]
    key_of: Callable[[bytes], str | None]
    schema: Schema
    mark: Callable[[Any], Any] | None = None
    contradictions: Callable[[Sequence[Any]], int] | None = None
    short_counts: bool = False
    is_counted: bool = True
    is_paged: bool = True
    things_leave: bool = True
    permission: str = ""
    other_query: str | None = None
    other_order: str = ""

    def request(self, page: int, by_other_order: bool = False) -> Request:
        """The request for one page.

        Args:
            page: its number.
            by_other_order: whether the list is asked for in the other order, if there is one.
        """
        has_other = by_other_order and self.other_query is not None
        query = (self.other_query or "") if has_other else self.query
        if self.is_paged:
            return list_request(self.path, query, page, self.permission)
        return Request("GET", ROOT + self.path, self.query, permission=self.permission)


@dataclass(frozen=True, slots=True)
class News(Generic[Item]):
    """How what is new in a list can be asked for.

    Attributes:
        dates: the field by which an item is new, such as `updated_at`.
        is_sorted: whether it is listed by that date, newest first; such sources have marks.
        is_narrowed: whether the server can leave out what is older.
        source: the list of what is new since a time, or of everything.
    """

    dates: str
    is_sorted: bool
    is_narrowed: bool
    source: Callable[[datetime | None], ListSource[Item]]
