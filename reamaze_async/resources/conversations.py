"""Conversations: list, page, count and get, with the docstrings that users read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from operator import attrgetter
from typing import Any, TypedDict, Unpack, get_args

import msgspec

from reamaze_async import validation
from reamaze_async.http.client import Client
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.listings.source import ListSource
from reamaze_async.models import Conversation, Origin, Status
from reamaze_async.paging.plan import Drift
from reamaze_async.wire import parameters
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.parameters import Filter, Sort
from reamaze_async.wire.request import encode_query, item_request, list_request
from reamaze_async.wire.values import mark_of

PATH = "/conversations"

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
    origin: Origin | int | str | None
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


_key = attrgetter("slug")

_DECODER = PageDecoder("conversations", Conversation, _Outline, _key)
_MOVING_DECODER = PageDecoder("conversations", Conversation, _MovingOutline, _key)


class Conversations:
    """`session.conversations`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(
        self,
        *,
        filter: Filter | None = None,  # noqa: A002 - the API's own word
        for_: str | None = None,
        for_id: str | int | None = None,
        sort: Sort | None = None,
        tag: str | Sequence[str] | None = None,
        category: str | None = None,
        origin: Origin | int | str | None = None,
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
            origin: how a conversation came in: an `Origin`, its number, or its name (`"email"`).
            data: custom fields and their values.
            start_date: earliest time of the **latest customer message** (not of creation). A
                bare date means that whole day, and a string without an offset a time, in this
                machine's time zone; an aware `datetime` means the same everywhere.
            end_date: latest time of it, likewise: a bare date includes that day.
            ordered: the API's order. False: pages as they arrive, no slower page waited for.
            drift: what to do about pages that shift while they are read. `"repair"`: read again
                where something may have slipped through. `"verify"`: read on until nothing is
                left to doubt, at about twice the cost. `"ignore"`: only drop duplicates. But for
                that one, a list that stands still and brings fewer items than it counts is told.

        Raises:
            InvalidParameter: a value would be refused or misread.
        """
        query = _query(
            filter=filter,
            for_=for_,
            for_id=for_id,
            sort=sort,
            tag=tag,
            category=category,
            origin=origin,
            data=data,
            start_date=start_date,
            end_date=end_date,
        )
        validation.choice("drift", drift, get_args(Drift))
        return Listing(
            self._client,
            _source(query, filter, sort),
            ordered=validation.flag("ordered", ordered),
            drift=drift,
        )

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
        query = _query(**conditions)
        request = list_request(PATH, query, validation.page_number(number))
        content = await self._client.ask(request, _DECODER.typed)
        return Page(
            number=number,
            page_size=content.size,
            page_count=content.pages,
            total_count=content.total,
            items=content.readable,
        )

    async def count(self, **conditions: Unpack[ConversationQuery]) -> int:
        """How many conversations match, by one request.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be had.
        """
        request = list_request(PATH, _query(**conditions), 1)
        return await self._client.ask(request, _DECODER.total)

    async def get(self, slug: str) -> Conversation:
        """One conversation, with `last_staff_message` and `data` (documented).

        Args:
            slug: its key; a numeric database id is understood too (documented).

        Raises:
            InvalidParameter: the slug is empty or no string.
            NotFound: there is none.
            ReamazeError: it could not be had.
        """
        request = item_request(PATH, slug)
        return await self._client.ask(request, partial(_DECODER.one, wrapper="conversation"))


def _query(**conditions: Unpack[ConversationQuery]) -> str:
    return encode_query(parameters.query(parameters.CONVERSATIONS, conditions))


def _source(query: str, filter_: Filter | None, sort: Sort | None) -> ListSource[Conversation]:
    decoder = _MOVING_DECODER if sort else _DECODER
    return ListSource(
        path=PATH,
        query=query,
        typed=decoder.typed,
        raw=decoder.raw,
        outline=decoder.outline,
        key=_key,
        mark=_MARKS[sort] if sort else None,
        contradicts=_CONTRADICTIONS[filter_],
        other_query=_in_another_order(query, sort),
        other_order="the default order" if sort == "changed" else "sort='changed'",
    )


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


def _is_finished(outline: Any) -> bool:
    return outline.status in FINISHED


_CONTRADICTIONS: dict[Filter | None, Callable[[Any], bool] | None] = {
    None: lambda outline: bool(outline.status == Status.ARCHIVED),
    "archived": lambda outline: outline.status not in (None, Status.ARCHIVED),
    "open": _is_finished,
    "unassigned": _is_finished,
    "all": None,
}
