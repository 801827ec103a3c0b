"""The messages of one conversation, made up so that they agree with what the conversation says."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from reamaze_async.sandbox.message import COLLISION, NOTE, REGULAR, Message

if TYPE_CHECKING:
    from reamaze_async.sandbox.conversation import Conversation
    from reamaze_async.sandbox.entities import User

ROOM = 1 << 20
"""Ids of messages that a conversation has to itself."""


class Moment(NamedTuple):
    """When who writes."""

    at: int
    is_staff: bool
    luck: int
    is_free: bool = False
    """Neither the first message, nor the last one of its side."""


def plan(conversation: Conversation) -> list[Message]:
    """The thread, oldest first.

    The first message is as old as the conversation, the last regular one of each side stands at
    the moment that the conversation tells, and there are as many as it counts.
    """
    first, *others = _fixed(conversation)
    others += _free(conversation, conversation.message_count - 1 - len(others))
    return _written(conversation, first, others)


def ends(conversation: Conversation) -> list[Message]:
    """Of the same thread only the first message and the last regular one of each side.

    All that a list of conversations shows, and much less to make.
    """
    first, *others = _fixed(conversation)
    return _written(conversation, first, others)


def fewest(conversation: Conversation) -> int:
    """How many messages there must be for the moments that a conversation tells."""
    return len(list(_fixed(conversation)))


def _fixed(conversation: Conversation) -> Iterator[Moment]:
    """The first message, and the last one of each side where that is another one."""
    it = conversation
    by_staff = it.customer_at is None
    yield Moment(it.created, by_staff, it.luck)
    if it.customer_at is not None and it.customer_at > it.created:
        yield Moment(it.customer_at, is_staff=False, luck=it.luck + 1)
    if it.staff_at is not None and (not by_staff or it.staff_at > it.created):
        yield Moment(max(it.staff_at, it.created), is_staff=True, luck=it.luck + 2)


def _free(conversation: Conversation, count: int) -> Iterator[Moment]:
    """The others, each before the last one of its side."""
    it = conversation
    random = Random(it.luck + 3)
    for number in range(count):
        by_staff = it.customer_at is None or (it.staff_at is not None and random.random() < 0.5)
        last = it.staff_at if by_staff else it.customer_at
        at = it.created + int(random.random() ** 2 * max(0, (last or it.created) - it.created))
        yield Moment(at, by_staff, it.luck + 4 + number, is_free=True)


def _written(conversation: Conversation, first: Moment, others: list[Moment]) -> list[Message]:
    others.sort(key=lambda moment: moment.at)
    moments = enumerate((first, *others))
    return [_message(conversation, number, moment) for number, moment in moments]


def _message(conversation: Conversation, number: int, moment: Moment) -> Message:
    is_first = number == 0
    from_outside = is_first or not moment.is_staff
    is_given = is_first and conversation.text is not None
    return Message(
        id=conversation.id * ROOM + number,
        conversation=conversation,
        created=moment.at,
        user=_writer(conversation, moment, is_first=is_first),
        is_staff=moment.is_staff,
        origin=conversation.origin if from_outside else conversation.category.origin,
        luck=moment.luck,
        visibility=conversation.visibility if is_first else _visibility(moment),
        origin_id=conversation.origin_id if is_first else _origin_id(conversation, moment),
        text=conversation.text if is_first else None,
        recipients=conversation.followers if is_first else (),
        attachments=conversation.attachments if is_given else None,
    )


def _writer(conversation: Conversation, moment: Moment, *, is_first: bool) -> User | None:
    """Who wrote: an unknown author stays unknown; staff answer as they are assigned."""
    if is_first or not moment.is_staff:
        return conversation.author
    if conversation.assignee and moment.luck % 3:
        return conversation.assignee
    staff = conversation.staff
    return staff[moment.luck % len(staff)] if staff and moment.luck % 97 else None


def _visibility(moment: Moment) -> int:
    """Some of staff's free messages are notes among themselves, few are collisions."""
    if not (moment.is_free and moment.is_staff):
        return REGULAR
    if moment.luck % 40 == 3:
        return COLLISION
    return NOTE if moment.luck % 4 == 0 else REGULAR


def _origin_id(conversation: Conversation, moment: Moment) -> str | None:
    """As mail numbers its messages; none for one in five, and for chats."""
    if conversation.category.origin != 1 or moment.luck % 5 == 2:
        return None
    return f"<{moment.luck:x}.{conversation.id}@mail.example.com>"
