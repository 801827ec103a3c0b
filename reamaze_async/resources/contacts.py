"""Contacts: listed, read and written, with the addresses that lead to them.

Contacts belong to the whole account, not to one brand (documented).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack, get_args

import msgspec

from reamaze_async.account_models import Contact, Identity
from reamaze_async.errors import InvalidParameter
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.paging.plan import Drift
from reamaze_async.validation import choice, identifier, invalid, text
from reamaze_async.wire import fields
from reamaze_async.wire.answers import SeveralDecoder
from reamaze_async.wire.fields import Field, Given, is_given
from reamaze_async.wire.parameters import OneOf, Parameter, as_for_conversations
from reamaze_async.wire.schema import Column, Made, Schema, several

from . import contact_notes
from .contact_notes import ContactNotes
from .endpoints import ByDate, Endpoint, Operation

IdentifierType = Literal["email", "mobile", "twitter", "facebook", "instagram"]
IdentityType = Literal["email", "mobile", "twitter", "instagram", "igsid"]


class ContactQuery(TypedDict, total=False):
    """The conditions that `list`, `page` and `count` take; see `list`."""

    q: str | None
    data: Mapping[str, str | float] | None
    sort: Literal["date"] | None
    type: Literal["email", "mobile"] | None


class ContactFields(TypedDict, total=False):
    """What may be changed of a contact; see `update`."""

    name: Given[str]
    friendly_name: Given[str]
    external_avatar_url: Given[str]
    notes: Given[Sequence[str]]
    data: Given[Mapping[str, Any]]


class NewContactFields(ContactFields, total=False):
    """What a new contact may be given; see `create`."""

    email: Given[str]
    mobile: Given[str]
    id: Given[str | int]


def _reachable(given: Mapping[str, Any]) -> None:
    if not (is_given(given.get("email")) or is_given(given.get("mobile"))):
        message = "a contact needs an address: give email, mobile, or both."
        raise InvalidParameter(message)


def _type(name: str, value: Any) -> str:
    if value == "facebook":
        why = "can't be added through the API (documented): give another address."
        raise invalid(name, value, why)
    return choice(name, value, get_args(IdentityType))


def _fitting_identifier(given: Mapping[str, Any]) -> None:
    if given["type"] == "mobile":
        fields.mobile("identifier", given["identifier"])


_READ_AS = (
    Parameter(
        "identifier_type", "identifier_type", OneOf(IdentifierType), "What KEY is, if no email."
    ),
)

CHANGEABLE = (
    Field("name", fields.any_text),
    Field("friendly_name", fields.any_text),
    Field("external_avatar_url", fields.letters),
    Field("notes", fields.texts),
    Field("data", fields.mapping),
)
LIST = Operation(
    "GET",
    "/contacts",
    "contacts.list",
    "pages",
    parameters=(
        Parameter("q", "q", text, "Part of a name, an email or a telephone number."),
        as_for_conversations("data", "With this custom attribute; may be repeated."),
        Parameter("sort", "sort", OneOf(Literal["date"]), "'date': newest first."),
        Parameter(
            "type", "type", OneOf(Literal["email", "mobile"]), "Who has one; look for --q there."
        ),
    ),
)
GET = Operation("GET", "/contacts/{identifier}", "contacts.get", source="seen", parameters=_READ_AS)
CREATE = Operation(
    "POST",
    "/contacts",
    "contacts.create",
    fields=(
        Field("name", fields.any_text),
        Field("email", text),
        Field("mobile", fields.mobile),
        Field("id", identifier),
        *CHANGEABLE[1:],
    ),
    root="contact",
    rules=(_reachable,),
)
UPDATE = Operation(
    "PUT",
    "/contacts/{identifier}",
    "contacts.update",
    parameters=_READ_AS,
    fields=CHANGEABLE,
    root="contact",
)
IDENTITIES = Operation(
    "GET",
    "/contacts/{identifier}/identities",
    "contacts.identities",
    "all of them",
    parameters=_READ_AS,
)
ADD_IDENTITY = Operation(
    "POST",
    "/contacts/{contact}/identities",
    "contacts.add_identity",
    "all of them",
    parameters=_READ_AS,
    fields=(
        Field("type", _type, is_needed=True),
        Field("identifier", text, is_needed=True),
    ),
    root="identity",
    rules=(_fitting_identifier,),
)


class _Outline(msgspec.Struct, frozen=True, gc=False):
    """The fields of a raw contact that tell it from others, typed as in `Contact`."""

    contact_id: int | None = msgspec.field(default=None, name="_id")
    email: str | None = None
    mobile: str | None = None
    id: str | None = None


def key_of(contact: Any) -> str:
    """The internal number; where it is missing, what leads to the contact."""
    if contact.contact_id is not None:
        return str(contact.contact_id)
    known = (contact.email, contact.mobile, contact.id)
    return "|".join(name or "" for name in known) if any(known) else ""


SCHEMA = Schema(
    "contacts",
    "key",
    (
        Column("key", path=Made.KEY),
        Column("contact_id", "integer", "_id"),
        *several("text", "id", "name", "friendly_name", "email", "mobile"),
        *several("text", "twitter", "facebook", "instagram"),
        *several("instant", "created_at", "updated_at"),
        Column("notes", "rows", child=contact_notes.CHILD),
        Column("data", "json"),
    ),
    indexed=("contact_id", "email", "created_at"),
)

ENDPOINT = Endpoint(
    name="contacts",
    root="contact",
    kind=Contact,
    outline=_Outline,
    keys=lambda contacts: [key_of(contact) for contact in contacts],
    operations=(
        LIST,
        GET,
        CREATE,
        UPDATE,
        IDENTITIES,
        ADD_IDENTITY,
        *contact_notes.OPERATIONS,
    ),
    schema=SCHEMA,
    by_date=ByDate("created_at", sort="date"),
)

_identities = SeveralDecoder(Identity, "identities", "identity")


class Contacts(ContactNotes):
    """`session.contacts`."""

    _endpoint = ENDPOINT

    def list(
        self,
        *,
        ordered: bool = True,
        drift: Drift = "repair",
        **conditions: Unpack[ContactQuery],
    ) -> Listing[Contact]:
        """All contacts that match, by name unless sorted (documented); nothing is sent yet.

        Whoever is renamed while the list is read may be missing, and one of several with the same
        name or none, if the server orders those anew each time. `sort="date"` has no such trouble.

        Args:
            q: part of a name or email (documented), or of a telephone number (seen).
            data: custom attributes and their values.
            sort: `"date"`: newest first.
            type: `"email"` or `"mobile"`: look for `q` there alone; those who have one.
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.
            **conditions: those named above; they narrow each other.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        return self._list(LIST, asked=conditions, ordered=ordered, drift=drift)

    async def page(self, number: int, **conditions: Unpack[ContactQuery]) -> Page[Contact]:
        """One page as it is now; past the end it is empty.

        Args:
            number: from 1.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the page could not be fetched.
        """
        return await self._page(number, LIST, asked=conditions)

    async def count(self, **conditions: Unpack[ContactQuery]) -> int:
        """How many contacts match, by one request.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be fetched.
        """
        return await self._count(LIST, asked=conditions)

    async def get(
        self, identifier: str, /, *, identifier_type: IdentifierType | None = None
    ) -> Contact:
        """One contact (seen; the reference doesn't list it).

        Args:
            identifier: an email, or an address of another type.
            identifier_type: which type that is. Default: an email (documented).

        Raises:
            InvalidParameter: the identifier is empty or no string, or the type is unknown.
            NotFound: there is none.
            ReamazeError: it could not be fetched.
        """
        return await self._get(GET, identifier, asked={"identifier_type": identifier_type})

    async def create(self, **attributes: Unpack[NewContactFields]) -> Contact:
        """Make a contact. It needs an email or a mobile number (documented); it is sent once.

        Args:
            name: for people.
            email: an address.
            mobile: a telephone number in E.164, such as `+15551234567`.
            id: your own, such as a single sign-on id.
            friendly_name: how to address the person.
            external_avatar_url: the URL of a picture.
            notes: texts of notes, each sent to the letter.
            data: custom attributes, flat (documented).
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(CREATE, given=attributes)

    async def update(
        self,
        identifier: str,
        /,
        *,
        identifier_type: IdentifierType | None = None,
        **attributes: Unpack[ContactFields],
    ) -> Contact:
        """Change a contact. Its addresses can't be changed (documented); it is sent once.

        Args:
            identifier: an email, or an address of another type.
            identifier_type: as for `get`.
            name: for people.
            friendly_name: how to address the person.
            external_avatar_url: the URL of a picture.
            notes: texts of notes, which are added to those there are (documented).
            data: custom attributes; whether they are merged or replaced isn't known.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread, or nothing would change.
            NotFound: there is none.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        asked = {"identifier_type": identifier_type}
        return await self._write(UPDATE, identifier, asked=asked, given=attributes)

    async def identities(
        self, identifier: str, /, *, identifier_type: IdentifierType | None = None
    ) -> tuple[Identity, ...]:
        """All addresses that lead to a contact.

        Args:
            identifier: an email, or an address of another type.
            identifier_type: as for `get`.

        Raises:
            InvalidParameter: the identifier is empty or no string, or the type is unknown.
            NotFound: there is no such contact.
            ReamazeError: the answer could not be fetched.
        """
        asked = {"identifier_type": identifier_type}
        return await self._ask(IDENTITIES.request(identifier, asked=asked), _identities)

    async def add_identity(
        self,
        contact: str,
        /,
        *,
        type: IdentityType,  # noqa: A002 - the API's own word
        identifier: str,
        identifier_type: IdentifierType | None = None,
    ) -> tuple[Identity, ...]:
        """Let another address lead to a contact; it is sent once.

        If it belongs to another contact, **that one's messages and data move over** (documented).

        Args:
            contact: an email of the contact, or an address of another type.
            type: of the new address; `"facebook"` can't be added (documented).
            identifier: the new address; a mobile number in E.164.
            identifier_type: which type `contact` is. Default: an email (documented).

        Returns:
            All of the contact's identities now (documented).

        Raises:
            InvalidParameter: a value would be refused or misread; nothing was sent.
            NotFound: there is no such contact.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        asked = {"identifier_type": identifier_type}
        given = {"type": type, "identifier": identifier}
        return await self._send(
            ADD_IDENTITY.request(contact, asked=asked, given=given), _identities
        )
