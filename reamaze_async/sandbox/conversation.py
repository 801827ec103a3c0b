"""One conversation of the truth, and the JSON it is served as."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

from reamaze_async.sandbox.encoding import JSON, encode
from reamaze_async.sandbox.entities import Channel, User
from reamaze_async.sandbox.fake_data import Size
from reamaze_async.sandbox.files import Files
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.thread import ends, plan
from reamaze_async.sandbox.times import moment, stamp

Counting = Literal["all", "regular", "replies"]
"""All messages, all but notes and collisions, or all but the first."""

ARCHIVED = 4
ON_HOLD = 5


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
    staff: tuple[User, ...] = ()
    """Who may answer."""
    files: Files = field(default_factory=Files)
    """Where attached files are."""
    size: Size = "normal"
    hold_until: int | None = None
    text: str | None = None
    """The first message's body, when given by a caller; else it is made up."""
    message_count: int = 1
    """How many messages it has, notes among them."""
    counting: Counting = "all"
    """What is served as `message_count`."""
    attachments: tuple[str, ...] = ()
    """Addresses of the first message's files, when given by a caller."""
    visibility: int = 0
    """Of the first message."""
    _thread: list[Message] | None = field(default=None, repr=False)
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
    def messages(self) -> list[Message]:
        """Its messages, oldest first: made up when first asked for, and kept from then on."""
        if self._thread is None:
            self._thread = plan(self)
        return self._thread

    @property
    def emails(self) -> set[str]:
        """The addresses `for=` finds it by (author documented, followers a guess), lower case."""
        return {user.email.lower() for user in self.people if user.email}

    @property
    def user_ids(self) -> set[int]:
        """The ids of the same people."""
        return {user.id for user in self.people}

    @property
    def ids(self) -> set[str]:
        """What `for_id=` finds it by: the callers' own ids (documented), and ours (guess)."""
        own = {user.own_id for user in self.people if user.own_id}
        return own | {str(number) for number in self.user_ids}

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
        shown = ends(self) if self._thread is None else self._thread
        first, last = shown[0], _last(shown, by_staff=False)
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
            "category": self.category.category(),
            "last_customer_message": last and last.excerpt(),
            "followers": [user.follower() for user in self.followers],
            "message": None if self.luck % 83 == 1 else {"body": first.body},
            "readOnly": False,
            "message_count": self._counted(),
        }

    def single(self) -> JSON:
        """The object of a single read, which adds `last_staff_message` (documented)."""
        last = _last(self.messages, by_staff=True)
        return self.json() | {"last_staff_message": last and last.excerpt()}

    def brief(self) -> JSON:
        """The conversation as its messages show it (`id` and `followers` are only seen)."""
        return {
            "id": self.id,
            "subject": self.subject,
            "slug": self.slug,
            "created_at": stamp(self.created),
            "category": self.category.brief(),
            "followers": [user.follower() for user in self.followers],
        }

    def encoded(self) -> bytes:
        """The list item's bytes, made once and kept until the conversation changes."""
        if self._encoded is None:
            self._encoded = encode(self.json())
        return self._encoded

    def absorb(self, other: "Conversation") -> dict[str, Any]:
        """Take over the messages of another one; the fields that change by that."""
        moved, other._thread = other.messages, []
        for message in moved:
            message.conversation = self
        self._thread = sorted(self.messages + moved, key=lambda it: (it.created, it.id))
        customer = (it for it in (self.customer_at, other.customer_at) if it is not None)
        staff = (it for it in (self.staff_at, other.staff_at) if it is not None)
        return {
            "customer_at": max(customer, default=None),
            "staff_at": max(staff, default=None),
            "message_count": self.message_count + other.message_count,
        }

    def forget(self) -> None:
        """Drop the bytes kept by `encoded`, after a change."""
        self._encoded = None

    @property
    def people(self) -> tuple[User, ...]:
        """Author and followers: who is shown it (followers: a guess)."""
        return (self.author, *self.followers) if self.author else self.followers

    def _counted(self) -> int:
        if self.counting == "regular":
            return sum(not message.visibility for message in self.messages)
        return self.message_count - (self.counting == "replies")

    def _external_data(self) -> JSON | None:
        return None if self.luck % 3 else {"X-Detected-Origin": self.category.email}

    def _perma_url(self) -> str:
        token = blake2b(f"{self.luck}/{self.id}".encode(), digest_size=16).hexdigest()
        return f"https://{self.brand}.reamaze.com/conversations/{self.slug}/perma?token={token}"


def _last(messages: list[Message], *, by_staff: bool) -> Message | None:
    """The last message of one side; notes are no messages to a customer (guess)."""
    said = (it for it in reversed(messages) if it.is_staff is by_staff and not it.visibility)
    return next(said, None)
