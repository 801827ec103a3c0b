"""One conversation: read, begun, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypedDict, Unpack

import msgspec
from msgspec import UNSET

from reamaze_async.errors import DecodeError, InvalidParameter
from reamaze_async.models import Conversation, Status
from reamaze_async.validation import invalid, text
from reamaze_async.wire import fields
from reamaze_async.wire.answers import any_keys, single
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.fields import Field, Given, is_given
from reamaze_async.wire.parameters import OneOf, Parameter
from reamaze_async.wire.request import Request

from . import messages
from .endpoints import Operation, Resource

IdType = Literal["ref", "origin"]


class ConversationFields(TypedDict, total=False):
    """What may be changed of a conversation; see `update`."""

    status: Given[Status | int]
    hold_until: Given[datetime | str]
    tag_list: Given[Sequence[str]]
    data: Given[Mapping[str, Any]]
    assignee: Given[str | Mapping[str, Any]]
    category: Given[str]
    brand: Given[str]


class NewConversationFields(messages.ContentFields, total=False):
    """What a new conversation may be given beside category and body; see `create`."""

    user: Given[Mapping[str, Any]]
    subject: Given[str]
    tag_list: Given[Sequence[str]]
    status: Given[Status | int]
    hold_until: Given[datetime | str]
    data: Given[Mapping[str, Any]]
    assignee: Given[str]


def _held(given: Mapping[str, Any]) -> None:
    """On hold there is a time until which, and a time only there."""
    status, until = given.get("status", UNSET), given.get("hold_until")
    if status == Status.ON_HOLD and not is_given(until):
        message = "status=5 (on hold) needs a time: give hold_until."
        raise InvalidParameter(message)
    if is_given(until) and is_given(status) and status != Status.ON_HOLD:
        raise invalid(
            "hold_until", until, f"makes no sense with status={int(status)}: leave it out."
        )


def _moved(given: Mapping[str, Any]) -> None:
    if is_given(given.get("brand")) and not is_given(given.get("category")):
        raise invalid("brand", given["brand"], "needs a channel of that brand: give category.")


def _assignee(name: str, value: Any) -> Any:
    """An email, which is sent inside an object (documented), or such an object."""
    return {"email": text(name, value)} if isinstance(value, str) else fields.mapping(name, value)


GET = Operation(
    "GET",
    "/conversations/{slug}",
    "conversations.get",
    parameters=(
        Parameter(
            "id_type",
            "id_type",
            OneOf(IdType),
            "What KEY is, if no slug: a reference id, or the id where it came from.",
        ),
        Parameter("category", "category", text, "The channel, which an origin's id needs."),
        Parameter("channel", "channel", text, "The kind of channel, beside an origin's id."),
    ),
)
CREATE = Operation(
    "POST",
    "/conversations",
    "conversations.create",
    fields=(
        Field("category", text, is_needed=True),
        Field("subject", fields.any_text),
        Field("tag_list", fields.tags),
        Field("status", fields.number_of(Status)),
        Field("hold_until", fields.moment),
        Field("data", fields.mapping),
        Field("assignee", text),
        *(replace(field, sent=f"message.{field.name}") for field in messages.CONTENT),
        Field("user", fields.mapping),
    ),
    root="conversation",
    rules=(_held,),
)
UPDATE = Operation(
    "PUT",
    "/conversations/{slug}",
    "conversations.update",
    fields=(
        Field("status", fields.number_of(Status)),
        Field("hold_until", fields.moment),
        Field("tag_list", fields.tags),
        Field("data", fields.mapping),
        Field("assignee", _assignee),
        Field("category", text),
        Field("brand", text),
    ),
    root="conversation",
    rules=(_held, _moved),
)

OPERATIONS = (GET, CREATE, UPDATE)

_WRITE_BACK = replace(UPDATE, fields=(Field("tag_list", fields.json_value),), rules=())
"""Writes tags that were read, in whatever form the server has them."""


class _Tags(msgspec.Struct, frozen=True, gc=False):
    tag_list: tuple[Any, ...]


_tags = cache(lambda: single(PageDecoder("conversations", _Tags, _Tags, any_keys), CREATE.root))
"""Reads the tags alone, which must be there."""


class OneConversation(Resource[Conversation]):
    """The verbs of `session.conversations` that are about one of them."""

    async def get(
        self,
        slug: str,
        /,
        *,
        id_type: IdType | None = None,
        category: str | None = None,
        channel: str | None = None,
    ) -> Conversation:
        """One conversation, with `last_staff_message` and `data` (documented).

        Args:
            slug: its key; a numeric database id, such as a rating's `conversation_id`, is
                understood too (documented).
            id_type: what `slug` is instead: `"ref"`, a reference id, or `"origin"`, an id where it
                came from, looked for in `category` and maybe `channel` (documented).
            category: a channel's slug, with `id_type="origin"`.
            channel: a kind of channel, likewise.

        Raises:
            InvalidParameter: a value is empty, no string, or an unknown word.
            NotFound: there is none.
            ReamazeError: it could not be fetched.
        """
        asked = {"id_type": id_type, "category": category, "channel": channel}
        return await self._get(GET, slug, asked=asked)

    async def create(
        self, category: str, body: str, **attributes: Unpack[NewConversationFields]
    ) -> Conversation:
        """Begin a conversation with its first message; it is sent once.

        Args:
            category: the slug of the channel.
            body: the first message, in Markdown, sent to the letter.
            user: who begins it, as `{"name": ..., "email": ...}`; the server wants an email
                (documented), and makes a contact of an unknown one.
            subject: its subject.
            tag_list: its tags.
            status: a `Status`; `ON_HOLD` needs `hold_until`.
            hold_until: until when it is on hold: an aware `datetime`, or ISO 8601 with an offset.
            data: custom fields.
            assignee: the email of a member of staff.
            visibility: of the message; `Visibility.INTERNAL_NOTE` is seen.
            recipients: emails, who become followers.
            attachment: the URL of a file, which Re:amaze fetches.
            attachments: the URLs of several.
            suppress_notifications: send no mail.
            suppress_autoresolve: leave it open, though staff wrote it.
            suppress_surveys: ask for no rating; a date: until that day (seen).
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came; the error says if it may have been done.
        """
        return await self._write(CREATE, given={"category": category, "body": body, **attributes})

    async def update(self, slug: str, /, **attributes: Unpack[ConversationFields]) -> Conversation:
        """Change a conversation; it is sent once.

        Args:
            slug: its key.
            status: a `Status`; `ON_HOLD` needs `hold_until`.
            hold_until: until when it is on hold: an aware `datetime`, or ISO 8601 with an offset.
                Alone it is fine for one that is on hold already (seen).
            tag_list: all its tags from now on (a guess); see `change_tags`.
            data: custom fields; whether they are merged or replaced isn't known.
            assignee: a member of staff: the email, or an object with it; None for nobody (a guess).
            category: the slug of the channel it moves to, which must be mail (documented).
            brand: the URL of the brand it moves to, together with a channel there (documented).
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread, or nothing would change.
            NotFound: there is none.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came; the error says if it may have been done.
        """
        return await self._write(UPDATE, slug, given=attributes)

    async def change_tags(
        self, slug: str, /, *, add: str | Sequence[str] = (), remove: str | Sequence[str] = ()
    ) -> Conversation:
        """Put tags on a conversation, or take them off: one read, then one write of all its tags.

        Tags match without regard to case, and keep the case that they have. Nothing is written
        where nothing would change. **What somebody else changes between the read and the write is
        overwritten**: the API knows no other way.

        Args:
            slug: its key.
            add: a tag or several.
            remove: a tag or several; those that aren't there are no matter.

        Returns:
            The conversation with its tags.

        Raises:
            InvalidParameter: a tag is empty, holds a comma, or is to be added and removed; or
                there is none at all.
            NotFound: there is no such conversation.
            DecodeError: the answer doesn't tell the tags that it has; nothing was written.
            UnprocessableEntity: the server refused the tags; see `errors`.
            ReamazeError: no good answer came; the error says if it may have been done.
        """
        adding, removing = _folded("add", add), _folded("remove", remove)
        if both := adding.keys() & removing.keys():
            raise invalid("add", adding[min(both)], "is to be removed too: decide.")
        if not (adding or removing):
            message = "conversations.change_tags: nothing to change: give add, remove, or both."
            raise InvalidParameter(message)
        found = await self._ask(GET.request(slug), self._with_tags)
        tags = [tag for tag in found.tag_list if _compared(tag) not in removing]
        known = {_compared(tag) for tag in tags}
        tags += [tag for folded, tag in adding.items() if folded not in known]
        if tags == list(found.tag_list):
            return found
        return await self._write(_WRITE_BACK, slug, given={"tag_list": tags})

    def _with_tags(self, request: Request, body: bytes) -> Conversation:
        """Read a conversation whose tags are to be written: those that it doesn't tell were lost.

        Raises:
            DecodeError: it doesn't tell them.
        """
        told = _tags()(request, body).tag_list
        found = self._one(request, body)
        if len(found.tag_list) < len(told):  # A reader leaves out what is no text.
            reason = "it holds a tag that is no text"
            raise DecodeError(**request.facts, reason=reason, place="$.tag_list")
        return found


def _folded(name: str, tags: Any) -> dict[str, str]:
    """Tags by what is compared of them."""
    given = fields.tags(name, [tags] if isinstance(tags, str) else tags)
    return {_compared(tag): tag.strip() for tag in given}


def _compared(tag: str) -> str:
    """What tells a tag from others."""
    return tag.strip().casefold()
