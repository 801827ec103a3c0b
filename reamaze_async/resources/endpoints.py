"""Endpoints: each resource as one record, and the verbs that are made from it.

An `Operation` is one pair of method and path as data: what it is called here, who says that it
exists, what may be asked and sent, how the answer counts. An `Endpoint` is a resource: how its
items are read and told apart, and its operations. A `Resource` has the verbs; a class for one
resource names their arguments and says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar, get_args

import msgspec

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.listings.source import ListSource, News
from reamaze_async.listings.unreadable_items import warn_of
from reamaze_async.paging.plan import Drift
from reamaze_async.wire import fields, parameters, paths
from reamaze_async.wire.answers import single
from reamaze_async.wire.decode import Keys, PageDecoder
from reamaze_async.wire.fields import Field, Rule
from reamaze_async.wire.parameters import Parameter
from reamaze_async.wire.request import ROOT, Request, encode_query
from reamaze_async.wire.schema import Schema
from reamaze_async.wire.unreadable import Unreadable
from reamaze_async.wire.values import mark_of
from reamaze_async.wire.whole import CountingDecoder, in_one_answer, so_far

from .verbs import Verbs
from .writing import send

Item = TypeVar("Item")
Result = TypeVar("Result")

Source = Literal["documented", "seen"]
"""Who says that an operation exists: the official reference, or real clients alone."""

Answer = Literal[
    "pages",
    "pages, counts may be short",
    "pages, maybe without counts",
    "one list, with its length",
    "one list",
    "all of them",
    "one",
    "report",
    "nothing",
]
"""What an operation answers with, and how lists count."""


NOTHING: Mapping[str, Any] = MappingProxyType({})


def slugs(things: Sequence[Any]) -> list[str]:
    """The keys of most things."""
    return [thing.slug for thing in things]


def ids(things: Sequence[Any]) -> list[str]:
    """The ids as texts: of some things they are numbers."""
    return [str(thing.id) for thing in things]


@dataclass(frozen=True, slots=True)
class Operation:
    """One pair of method and path.

    Attributes:
        method: `GET`, `POST`, ...
        path: below `/api/v1`, with the names of keys in it, such as `/contacts/{identifier}`.
        verb: what it is called here, such as `contacts.get`.
        answer: what comes back.
        source: who says that it exists.
        parameters: what may be asked, but the page.
        fields: what may be sent.
        root: the key in the body under which that stands; empty: it stands there flat.
        rules: check what is sent against each other.
        permission: what the user's role needs for it, as far as that is known.
    """

    method: str
    path: str
    verb: str
    answer: Answer = "one"
    source: Source = "documented"
    parameters: tuple[Parameter, ...] = ()
    fields: tuple[Field, ...] = ()
    root: str = ""
    rules: tuple[Rule, ...] = ()
    permission: str = ""

    @property
    def is_paged(self) -> bool:
        """Whether the answer is a page of several."""
        return self.answer.startswith("pages")

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list of things, in pages or whole."""
        return self.is_paged or self.answer.startswith("one list")

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the keys in its path."""
        return paths.names(self.path)

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of all that may be asked and sent."""
        asked, sent = (row.name for row in self.parameters), (row.name for row in self.fields)
        return (*asked, *sent)

    def path_of(self, *keys: Any) -> str:
        """The path with these keys in it.

        Raises:
            InvalidParameter: a key is empty, or would change the path.
        """
        return paths.fill(self.path, keys)

    def query_of(self, asked: Mapping[str, Any]) -> str:
        """What is asked, checked and encoded.

        Raises:
            InvalidParameter: a value would be refused or misread.
            TypeError: there is no such parameter.
        """
        return encode_query(parameters.query(self.parameters, asked))

    def body_of(self, given: Mapping[str, Any]) -> bytes | None:
        """What is sent, checked and encoded; None where nothing may be sent.

        Raises:
            InvalidParameter: a value would be refused or misread, or nothing would change.
            TypeError: there is no such attribute.
        """
        if not self.fields:
            return None
        body = fields.body_of(self.fields, given, is_new=self.method == "POST")
        for rule in self.rules:
            rule(given)
        if self.method == "PUT" and not body:
            names = ", ".join(field.name for field in self.fields)
            message = f"{self.verb}: nothing to change: give at least one of {names}."
            raise InvalidParameter(message)
        return msgspec.json.encode({self.root: body} if self.root else body)

    def request(
        self, *keys: Any, asked: Mapping[str, Any] = NOTHING, given: Mapping[str, Any] = NOTHING
    ) -> Request:
        """The request, checked and encoded.

        Args:
            *keys: what stands in the path.
            asked: the parameters of the query.
            given: the attributes of the body.

        Raises:
            InvalidParameter: a value would be refused or misread.
            TypeError: there is no such parameter or attribute.
        """
        path, query = ROOT + self.path_of(*keys), self.query_of(asked)
        body = self.body_of(given)
        return Request(self.method, path, query, body, permission=self.permission)


@dataclass(frozen=True, slots=True)
class ByDate:
    """How a list can be asked for what is new.

    Attributes:
        field: of an item: the date by which it is new.
        sort: the `sort` that lists the newest first; empty if the list is so anyway.
        since: the parameter for the earliest date; empty if there is none.
        is_sorted: whether the newest come first at all.
    """

    field: str
    sort: str = ""
    since: str = ""
    is_sorted: bool = True

    def narrowed(self, asked: Mapping[str, Any], since: datetime | None) -> dict[str, Any]:
        """The conditions of a list, narrowed to what is new since a time."""
        more = {**asked, "sort": self.sort} if self.sort else dict(asked)
        given = asked.get(self.since)
        is_later = given is None or since is None or parameters.moment(self.since, given) < since
        return more | {self.since: since} if self.since and since and is_later else more


@dataclass(frozen=True)
class Endpoint(Generic[Item]):
    """A resource.

    Attributes:
        name: its word in paths, and the key of a list of it.
        root: the key under which a single one may come.
        kind: the items' Struct.
        outline: a Struct with the few fields that paging needs of a raw item.
        keys: tells items from each other, by either Struct.
        operations: all there are.
        schema: its columns, in files that have some.
        things_leave: whether items leave its lists in the ordinary course of things.
        by_date: how it can be asked for what is new; None: only by reading it whole.
    """

    name: str
    root: str
    kind: type[Item]
    outline: type[Any]
    keys: Keys
    operations: tuple[Operation, ...]
    schema: Schema
    things_leave: bool = False
    by_date: ByDate | None = None

    @property
    def lists(self) -> tuple[Operation, ...]:
        """The operations that list it: all of it first, then parts that keys in the path name."""
        return tuple(operation for operation in self.operations if operation.is_list)

    @property
    def getter(self) -> Operation | None:
        """The operation that reads one item; None if there is none."""
        verb = f"{self.name}.get"
        return next((one for one in self.operations if one.verb == verb), None)

    @cached_property
    def pages(self) -> PageDecoder[Item]:
        """Reads its items, and pages that have counts; made when it is first needed."""
        return PageDecoder(self.name, self.kind, self.outline, self.keys)

    @cached_property
    def dated(self) -> PageDecoder[Item]:
        """Reads its items with their dates; made when it is first needed."""
        assert self.by_date
        field = (self.by_date.field, Any, None)
        known = {each.name for each in msgspec.structs.fields(self.outline)}
        outline = self.outline
        if self.by_date.field not in known:
            outline = msgspec.defstruct("Dated", [field], bases=(outline,), frozen=True, gc=False)
        return PageDecoder(self.name, self.kind, outline, self.keys)

    @cached_property
    def decoder(self) -> PageDecoder[Item] | CountingDecoder[Item]:
        """Reads its lists, counted or not."""
        pages = self.pages
        answers = {operation.answer for operation in self.operations}
        if "pages, maybe without counts" in answers:
            return CountingDecoder(self.name, pages, so_far)
        is_one = any(answer.startswith("one list") for answer in answers)
        return CountingDecoder(self.name, pages, in_one_answer) if is_one else pages

    def key(self, thing: Any) -> str:
        """What tells an item from others, by either Struct."""
        return self.keys([thing])[0]

    def key_of(self, json: bytes) -> str | None:
        """What tells an item from others, by its own JSON; None if nothing does.

        Raises:
            msgspec.DecodeError: it is no object.
        """
        outline = self.decoder.outline(json)
        return None if isinstance(outline, Unreadable) else self.key(outline) or None

    def source(
        self, operation: Operation, keys: Sequence[Any], asked: Mapping[str, Any]
    ) -> ListSource[Item]:
        """One of its lists.

        Raises:
            InvalidParameter: a value would be refused or misread.
            TypeError: there is no such parameter.
        """
        return ListSource(
            path=operation.path_of(*keys),
            query=operation.query_of(asked),
            typed=self.decoder.typed,
            raw=self.decoder.raw,
            outline=self.decoder.outline,
            key=self.key,
            schema=self.schema,
            key_of=self.key_of,
            short_counts=operation.answer == "pages, counts may be short",
            is_counted=operation.answer != "pages, maybe without counts",
            is_paged=operation.is_paged,
            things_leave=self.things_leave,
            permission=operation.permission,
        )


class Resource(Verbs, Generic[Item]):
    """The verbs of a resource, for its class to name their arguments."""

    _endpoint: Endpoint[Item]

    def _source(
        self, operation: Operation, keys: Sequence[Any], asked: Mapping[str, Any]
    ) -> ListSource[Item]:
        return self._endpoint.source(operation, keys, asked)

    def _list(
        self,
        operation: Operation,
        *keys: Any,
        asked: Mapping[str, Any] = NOTHING,
        ordered: bool = True,
        drift: Drift = "repair",
    ) -> Listing[Item]:
        source = self._source(operation, keys, asked)
        validation.choice("drift", drift, get_args(Drift))
        ordered = validation.flag("ordered", ordered)
        news = self._news(operation, keys, asked)
        return Listing(self._client, source, ordered=ordered, drift=drift, news=news)

    def _news(
        self, operation: Operation, keys: Sequence[Any], asked: Mapping[str, Any]
    ) -> News[Item] | None:
        by_date = self._endpoint.by_date
        if by_date is None:
            return None

        def source(since: datetime | None) -> ListSource[Item]:
            found = self._source(operation, keys, by_date.narrowed(asked, since))
            if not by_date.is_sorted:
                return found
            dated, date = self._endpoint.dated, attrgetter(by_date.field)
            return replace(
                found,
                raw=dated.raw,
                outline=dated.outline,
                mark=lambda outline: mark_of(date(outline)),
            )

        return News(by_date.field, by_date.is_sorted, bool(by_date.since), source)

    async def _page(
        self, number: int, operation: Operation, *keys: Any, asked: Mapping[str, Any] = NOTHING
    ) -> Page[Item]:
        source = self._source(operation, keys, asked)
        request = source.request(validation.page_number(number))
        body = await self._client.ask(request, source.typed)
        if body.unreadable:  # A listing says so at its end; a page has no other voice.
            warn_of(request, body.unreadable.values())
        return Page(
            number=number,
            page_size=body.size,
            page_count=body.pages,
            total_count=body.total,
            items=body.readable,
        )

    async def _count(
        self, operation: Operation, *keys: Any, asked: Mapping[str, Any] = NOTHING
    ) -> int:
        source = self._source(operation, keys, asked)
        return await self._client.ask(source.request(1), self._endpoint.decoder.total)

    async def _get(
        self, operation: Operation, *keys: Any, asked: Mapping[str, Any] = NOTHING
    ) -> Item:
        return await self._ask(operation.request(*keys, asked=asked), self._one)

    async def _write(
        self,
        operation: Operation,
        *keys: Any,
        asked: Mapping[str, Any] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> Item:
        request = operation.request(*keys, asked=asked, given=given)
        return await self._send(request, self._one, given)

    async def _ask(self, request: Request, decode: Callable[[Request, bytes], Result]) -> Result:
        return await self._client.ask(request, decode)

    async def _send(
        self,
        request: Request,
        decode: Callable[[Request, bytes], Result],
        given: Mapping[str, Any] = NOTHING,
    ) -> Result:
        return await send(self._client, request, decode, given.get("origin_id"))

    @property
    def _one(self) -> Callable[[Request, bytes], Item]:
        return single(self._endpoint.pages, self._endpoint.root)
