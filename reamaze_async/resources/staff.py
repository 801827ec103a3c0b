"""Staff: the people who answer, of the whole account."""

from __future__ import annotations

from typing import TypedDict, Unpack

import msgspec

from reamaze_async.account_models import StaffMember
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.paging.plan import Drift
from reamaze_async.validation import text
from reamaze_async.wire import fields
from reamaze_async.wire.fields import Field, Given
from reamaze_async.wire.schema import Column, Schema, several, within

from .endpoints import Endpoint, Operation, Resource


class StaffFields(TypedDict, total=False):
    """What a new member of staff may be given beside name and email; see `create`."""

    password: Given[str]


class _Outline(msgspec.Struct, frozen=True, gc=False):
    email: str


LIST = Operation("GET", "/staff", "staff.list", "pages")
CREATE = Operation(
    "POST",
    "/staff",
    "staff.create",
    fields=(
        Field("name", fields.letters, is_needed=True),
        Field("email", text, is_needed=True),
        Field("password", fields.secret),
    ),
    root="staff",
)

SCHEMA = Schema(
    "staff",
    "email",
    (
        *several("text", "email", "name", "display_name", "notification_email"),
        Column("created_at", "instant"),
        Column("role_id", "integer", "role.id"),
        *within("role", "name", "description"),
        Column("role_is_admin", "boolean", "role.admin?"),
        Column("role_is_default", "boolean", "role.default?"),
        Column("permissions", "json", "role.permissions"),
    ),
)

ENDPOINT = Endpoint(
    name="staff",
    root="staff",
    kind=StaffMember,
    outline=_Outline,
    keys=lambda members: [member.email for member in members],
    operations=(LIST, CREATE),
    schema=SCHEMA,
)


class Staff(Resource[StaffMember]):
    """`session.staff`."""

    _endpoint = ENDPOINT

    def list(self, *, ordered: bool = True, drift: Drift = "repair") -> Listing[StaffMember]:
        """All staff, by creation time (documented), oldest first (a guess); nothing is sent yet.

        Args:
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.

        Raises:
            InvalidParameter: a value would be misread.
        """
        return self._list(LIST, ordered=ordered, drift=drift)

    async def page(self, number: int) -> Page[StaffMember]:
        """One page as it is now; past the end it is empty.

        Args:
            number: from 1.

        Raises:
            InvalidParameter: the number isn't a positive whole number.
            ReamazeError: the page could not be fetched.
        """
        return await self._page(number, LIST)

    async def count(self) -> int:
        """How many there are, by one request.

        Raises:
            ReamazeError: the answer could not be fetched.
        """
        return await self._count(LIST)

    async def create(self, name: str, email: str, **attributes: Unpack[StaffFields]) -> StaffMember:
        """Take on a member of staff, which may raise the bill (documented); it is sent once.

        No invitation is mailed, and the password must be changed at the first login (seen).

        Args:
            name: for people.
            email: the login.
            password: the first one; no error and no log shows it.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(CREATE, given={"name": name, "email": email, **attributes})
