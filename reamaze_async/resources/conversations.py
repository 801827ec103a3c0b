"""Conversations: list, page and count; what is done with one of them is `one_conversation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypedDict, Unpack

import msgspec

from reamaze_async.listings.listing import Listing, Page
from reamaze_async.listings.source import ListSource
from reamaze_async.models import Conversation, Origin, Status
from reamaze_async.paging.plan import Drift
from reamaze_async.wire import parameters
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.parameters import Filter, Sort
from reamaze_async.wire.values import mark_of

from . import one_conversation
from .endpoints import Endpoint, Operation
from .one_conversation import OneConversation

FINISHED = (
    Status.RESOLVED,
    Status.SPAM,
    Status.ARCHIVED,
    Status.AUTO_RESOLVED,
    Status.CHATBOT_RESOLVED,
    Status.AI_SPAM,
)
"""Statuses of conversations that are neither open nor unassigned, by any definition of those."""


class ConversationQuery(TypedDict, total=False):
    """The conditions that `list`, `page` and `count` take; see `list`."""

    filter: Filter | None
    for_: str | None
    for_id: str | int | None
    sort: Sort | None
    tag: str | Sequence[str] | None
    category: str | None
    origin: Origin | int | None
    data: Mapping[str, str | float] | None
    start_date: datetime | date | str | None
    end_date: datetime | date | str | None


class _Outline(msgspec.Struct, frozen=True, gc=False):
    """The fields of a raw conversation that paging needs."""

    slug: str
    status: Any = None


class _MovingOutline(_Outline, frozen=True, gc=False):
    updated_at: Any = None
    last_customer_message: Any = None


LIST = Operation(
    "GET", "/conversations", "conversations.list", "pages", parameters=parameters.CONVERSATIONS
)
_key = attrgetter("slug")

ENDPOINT = Endpoint(
    name="conversations",
    root="conversation",
    kind=Conversation,
    outline=_Outline,
    key=_key,
    operations=(LIST, *one_conversation.OPERATIONS),
    things_leave=True,
)

_MOVING = cache(lambda: PageDecoder("conversations", Conversation, _MovingOutline, _key))
"""Reads the pages of lists whose order moves; made when it is first needed."""


class Conversations(OneConversation):
    """`session.conversations`."""

    _endpoint = ENDPOINT

    def list(
        self,
        *,
        filter: Filter | None = None,  # noqa: A002 - the API's own word
        for_: str | None = None,
        for_id: str | int | None = None,
        sort: Sort | None = None,
        tag: str | Sequence[str] | None = None,
        category: str | None = None,
        origin: Origin | int | None = None,
        data: Mapping[str, str | float] | None = None,
        start_date: datetime | date | str | None = None,
        end_date: datetime | date | str | None = None,
        ordered: bool = True,
        drift: Drift = "repair",
    ) -> Listing[Conversation]:
        """All conversations that match; nothing is sent until it is iterated.

        Conditions narrow each other (documented). Without any, everything but the archived.

        Args:
            filter: `"archived"`, `"open"`, `"unassigned"`, or `"all"`, archived included.
            for_: a user's email: conversations that concern this user.
            for_id: a user's single sign-on id, likewise.
            sort: `"updated"`: latest customer message first; `"changed"`: latest change of any
                kind first. Default: newest first by creation (seen).
            tag: one tag or several; several narrow each other (a guess).
            category: a channel's slug.
            origin: how a conversation came in.
            data: custom fields and their values.
            start_date: earliest time of the **latest customer message** (not of creation). A
                bare date means midnight in the account's time zone, and a string without an
                offset a time there (guesses): an aware `datetime` means the same everywhere.
            end_date: latest time of it, likewise.
            ordered: the API's order. False: pages as they arrive, no slower page waited for.
            drift: what to do about pages that shift while they are read. `"repair"`: read again
                where something may have slipped through. `"verify"`: read on until nothing is
                left to doubt, at about twice the cost. `"ignore"`: only drop duplicates.

        Raises:
            InvalidParameter: a value would be refused or misread.
        """
        asked = {
            "filter": filter,
            "for_": for_,
            "for_id": for_id,
            "sort": sort,
            "tag": tag,
            "category": category,
            "origin": origin,
            "data": data,
            "start_date": start_date,
            "end_date": end_date,
        }
        return self._list(LIST, asked=asked, ordered=ordered, drift=drift)

    async def page(
        self, number: int, **conditions: Unpack[ConversationQuery]
    ) -> Page[Conversation]:
        """One page as it is now; past the end it is empty.

        Args:
            number: from 1.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the page could not be had.
        """
        return await self._page(number, LIST, asked=conditions)

    async def count(self, **conditions: Unpack[ConversationQuery]) -> int:
        """How many conversations match, by one request.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be had.
        """
        return await self._count(LIST, asked=conditions)

    def _source(
        self, operation: Operation, keys: Sequence[Any], asked: Mapping[str, Any]
    ) -> ListSource[Conversation]:
        source = super()._source(operation, keys, asked)
        sort: Sort | None = asked.get("sort")
        source = replace(
            source,
            contradictions=_CONTRADICTIONS[asked.get("filter")],
            other_query=_in_another_order(source.query, sort),
            other_order="the default order" if sort == "changed" else "sort='changed'",
        )
        if sort is None:
            return source
        return replace(source, raw=_MOVING().raw, outline=_MOVING().outline, mark=_MARKS[sort])


def _in_another_order(query: str, sort: Sort | None) -> str:
    """The same query, by change; or in the default order if it is by change already."""
    pairs = [pair for pair in query.split("&") if pair and not pair.startswith("sort=")]
    return "&".join([*pairs, *(() if sort == "changed" else ("sort=changed",))])


# --- what paging asks of an outline: a Conversation, or the few fields of a raw one ---------------


def _updated(outline: Any) -> float:
    message = outline.last_customer_message
    is_raw = isinstance(message, dict)
    return mark_of(message.get("created_at") if is_raw else getattr(message, "created_at", None))


_MARKS: dict[Sort, Callable[[Any], float]] = {
    "changed": lambda outline: mark_of(outline.updated_at),
    "updated": _updated,
}


def _with_status(*statuses: Status | None) -> Callable[[Sequence[Any]], int]:
    """A function that counts the outlines with one of these statuses."""

    def count(outlines: Sequence[Any]) -> int:
        found = list(map(attrgetter("status"), outlines))
        return sum(map(found.count, statuses))

    return count


def _without_status(*statuses: Status | None) -> Callable[[Sequence[Any]], int]:
    """A function that counts the outlines with none of these statuses."""
    count = _with_status(*statuses)
    return lambda outlines: len(outlines) - count(outlines)


_CONTRADICTIONS: dict[Filter | None, Callable[[Sequence[Any]], int] | None] = {
    None: _with_status(Status.ARCHIVED),
    "archived": _without_status(None, Status.ARCHIVED),
    "open": _with_status(*FINISHED),
    "unassigned": _with_status(*FINISHED),
    "all": None,
}
