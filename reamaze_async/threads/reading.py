"""Reading: pages of the two lists, their items as the join sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import Request
from reamaze_async.wire.unreadable import Unreadable
from reamaze_async.wire.values import number_of

from .join import ListedConversation, ListedMessage

Row = ListedConversation | ListedMessage


def conversations(decode: Decode[PageBody[Any]]) -> Decode[PageBody[Any]]:
    """Reads pages of conversations."""
    return _rows(decode, _conversation)


def messages(decode: Decode[PageBody[Any]]) -> Decode[PageBody[Any]]:
    """Reads pages of messages."""
    return _rows(decode, message)


def message(item: Any, outline: Any) -> ListedMessage:
    """A message as the join sees it, typed or raw."""
    thread = outline.conversation
    slug, began = (thread.slug, _seconds(thread.created_at)) if thread else ("", None)
    return ListedMessage(item, outline, slug, _seconds(outline.created_at), began)


def _conversation(item: Any, outline: Any) -> ListedConversation:
    counted = number_of(outline.message_count)
    return ListedConversation(item, outline.slug, _seconds(outline.created_at), counted)


def _seconds(moment: Any) -> float | None:
    return None if moment is None else moment.timestamp()


def _rows(decode: Decode[PageBody[Any]], row: Callable[[Any, Any], Row]) -> Decode[PageBody[Any]]:
    def read(request: Request, body: bytes, *, splits: bool = False) -> PageBody[Any]:
        page = decode(request, body, splits=splits)
        if not page.unreadable:
            return replace(page, items=list(map(row, page.items, page.outlines)))
        pairs = zip(page.items, page.outlines, strict=True)
        items = [one if isinstance(one, Unreadable) else row(item, one) for item, one in pairs]
        return replace(page, items=items)

    return read
