"""Contacts, with the notes about them and the addresses that lead to them."""

from dataclasses import dataclass, field
from datetime import datetime

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.times import moment, stamp

KINDS = ("email", "mobile", "twitter", "facebook", "instagram", "igsid")
"""Kinds of identity (documented)."""

OWN_ID = "id"
"""As `identifier_type`: the caller's own id (guess)."""

Identity = tuple[str, str]
"""Its kind, and the address or number itself."""


@dataclass(slots=True, eq=False)
class Note:
    """One note about a contact. Times are milliseconds since 1970."""

    id: int
    text: str
    created: int
    updated: int
    creator: User | None

    def json(self) -> JSON:
        """The note as it is served (`id` documented, the rest seen)."""
        creator = self.creator and {"email": self.creator.email, "name": self.creator.name}
        return {
            "id": self.id,
            "note": self.text,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "creator": creator,
        }


@dataclass(slots=True, eq=False)
class Contact:
    """What the sandbox knows of one contact. Times are milliseconds since 1970.

    Change it through the world's verbs only: they keep the lists in order and the history whole.
    """

    user: User
    """The person as conversations show it."""
    created: int
    updated: int
    identities: tuple[Identity, ...] = ()
    """Every address that leads here."""
    notes: tuple[Note, ...] = field(default=())
    avatar: str | None = None

    @property
    def id(self) -> int:
        """The internal id, served as `_id` (that it is the user's id is a guess)."""
        return self.user.id

    @property
    def created_at(self) -> datetime:
        """When it was made, aware, in the account's zone."""
        return moment(self.created)

    @property
    def name(self) -> str | None:
        """What the list is sorted by."""
        return self.user.name

    def json(self) -> JSON:
        """The contact in the order of real answers (seen)."""
        user = self.user
        own_id = {"id": user.own_id} if user.own_id else {}
        return {
            "name": user.name,
            "data": user.data or None,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "email": user.email,
            "twitter": user.twitter,
            "facebook": user.facebook,
            "instagram": user.instagram,
            "mobile": user.mobile,
            "friendly_name": user.friendly,
            "_id": self.id,
            **own_id,
            "notes": [note.json() for note in self.notes],
        }

    def identities_json(self) -> JSON:
        """All its identities (documented)."""
        named = [{"type": kind, "identifier": name} for kind, name in self.identities]
        return {"identities": named}


def identities_of(user: User) -> tuple[Identity, ...]:
    """The identities that a person has by itself."""
    named = ((kind, getattr(user, kind)) for kind in KINDS[:-1])
    found = tuple((kind, name) for kind, name in named if name)
    return (*found, ("igsid", f"1784{user.id}")) if user.instagram else found


def canonical(kind: str, identifier: str) -> Identity:
    """What two spellings of one identity have in common: case, and blanks around."""
    return kind, identifier.strip().lower()
