"""Reading: from the reply to a request for a page to what paging has to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from reamaze_async.http.requester import Reply
from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.wire.decode import PageBody
from reamaze_async.wire.unreadable import Unreadable

from .source import ListSource


def page_read(
    source: ListSource[Any],
    number: int,
    reply: Reply[PageBody[Any]],
    is_by_other_order: bool = False,
) -> PageRead:
    """What a reply says of a page."""
    body = reply.result
    keys = body.keys
    distinct = body.distinct or set(keys)
    if len(distinct) < len(keys):
        distinct = set(keys := _told_apart(keys, body.items))
    return PageRead(
        number=number,
        keys=keys,
        size=body.size or 1,
        pages=body.pages,
        total=body.total,
        began=reply.began,
        ended=reply.ended,
        items=body.items,
        marks=_marks(source, body) if source.mark else (),
        unreadable=body.unreadable,
        is_by_other_order=is_by_other_order,
        distinct=distinct,
    )


def past_the_end(number: int, reply: Reply[PageBody[Any]], *, is_by_other_order: bool) -> PageRead:
    """A page that isn't there, of a list that a reply counts."""
    body = reply.result
    size = max(1, body.size)
    return PageRead(
        number,
        (),
        size,
        body.pages,
        body.total,
        reply.began,
        reply.ended,
        items=(),
        is_by_other_order=is_by_other_order,
    )


def _told_apart(keys: Sequence[str], items: Sequence[Any]) -> Sequence[str]:
    """The keys, with others for different items under one key.

    One answer is one moment, so drift repeats nothing in it.
    """
    told = list(keys)
    first: dict[str, bytes] = {}
    for position, (key, item) in enumerate(zip(keys, items, strict=True)):
        content = item if isinstance(item, bytes) else msgspec.json.encode(item)
        if first.setdefault(key, content) != content:
            told[position] = f"{key}\0{blake2b(content, digest_size=12).hexdigest()}"
    return told


def _marks(source: ListSource[Any], body: PageBody[Any]) -> Sequence[Any]:
    """The sort key of each item; that of a neighbour where an item can't be read."""
    assert source.mark
    if not body.unreadable:
        return list(map(source.mark, body.outlines))
    marks: list[Any] = []
    readable = [one for one in body.outlines if not isinstance(one, Unreadable)]
    last = source.mark(readable[0]) if readable else 0.0
    for one in body.outlines:
        last = last if isinstance(one, Unreadable) else source.mark(one)
        marks.append(last)
    return marks


def new_items(batch: Batch) -> Sequence[Any]:
    """The items of a batch that are to be handed out; what can't be read is among them."""
    items: Sequence[Any] = batch.read.items
    if len(batch.positions) == len(items):
        return items
    return [items[position] for position in batch.positions]


def readable_items(batch: Batch) -> Iterable[Any]:
    """The items of a batch that are to be handed out and can be read."""
    items = new_items(batch)
    if not batch.read.unreadable:
        return items
    return [item for item in items if not isinstance(item, Unreadable)]


def own_json(batch: Batch) -> Sequence[bytes]:
    """The own JSON of the items of a batch that are to be handed out; also of one without a key."""
    items = new_items(batch)
    if not batch.read.unreadable:
        return items
    found = (item.json if isinstance(item, Unreadable) else item for item in items)
    return [item for item in found if item is not None]


def new_unreadable(batch: Batch) -> list[Unreadable]:
    """The items of a batch that can't be read, and haven't been told of before."""
    unreadable = batch.read.unreadable
    return [unreadable[i] for i in batch.positions if i in unreadable] if unreadable else []
