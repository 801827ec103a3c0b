"""Systems that the status page watches. One answer holds them all."""

from __future__ import annotations

import msgspec

from reamaze_async.account_models import System
from reamaze_async.listings.listing import Listing
from reamaze_async.paging.plan import Drift
from reamaze_async.wire.schema import Column, Schema, several

from .endpoints import Endpoint, Operation, Resource, ids


class _Outline(msgspec.Struct, frozen=True, gc=False):
    id: str | int


LIST = Operation("GET", "/systems", "systems.list", "one list")

SCHEMA = Schema(
    "systems",
    "id",
    (
        *several("text", "id", "title", "status"),
        *several("integer", "account_id", "brand_id"),
        *several("instant", "created_at", "updated_at"),
        Column("active_incidents", "json"),
    ),
)

ENDPOINT = Endpoint(
    name="systems",
    root="system",
    kind=System,
    outline=_Outline,
    keys=ids,
    operations=(LIST,),
    schema=SCHEMA,
)


class Systems(Resource[System]):
    """`session.systems`."""

    _endpoint = ENDPOINT

    def list(self, *, ordered: bool = True, drift: Drift = "repair") -> Listing[System]:
        """All systems, in one answer; nothing is sent until it is iterated.

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
