"""What the API talks about, as frozen Structs.

Fields are marked by their source: *documented* (the official reference) or *seen* (in real
answers only). Only a conversation's `slug` is needed; anything else may be missing or null.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Literal, Self

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware `datetime`; the offset is the account's, and changes with daylight saving."""


class _OpenEnum(IntEnum):
    """An IntEnum that keeps numbers which nobody lists: compare them with `==`.

    `str()` gives its name's words for people, such as `on hold`, or the number that nobody lists;
    as a value and in JSON it is the number.
    """

    def __str__(self) -> str:
        is_listed = not self.name.startswith("UNLISTED_")
        return self.name.lower().replace("_", " ") if is_listed else str(self.value)

    def __format__(self, spec: str) -> str:
        is_of_a_number = spec[-1:] in set("bcdoxXneEfFgG%")
        return int.__format__(self, spec) if is_of_a_number else format(str(self), spec)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNLISTED_{value}"
        member._value_ = value
        return member


class Status(_OpenEnum):
    """A conversation's status (documented). The newer docs' names are aliases."""

    UNRESOLVED = 0
    PENDING = 1
    RESOLVED = 2
    SPAM = 3
    ARCHIVED = 4
    ON_HOLD = 5
    AUTO_RESOLVED = 6
    CHATBOT_ASSIGNED = 7
    CHATBOT_RESOLVED = 8
    AI_SPAM = 9

    OPEN = 0
    RESPONDED = 1
    DONE = 2
    AUTO_DONE = 6
    AI_AGENT_ASSIGNED = 7
    AI_AGENT_DONE = 8


class Origin(_OpenEnum):
    """How a conversation or message came in (documented; VOICE, CUSTOM, INSTAGRAM_DM seen)."""

    CHAT = 0
    EMAIL = 1
    TWITTER = 2
    FACEBOOK = 3
    CLASSIC_CHAT = 6
    API = 7
    INSTAGRAM = 8
    SMS = 9
    VOICE = 10
    CUSTOM = 11
    WHATSAPP = 15
    STAFF_OUTBOUND = 16
    CONTACT_FORM = 17
    INSTAGRAM_DM = 19


class ChannelType(_OpenEnum):
    """A channel's type (documented). Not an `Origin`: 16 is another thing there."""

    EMAIL = 1
    TWITTER = 2
    FACEBOOK = 3
    CHAT = 6
    API = 7
    INSTAGRAM = 8
    SMS = 9
    VOICE = 10
    FACEBOOK_MESSENGER = 12
    FACEBOOK_LEAD = 13
    INSTAGRAM_AD = 14
    WHATSAPP = 15
    INSTAGRAM_DM = 16


class Visibility(_OpenEnum):
    """Who sees a message (documented)."""

    REGULAR = 0
    INTERNAL_NOTE = 1
    COLLISION_DETECTED = 2


class ArticleStatus(_OpenEnum):
    """Who sees an article (documented; that Internal is 4 is seen, by two of three)."""

    PUBLISHED = 0
    DRAFT = 1
    INTERNAL = 4


class ChannelVisibility(_OpenEnum):
    """Whether customers see a channel (documented)."""

    PRIVATE = 0
    PUBLIC = 1


class User(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An author, assignee or follower.

    Attributes:
        id: seen.
        name: documented.
        email: documented; null for SMS and social customers.
        data: custom attributes; seen, also as `""`: `user.data or {}` is always a dict.
        twitter, facebook, instagram, mobile: seen.
        friendly_name, display_name: seen.
        is_staff, is_customer, is_bot: the API's `staff?`, `customer?`, `bot?`; seen on followers.
    """

    id: int | None = None
    name: str | None = None
    data: dict[str, Any] | Literal[""] | None = None
    email: str | None = None
    twitter: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    mobile: str | None = None
    friendly_name: str | None = None
    display_name: str | None = None
    is_staff: bool | None = msgspec.field(default=None, name="staff?")
    is_customer: bool | None = msgspec.field(default=None, name="customer?")
    is_bot: bool | None = msgspec.field(default=None, name="bot?")

    @classmethod
    def _of_text(cls, text: str) -> Self:
        return cls(**user_of_text(text))


def user_of_text(text: str) -> dict[str, Any]:
    """The field of a user that a plain text in its place means (seen for assignees)."""
    return {"email" if "@" in text else "name": text}


class Category(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The channel a conversation belongs to.

    Attributes:
        name, slug: documented.
        email: documented; null or empty where the channel isn't mail.
        channel: documented.
        settings_display_html_email: seen.
        id: seen, in messages alone.
    """

    name: str | None = None
    slug: str | None = None
    email: str | None = None
    channel: ChannelType | None = None
    settings_display_html_email: str | None = None
    id: int | None = None


class Excerpt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message as a conversation quotes it: its first, or somebody's latest.

    Attributes:
        body: text or Markdown, often with HTML tags and entities in it; documented.
        created_at: documented for the latest ones.
        origin_id: the id where it came from, such as a Message-ID; seen.
    """

    body: str | None = None
    created_at: Instant | None = None
    origin_id: str | None = None

    @classmethod
    def _of_text(cls, text: str) -> Self:
        """The excerpt that a plain text in its place is (seen for the first message)."""
        return cls(body=text)


class Conversation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation, as a listing or a single read gives it.

    Attributes:
        slug: the unique key, used in URLs; documented.
        subject: null in some chats; documented. `display_subject` (seen) is never null.
        status: documented; a number that nobody lists keeps its number.
        created_at: documented.
        updated_at: of any change; seen.
        origin: how it came in; seen in lists.
        author: who started it; documented.
        assignee: a staff user, None while unassigned; documented.
        followers: staff and customers who take part; documented.
        tag_list: documented.
        category: the channel; documented.
        message: the first message; documented.
        last_customer_message: None where no customer ever wrote; documented.
        last_staff_message: documented for the single read.
        data: custom fields; documented for the single read, seen in lists.
        external_data: header-like facts; seen.
        hold_until: None unless on hold; seen.
        message_count: seen.
        read_only: the API's `readOnly`; seen.
        id: its number, which ratings name; seen in messages alone.
        perma_url: a secret link, since whoever has it can read the conversation; seen. It is
            data like any other, but no `repr` shows it.
    """

    slug: str
    subject: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    origin: Origin | None = None
    data: dict[str, Any] | None = None
    external_data: dict[str, Any] | None = None
    hold_until: Instant | None = None
    author: User | None = None
    assignee: User | None = None
    perma_url: str | None = None
    tag_list: tuple[str, ...] = ()
    status: Status | None = None
    display_subject: str | None = None
    category: Category | None = None
    last_customer_message: Excerpt | None = None
    last_staff_message: Excerpt | None = None
    followers: tuple[User, ...] = ()
    message: Excerpt | None = None
    read_only: bool | None = msgspec.field(default=None, name="readOnly")
    message_count: int | None = None
    id: int | None = None

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        names = (name for name in self.__struct_fields__ if name != "perma_url")
        return [(name, getattr(self, name)) for name in names]


class Attachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that came with a message; all documented.

    Attributes:
        file_file_name, file_content_type, file_file_size: what it is.
        thumb_url, url: where it is.
        is_image: the API's `image?`.
    """

    file_file_name: str | None = None
    file_content_type: str | None = None
    file_file_size: int | None = None
    thumb_url: str | None = None
    url: str | None = None
    is_image: bool | None = msgspec.field(default=None, name="image?")


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message of a conversation. The API gives it no id of its own.

    Attributes:
        body: text or Markdown, maybe with HTML left in it; documented.
        visibility, origin: documented.
        origin_id: its id where it came from, the nearest thing to a key; documented.
        created_at: documented. `updated_at`: seen.
        user: who wrote it, None for bots and the deleted; documented.
        recipients, attachments: documented. `direct_recipients`: seen.
        conversation: the one it belongs to, in short; documented.
        original_body: the HTML, if it was asked for; documented.
        meta: some headers of a mail, and its language; seen.
    """

    body: str | None = None
    visibility: Visibility | None = None
    origin: Origin | None = None
    origin_id: str | int | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    user: User | None = None
    recipients: tuple[User, ...] = ()
    direct_recipients: tuple[User, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    conversation: Conversation | None = None
    original_body: str | None = None
    meta: dict[str, Any] | None = None
