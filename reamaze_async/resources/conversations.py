"""Conversations: list, page and count; what is done with one of them is `one_conversation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, TypedDict, Unpack, get_args

import msgspec

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter
from reamaze_async.listings.changes import Changes
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.listings.source import ListSource
from reamaze_async.models import ChannelType, Conversation, Instant, Origin, Status
from reamaze_async.paging.plan import Drift
from reamaze_async.threads.sources import Sources
from reamaze_async.threads.threads import Threads
from reamaze_async.threads.way import Way
from reamaze_async.wire import parameters
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.parameters import Filter, Sort
from reamaze_async.wire.schema import Child, Column, Made, Schema, numbered, several, within
from reamaze_async.wire.values import mark_of

from . import messages, one_conversation
from .endpoints import ByDate, Endpoint, Operation, slugs
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
    status: Status | None = None


class _MovingOutline(_Outline, frozen=True, gc=False):
    updated_at: Any = None
    last_customer_message: Any = None


class _ThreadOutline(_MovingOutline, frozen=True, gc=False):
    created_at: Instant | None = None
    message_count: Any = None


FOLLOWERS = Child(
    "followers",
    owner="conversation",
    columns=(
        Column("id", "integer"),
        *several("text", "name", "email"),
        Column("is_staff", "boolean", "staff?"),
    ),
    indexed="email",
    shown=("email", "name"),
)

SCHEMA = Schema(
    "conversations",
    "slug",
    (
        *several("text", "display_subject", "subject", "slug"),
        Column("url", path=Made.PAGE),
        *numbered("status", Status),
        *several("instant", "created_at", "updated_at", "hold_until"),
        *numbered("origin", Origin),
        *numbered("channel", ChannelType, "category.channel"),
        Column("category_slug", path="category.slug", refers="channels.slug"),
        *within("category", "name", "email"),
        Column("author_id", "integer", "author.id"),
        *within("author", "name", "email", "mobile"),
        Column("assignee_id", "integer", "assignee.id"),
        *within("assignee", "name", "email"),
        Column(
            "tags",
            "texts",
            "tag_list",
            child=Child("tags", "conversation", several("text", "tag"), indexed="tag"),
        ),
        Column("followers", "rows", child=FOLLOWERS),
        Column("message_count", "integer"),
        Column("read_only", "boolean", "readOnly"),
        Column("message", path="message.body"),
        Column("last_customer_message_at", "instant", "last_customer_message.created_at"),
        Column("last_customer_message", path="last_customer_message.body"),
        Column("last_staff_message_at", "instant", "last_staff_message.created_at"),
        Column("last_staff_message", path="last_staff_message.body"),
        Column("data", "json"),
    ),
    indexed=("created_at", "updated_at", "status"),
)
"""Some stay empty in an export, because a list doesn't hold what they are for (seen)."""

LIST = Operation(
    "GET", "/conversations", "conversations.list", "pages", parameters=parameters.CONVERSATIONS
)

ENDPOINT = Endpoint(
    name="conversations",
    root="conversation",
    kind=Conversation,
    outline=_Outline,
    keys=slugs,
    operations=(LIST, *one_conversation.OPERATIONS),
    schema=SCHEMA,
    things_leave=True,
    by_date=ByDate("updated_at", sort="changed"),
)

_MOVING = cache(lambda: PageDecoder("conversations", Conversation, _MovingOutline, slugs))
"""Reads the pages of lists whose order moves; made when it is first needed."""

_OF_THREADS = cache(lambda: PageDecoder("conversations", Conversation, _ThreadOutline, slugs))
"""Reads the pages of lists whose threads are read, too."""


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
            start_date: earliest time of the **latest customer message** (not of creation): an
                aware `datetime`, a `date`, or ISO 8601. What has no offset is a time on this
                machine's clock.
            end_date: latest time of it, likewise; a bare date is that whole day.
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

    def threads(
        self,
        *,
        include_original_body: bool = False,
        ordered: bool = True,
        drift: Drift = "repair",
        way: Way = "auto",
        **conditions: Unpack[ConversationQuery],
    ) -> Threads:
        """All conversations that match, each with its messages; nothing is sent until iterated.

            async for conversation, messages in session.conversations.threads(filter="all"):
                print(conversation.slug, len(messages))

        Args:
            include_original_body: also give `original_body`, the HTML, where there is any.
            ordered: as for `list`. False: threads as they are complete.
            drift: as for `list`, of conversations and of messages.
            way: `"each"`: one listing of messages per conversation. `"together"`: the brand's
                messages are read once and joined to the conversations, which takes fewer requests
                the fewer messages a conversation has; not with `sort=`. `"auto"`: the one that
                takes fewer by the totals of the two lists, for one request more.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread, or `sort` is given together with
                `way="together"`.
        """
        body = {"include_original_body": include_original_body}
        source = self._source(LIST, (), conditions)
        decoder = _OF_THREADS()
        sources = Sources(
            conversations=replace(source, raw=decoder.raw, outline=decoder.outline),
            messages=messages.ENDPOINT.source(messages.LIST, (), body),
            messages_of=lambda slug: messages.ENDPOINT.source(messages.LIST_OF_ONE, (slug,), body),
            look=one_conversation.GET.request,
            total=messages.ENDPOINT.decoder.total,
        )
        validation.choice("drift", drift, get_args(Drift))
        validation.choice("way", way, get_args(Way))
        if source.mark is not None and way == "together":
            message = (
                f"sort={conditions.get('sort')!r} can't be combined with way='together', which "
                "needs the default order: leave one of them out."
            )
            raise InvalidParameter(message)
        return Threads(
            self._client,
            sources,
            ordered=validation.flag("ordered", ordered),
            drift=drift,
            way="each" if source.mark is not None else way,
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
            ReamazeError: the page could not be fetched.
        """
        return await self._page(number, LIST, asked=conditions)

    async def count(self, **conditions: Unpack[ConversationQuery]) -> int:
        """How many conversations match, by one request.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be fetched.
        """
        return await self._count(LIST, asked=conditions)

    def changes(
        self, since: datetime | date | str, **conditions: Unpack[ConversationQuery]
    ) -> Changes[Conversation]:
        """What has changed since a time, latest change first; nothing is sent until iterated.

        It costs one request if nothing has changed, and one for each thirty changes. Keep
        `changes.mark` for the next time.

        Args:
            since: an aware `datetime`, a `date` or ISO 8601, as for `list`.
            **conditions: as for `list`, without `sort`; `filter` is `"all"` unless given, since
                to be archived is a change.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        if conditions.get("sort") is not None:
            message = "sort: changes come by their date; leave it out."
            raise InvalidParameter(message)
        news = self._news(LIST, (), {"filter": "all", **conditions})
        assert news
        moment = parameters.moment("since", since)
        return Changes(self._client, news.source(None), since=moment)

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
    wanted = frozenset(statuses)

    def count(outlines: Sequence[Any]) -> int:
        found = [outline.status for outline in outlines]
        return 0 if wanted.isdisjoint(found) else sum(map(found.count, wanted))

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
