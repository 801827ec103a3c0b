"""Incidents of the status page. One answer holds them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import msgspec

from reamaze_async.account_models import Incident
from reamaze_async.listings.listing import Listing
from reamaze_async.paging.plan import Drift
from reamaze_async.wire import fields
from reamaze_async.wire.fields import Field, Given
from reamaze_async.wire.schema import Child, Column, Schema, several

from .endpoints import Endpoint, Operation, Resource, ids

STAGES = ("investigating", "identified", "monitoring", "resolved")
"""What an update may say (documented)."""

CONDITIONS = (
    "operational",
    "degraded_performance",
    "partial_outage",
    "major_outage",
    "under_maintenance",
)
"""What a system may be (documented)."""


class NewIncidentFields(TypedDict, total=False):
    """What a new incident may be given beside its title; see `create`."""

    updates_attributes: Given[Sequence[Mapping[str, Any]]]
    incidents_systems_attributes: Given[Sequence[Mapping[str, Any]]]


class IncidentFields(NewIncidentFields, total=False):
    """What may be changed of an incident; see `update`."""

    title: Given[str]


class _Outline(msgspec.Struct, frozen=True, gc=False):
    id: str | int


FIELDS = (
    Field("title", fields.letters, is_needed=True),
    Field("updates_attributes", fields.mappings(status=fields.word(*STAGES))),
    Field("incidents_systems_attributes", fields.mappings(status=fields.word(*CONDITIONS))),
)

LIST = Operation("GET", "/incidents", "incidents.list", "one list")
GET = Operation("GET", "/incidents/{id}", "incidents.get")
CREATE = Operation(
    "POST",
    "/incidents",
    "incidents.create",
    fields=FIELDS,
    root="incident",
    permission="manage_incidents",
)
UPDATE = replace(CREATE, method="PUT", path="/incidents/{id}", verb="incidents.update")

UPDATES = Child(
    "incident_updates",
    owner="incident",
    columns=(*several("text", "id", "status", "message"), Column("created_at", "instant")),
    shown=("message", "status"),
)

SYSTEMS = Child(
    "incident_systems",
    owner="incident",
    columns=(
        Column("id"),
        Column("system_id", refers="systems.id"),
        Column("status"),
        Column("title", path="system.title"),
    ),
    shown=("title", "system_id"),
)

SCHEMA = Schema(
    "incidents",
    "id",
    (
        *several("text", "id", "title", "status"),
        *several("integer", "account_id", "brand_id"),
        *several("instant", "created_at", "updated_at"),
        Column("external_url"),
        Column("updates", "rows", child=UPDATES),
        Column("systems", "rows", "incidents_systems", child=SYSTEMS),
    ),
)

ENDPOINT = Endpoint(
    name="incidents",
    root="incident",
    kind=Incident,
    outline=_Outline,
    keys=ids,
    operations=(LIST, GET, CREATE, UPDATE),
    schema=SCHEMA,
)


class Incidents(Resource[Incident]):
    """`session.incidents`; writing needs the permission `manage_incidents` (a guess)."""

    _endpoint = ENDPOINT

    def list(self, *, ordered: bool = True, drift: Drift = "repair") -> Listing[Incident]:
        """All incidents, in one answer; nothing is sent until it is iterated.

        Args:
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.

        Raises:
            InvalidParameter: a value would be misread.
        """
        return self._list(LIST, ordered=ordered, drift=drift)

    async def count(self) -> int:
        """How many there are: the length of the answer, by one request.

        Raises:
            ReamazeError: the answer could not be fetched.
        """
        return await self._count(LIST)

    async def get(self, id: str | int, /) -> Incident:  # noqa: A002 - the API's own word
        """One incident.

        Args:
            id: its key.

        Raises:
            InvalidParameter: the id is empty, or neither text nor a whole number.
            NotFound: there is none.
            ReamazeError: it could not be fetched.
        """
        return await self._get(GET, id)

    async def create(self, title: str, **attributes: Unpack[NewIncidentFields]) -> Incident:
        """Tell of an incident; it is sent once.

        Args:
            title: for people, sent to the letter.
            updates_attributes: reports on it, each `{"status": ..., "message": ...}`; the
                status is `investigating`, `identified`, `monitoring` or `resolved`.
            incidents_systems_attributes: the systems that it concerns, each
                `{"system_id": ..., "status": ...}`; the status is `operational`,
                `degraded_performance`, `partial_outage`, `major_outage` or `under_maintenance`.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            PermissionDenied: the user's role may not manage incidents.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(CREATE, given={"title": title, **attributes})

    async def update(
        self,
        id: str | int,  # noqa: A002 - the API's own word
        /,
        **attributes: Unpack[IncidentFields],
    ) -> Incident:
        """Go on with an incident; it is sent once.

        Args:
            id: its key.
            title: as for `create`.
            updates_attributes: more reports, beside earlier ones.
            incidents_systems_attributes: as for `create`; with the `id` of such a pair, its status
                is set anew.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread, or nothing would change.
            NotFound: there is none.
            PermissionDenied: the user's role may not manage incidents.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(UPDATE, id, given=attributes)
