"""One conversation of the truth, and the JSON it is served as."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from random import Random

from reamaze_async.sandbox.encoding import JSON, encode
from reamaze_async.sandbox.entities import Channel, User
from reamaze_async.sandbox.fake_data import Size, body, huge_body
from reamaze_async.sandbox.times import moment, stamp

ARCHIVED = 4
ON_HOLD = 5

FIRST_HUGE = 100_123
HUGE_EVERY = 2003
"""In worlds of normal size, one conversation in so many has a body of about 100 KB: the 122nd."""


@dataclass(slots=True, eq=False)
class Conversation:
    """What the sandbox knows of one conversation. Times are milliseconds since 1970.

    Change it through the world's verbs only: they keep the lists in order and the history whole.
    """

    id: int
    slug: str
    subject: str | None
    created: int
    updated: int
    customer_at: int | None
    """When the customer last wrote; None when never, as for staff outbound."""
    staff_at: int | None
    status: int
    origin: int
    category: Channel
    author: User | None
    assignee: User | None
    followers: tuple[User, ...]
    tags: tuple[str, ...]
    data: JSON | None
    brand: str
    luck: int
    """Decides all that is made up only when the conversation is served."""
    size: Size = "normal"
    hold_until: int | None = None
    text: str | None = None
    """The first message's body, when given by a caller; else it is made up."""
    message_count: int = 1
    _encoded: bytes | None = field(default=None, repr=False)

    @property
    def created_at(self) -> datetime:
        """When it was created, aware, in the account's zone."""
        return moment(self.created)

    @property
    def updated_at(self) -> datetime:
        """When anything about it last changed, aware, in the account's zone."""
        return moment(self.updated)

    @property
    def last_customer_message_at(self) -> datetime | None:
        """When the customer last wrote: what `sort=updated` and the date bounds go by."""
        return None if self.customer_at is None else moment(self.customer_at)

    @property
    def emails(self) -> set[str]:
        """The addresses `for=` finds it by (author documented, followers a guess), lower case."""
        return {user.email.lower() for user in self._people() if user.email}

    @property
    def user_ids(self) -> set[int]:
        """The ids `for_id=` finds it by."""
        return {user.id for user in self._people()}

    @property
    def origin_id(self) -> str:
        """The id of its first message where it came from, for `id_type=origin` (guess)."""
        return f"origin-{self.id}"

    @property
    def ref(self) -> str:
        """Its reference id, for `id_type=ref` (guess)."""
        return f"ref-{self.id}"

    def json(self) -> JSON:
        """The item as a list serves it, in the order of real answers (seen)."""
        first, last = self._bodies()
        external = {"external_data": self._external_data()} if self.origin == 1 else {}
        return {
            "subject": self.subject,
            "slug": self.slug,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "origin": self.origin,
            "data": self.data,
            **external,
            "hold_until": None if self.hold_until is None else stamp(self.hold_until),
            "author": self.author.json() if self.author else None,
            "assignee": self.assignee.json() if self.assignee else None,
            "perma_url": self._perma_url(),
            "tag_list": list(self.tags),
            "status": self.status,
            "display_subject": self.subject or f"Conversation {self.id}",
            "category": self.category.json(),
            "last_customer_message": self._message(last, self.customer_at),
            "followers": [user.follower() for user in self.followers],
            "message": None if self.luck % 83 == 1 else {"body": first},
            "readOnly": False,
            "message_count": self.message_count,
        }

    def single(self) -> JSON:
        """The object of a single read, which adds `last_staff_message` (documented)."""
        answer = Random(self.luck + 2)
        return self.json() | {
            "last_staff_message": self._message(body(answer, self.size), self.staff_at)
        }

    def encoded(self) -> bytes:
        """The list item's bytes, made once and kept until the conversation changes."""
        if self._encoded is None:
            self._encoded = encode(self.json())
        return self._encoded

    def forget(self) -> None:
        """Drop the bytes kept by `encoded`, after a change."""
        self._encoded = None

    def _people(self) -> tuple[User, ...]:
        return (self.author, *self.followers) if self.author else self.followers

    def _bodies(self) -> tuple[str, str]:
        random = Random(self.luck)
        first = self.text or body(random, self.size)
        if self.size == "normal" and self.id % HUGE_EVERY == FIRST_HUGE % HUGE_EVERY:
            first = huge_body(random)
        last = first if self.message_count == 1 else body(random, self.size)
        return first, last

    def _external_data(self) -> JSON | None:
        return None if self.luck % 3 else {"X-Detected-Origin": self.category.email}

    def _perma_url(self) -> str:
        token = blake2b(f"{self.luck}/{self.id}".encode(), digest_size=16).hexdigest()
        return f"https://{self.brand}.reamaze.com/conversations/{self.slug}/perma?token={token}"

    @staticmethod
    def _message(text: str, at: int | None) -> JSON | None:
        return None if at is None else {"body": text, "created_at": stamp(at)}
