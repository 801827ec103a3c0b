"""One message of the truth, and the JSON it is served as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.fake_data import body, huge_body
from reamaze_async.sandbox.files import KINDS, TYPES, size_of
from reamaze_async.sandbox.times import moment, stamp

if TYPE_CHECKING:
    from reamaze_async.sandbox.conversation import Conversation

REGULAR, NOTE, COLLISION = 0, 1, 2
"""Visibilities (documented); the last is made by the service alone."""

FIRST_HUGE = 100_123
HUGE_EVERY = 2003
"""In worlds of normal size, one conversation in so many has a body of about 100 KB: the 122nd."""


@dataclass(slots=True, eq=False)
class Message:
    """What the sandbox knows of one message. Times are milliseconds since 1970."""

    id: int
    """Shown nowhere (seen: messages have no id); breaks ties."""
    conversation: Conversation
    created: int
    user: User | None
    is_staff: bool
    origin: int
    luck: int
    """Decides all that is made up only when the message is served."""
    visibility: int = REGULAR
    origin_id: str | None = None
    text: str | None = None
    """The body, when given by a caller; else it is made up."""
    recipients: tuple[User, ...] = ()
    attachments: tuple[str, ...] | None = None
    """Addresses of files given by a caller; None: made up for a few."""

    @property
    def created_at(self) -> datetime:
        """When it was written, aware, in the account's zone."""
        return moment(self.created)

    @property
    def is_first(self) -> bool:
        """Whether it opens its conversation."""
        return self.conversation.messages[0] is self

    @property
    def body(self) -> str:
        """Its text."""
        if self.text is not None:
            return self.text
        random = Random(self.luck)
        if self._is_huge():
            body(random, self.conversation.size)
            return huge_body(random)
        return body(random, self.conversation.size)

    def excerpt(self) -> JSON:
        """What a conversation shows of its last messages."""
        return {"body": self.body, "created_at": stamp(self.created)}

    def json(self, *, original_body: bool = False) -> JSON:
        """The item as a list serves it.

        Args:
            original_body: Add the HTML, if there is any (documented, in newer texts).
        """
        html = {"original_body": self._html()} if original_body else {}
        meta = {"meta": self._meta()} if self.origin == 1 and self.luck % 2 else {}
        return {
            "body": self.body,
            "visibility": self.visibility,
            "origin": self.origin,
            "origin_id": self.origin_id,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.created + self.luck % 5),
            "user": self.user.writer() if self.user else None,
            "recipients": [{"name": user.name, "email": user.email} for user in self.recipients],
            "direct_recipients": [],
            "attachments": self._attachments(),
            "conversation": self.conversation.brief(),
            **meta,
            **html,
        }

    def written(self) -> JSON:
        """The answer to a POST, which documents these keys alone."""
        shown = ("body", "visibility", "created_at", "origin_id", "user", "conversation")
        full = self.json()
        return {name: full[name] for name in shown}

    def _is_huge(self) -> bool:
        conversation = self.conversation
        is_chosen = conversation.id % HUGE_EVERY == FIRST_HUGE % HUGE_EVERY
        return conversation.size == "normal" and is_chosen and self.luck == conversation.luck

    def _html(self) -> str | None:
        return f"<div>{self.body}</div>" if self.origin == 1 and self.luck % 3 else None

    def _meta(self) -> JSON:
        language = {"name": "ENGLISH", "code": "en", "reliable": self.luck % 5 > 0}
        return {"Subject": self.conversation.subject, "language": language}

    @property
    def file(self) -> tuple[str, str] | None:
        """Name and type of the file that is made up for it; None for most."""
        is_chosen = self.attachments is None and self.luck % 13 == 5
        return KINDS[self.luck % len(KINDS)] if is_chosen else None

    def _attachments(self) -> list[JSON]:
        if self.file:
            name, kind = self.file
            return [_attachment(self.conversation.files.url(self.id, name), name, kind, self.luck)]
        return [_attachment(url, *_named(url), self.luck) for url in self.attachments or ()]


def _attachment(url: str, name: str, kind: str, luck: int) -> JSON:
    is_image = kind.startswith("image/")
    return {
        "file_file_name": name,
        "file_content_type": kind,
        "file_file_size": size_of(luck),
        "thumb_url": url if is_image else None,
        "url": url,
        "image?": is_image,
    }


def _named(url: str) -> tuple[str, str]:
    """Name and type of a file that a caller gave, as its address tells them."""
    name = unquote(url.partition("?")[0].rpartition("/")[2]) or "file"
    return name, TYPES.get(name.lower().rpartition(".")[2], "application/octet-stream")
