"""Messages: of the whole brand or of one conversation, listed and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, Literal, TypedDict, Unpack

import msgspec

from reamaze_async.listings.listing import Listing, Page
from reamaze_async.models import ChannelType, Instant, Message, Origin, Visibility
from reamaze_async.paging.plan import Drift
from reamaze_async.validation import flag, identifier, text
from reamaze_async.wire import fields
from reamaze_async.wire.fields import Field, Given
from reamaze_async.wire.parameters import OneOf, Parameter, Switch, as_for_conversations
from reamaze_async.wire.schema import Child, Column, Made, Schema, numbered, several, within

from .endpoints import ByDate, Endpoint, Operation, Resource

Side = Literal["staff", "customer"]


class MessageQuery(TypedDict, total=False):
    """The conditions that `list`, `page` and `count` take; see `list`."""

    filter: Side | None
    sent_by: str | None
    tag: str | Sequence[str] | None
    category: str | None
    origin: Origin | int | None
    start_date: datetime | date | str | None
    end_date: datetime | date | str | None
    include_original_body: bool


class ContentFields(TypedDict, total=False):
    """What a message may be given beside its text, also as the first one of a conversation."""

    visibility: Given[Visibility | int]
    recipients: Given[Sequence[str]]
    attachment: Given[str]
    attachments: Given[Sequence[str]]
    suppress_notifications: Given[bool]
    suppress_autoresolve: Given[bool]
    suppress_surveys: Given[bool | date]


class MessageFields(ContentFields, total=False):
    """What a new message may be given beside its text; see `create`."""

    user: Given[Mapping[str, Any]]
    origin_id: Given[str | int]


PARAMETERS = (
    Parameter("filter", "filter", OneOf(Side), "Whose messages; without it, both sides'."),
    Parameter("sent_by", "sent_by", text, "Written by whoever has this address."),
    as_for_conversations("tag", "With this tag on their conversation; repeat it for several."),
    as_for_conversations("category", "Of this channel."),
    as_for_conversations("origin", "How they came in: email, chat, sms, ... or a number."),
    as_for_conversations(
        "start_date",
        "Written at or after this ISO 8601 date or time; without an offset, this machine's.",
    ),
    as_for_conversations("end_date", "Written until then; a date is that whole day."),
    Parameter(
        "include_original_body",
        "*",
        Switch({"include": "original_body"}),
        "Also `original_body`, the HTML, where there is any.",
    ),
)

CONTENT = (
    Field("body", fields.letters, is_needed=True),
    Field("visibility", fields.number_of(Visibility, Visibility.COLLISION_DETECTED)),
    Field("recipients", fields.texts),
    Field("attachment", fields.letters),
    Field("attachments", fields.texts),
    Field("suppress_notifications", flag),
    Field("suppress_autoresolve", flag),
    Field("suppress_surveys", fields.flag_or_day),
)
"""What a message has, by itself or as the first one of a new conversation."""

LIST = Operation(
    "GET", "/messages", "messages.list", "pages, counts may be short", parameters=PARAMETERS
)
LIST_OF_ONE = Operation(
    "GET",
    "/conversations/{conversation}/messages",
    "messages.list(conversation=...)",
    "pages, counts may be short",
    parameters=PARAMETERS,
)
CREATE = Operation(
    "POST",
    "/conversations/{conversation}/messages",
    "messages.create",
    fields=(*CONTENT, Field("user", fields.mapping), Field("origin_id", identifier)),
    root="message",
)


# --- what tells one message from another ----------------------------------------------------------


class _Writer(msgspec.Struct, frozen=True, gc=False):
    name: str | None = None
    email: str | None = None
    mobile: str | None = None


class _Thread(msgspec.Struct, frozen=True, gc=False):
    slug: str
    created_at: Instant | None = None


class _Outline(msgspec.Struct, frozen=True, gc=False):
    """The fields of a raw message that tell it from others, typed as in `Message`."""

    body: str | None = None
    origin: Origin | None = None
    origin_id: str | int | None = None
    created_at: Instant | None = None
    user: _Writer | None = None
    conversation: _Thread | None = None


_pack = msgspec.msgpack.Encoder().encode


def key_of(message: Any) -> str:
    """What stands in for the id that messages don't have: the same in each read of a message.

    A digest of conversation, instant, origin, `origin_id`, writer and body. What may change between
    two reads has no part in it: subject, followers, recipients, visibility, addresses of files, and
    the writer's name, unless it is all there is to tell by. Two messages that agree in all of it
    are one.
    """
    user, at, thread = message.user, message.created_at, message.conversation
    origin_id = message.origin_id
    if at is None and thread is None and message.body is None:
        return ""
    known = (
        thread and thread.slug,
        at and at.timestamp(),
        message.origin,
        None if origin_id is None else str(origin_id),
        user and (user.email or user.mobile or (user.name if origin_id is None else None)),
        message.body,
    )
    try:
        content = _pack(known)
    except OverflowError:  # A number beyond 64 bits.
        content = _pack([str(part) for part in known])
    return blake2b(content, digest_size=12).hexdigest()


# --- a message's columns --------------------------------------------------------------------------

ATTACHMENTS = Child(
    "attachments",
    owner="message",
    columns=(
        Column("file_name", path="file_file_name"),
        Column("content_type", path="file_content_type"),
        Column("file_size", "integer", "file_file_size"),
        *several("text", "url", "thumb_url"),
        Column("is_image", "boolean", "image?"),
    ),
    shown=("file_name", "url"),
)

RECIPIENTS = Child(
    "message_recipients",
    owner="message",
    columns=several("text", "name", "email"),
    indexed="email",
    shown=("email", "name"),
)

SCHEMA = Schema(
    "messages",
    "key",
    (
        Column("key", path=Made.KEY),
        Column("conversation_slug", path="conversation.slug", refers="conversations.slug"),
        Column("conversation_id", "integer", "conversation.id"),
        Column("conversation_subject", path="conversation.subject"),
        Column("conversation_created_at", "instant", "conversation.created_at"),
        *numbered("channel", ChannelType, "conversation.category.channel"),
        Column("category_slug", path="conversation.category.slug", refers="channels.slug"),
        *within("category", "name", "email", of="conversation.category"),
        *several("instant", "created_at", "updated_at"),
        *numbered("visibility", Visibility),
        *numbered("origin", Origin),
        Column("origin_id"),
        *within("user", "name", "email", "mobile"),
        Column("user_is_staff", "boolean", "user.staff?"),
        *several("text", "body", "original_body"),
        Column("recipients", "rows", child=RECIPIENTS),
        Column("direct_recipients", "json"),
        Column("attachments", "rows", child=ATTACHMENTS),
        Column("meta", "json"),
    ),
    indexed=("conversation_slug", "created_at", "user_email"),
)

ENDPOINT = Endpoint(
    name="messages",
    root="message",
    kind=Message,
    outline=_Outline,
    keys=lambda messages: [key_of(message) for message in messages],
    operations=(LIST, LIST_OF_ONE, CREATE),
    schema=SCHEMA,
    by_date=ByDate("created_at", since="start_date"),
)


class Messages(Resource[Message]):
    """`session.messages`."""

    _endpoint = ENDPOINT

    def list(
        self,
        *,
        conversation: str | None = None,
        ordered: bool = True,
        drift: Drift = "repair",
        **conditions: Unpack[MessageQuery],
    ) -> Listing[Message]:
        """All messages that match, newest first (documented); nothing is sent until iterated.

        Messages have no id: they are told apart by what they say, who wrote it, when and where.
        The server's counts are said to leave some out, so pages are read on while they are full.

        Args:
            conversation: a conversation's slug: its messages alone. Default: the whole brand's.
            filter: `"staff"` or `"customer"`: whose messages.
            sent_by: the writer's email.
            tag: one tag or several, of the conversation.
            category: a channel's slug.
            origin: how a message came in.
            start_date: earliest time at which a message was **written** (unlike conversations).
            end_date: latest time of it.
            include_original_body: also give `original_body`, the HTML, where there is any.
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.
            **conditions: those named above; they narrow each other.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        operation, keys = _lists(conversation)
        return self._list(operation, *keys, asked=conditions, ordered=ordered, drift=drift)

    async def page(
        self, number: int, *, conversation: str | None = None, **conditions: Unpack[MessageQuery]
    ) -> Page[Message]:
        """One page as it is now; past the end it is empty.

        Args:
            number: from 1.
            conversation: as for `list`.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the page could not be fetched.
        """
        operation, keys = _lists(conversation)
        return await self._page(number, operation, *keys, asked=conditions)

    async def count(
        self, *, conversation: str | None = None, **conditions: Unpack[MessageQuery]
    ) -> int:
        """How many messages match, by one request, as the server counts: maybe not all of them.

        Args:
            conversation: as for `list`.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be fetched.
        """
        operation, keys = _lists(conversation)
        return await self._count(operation, *keys, asked=conditions)

    async def create(
        self, conversation: str, body: str, **attributes: Unpack[MessageFields]
    ) -> Message:
        """Write a message, which is mailed to the customer unless it is an internal note.

        It is sent once. If the error says that it may have been done all the same, look for your
        `origin_id` before you send it again. A regular message of staff marks the conversation as
        done or responded, unless that is suppressed.

        Args:
            conversation: the conversation's slug.
            body: the text, in Markdown, sent to the letter; HTML tags arrive as text (seen).
            visibility: `Visibility.REGULAR` (the server's default) or `INTERNAL_NOTE`.
            user: who writes, as `{"name": ..., "email": ...}`. Default: the token's user.
            origin_id: an id of your own, which helps to prevent duplicates (documented).
            recipients: emails (documented) or telephone numbers (seen), who become followers.
            attachment: the URL of a file, which Re:amaze fetches.
            attachments: the URLs of several.
            suppress_notifications: send no mail.
            suppress_autoresolve: leave the conversation's status as it is.
            suppress_surveys: ask for no rating; a date: until that day (seen).
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Returns:
            The message, as far as the answer tells it.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            NotFound: there is no such conversation.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(CREATE, conversation, given={"body": body, **attributes})


def _lists(conversation: str | None) -> tuple[Operation, tuple[str, ...]]:
    """Which list it is, and the key in its path."""
    return (LIST, ()) if conversation is None else (LIST_OF_ONE, (conversation,))
