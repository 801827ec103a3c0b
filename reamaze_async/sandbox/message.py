"""One message of the truth, and the JSON it is served as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.fake_data import body, huge_body
from reamaze_async.sandbox.times import moment, stamp

if TYPE_CHECKING:
    from reamaze_async.sandbox.conversation import Conversation

REGULAR, NOTE, COLLISION = 0, 1, 2
"""Visibilities (documented); the last is made by the service alone."""

FIRST_HUGE = 100_123
HUGE_EVERY = 2003
"""In worlds of normal size, one conversation in so many has a body of about 100 KB: the 122nd."""

FILES = (
    ("receipt.pdf", "application/pdf"),
    ("photo 1.jpg", "image/jpeg"),
    ("label.png", "image/png"),
)


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

    def _attachments(self) -> list[JSON]:
        if self.attachments is None:
            base = f"https://attachments.{self.conversation.brand}.example/{self.id}"
            name, _ = FILES[self.luck % len(FILES)]
            urls: tuple[str, ...] = (f"{base}/{name}",) if self.luck % 13 == 5 else ()
        else:
            urls = self.attachments
        return [self._attachment(url) for url in urls]

    def _attachment(self, url: str) -> JSON:
        name = url.rpartition("/")[2].partition("?")[0] or "file"
        kind = dict(FILES).get(name, "application/octet-stream")
        folder = url.rpartition("/")[0]
        return {
            "file_file_name": name,
            "file_content_type": kind,
            "file_file_size": 1 + self.luck % 3_000_000,
            "thumb_url": f"{folder}/thumb/{name}" if kind.startswith("image/") else None,
            "url": url,
            "image?": kind.startswith("image/"),
        }
