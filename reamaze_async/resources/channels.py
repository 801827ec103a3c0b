"""Channels: where conversations come in. One answer holds them all."""

from __future__ import annotations

from typing import Literal, TypedDict, Unpack

import msgspec

from reamaze_async.account_models import Channel
from reamaze_async.listings.listing import Listing
from reamaze_async.models import ChannelType, ChannelVisibility
from reamaze_async.paging.plan import Drift
from reamaze_async.wire.parameters import OneOf, Parameter
from reamaze_async.wire.schema import Schema, numbered, several, within

from .endpoints import Endpoint, Operation, Resource, slugs

ChannelKind = Literal["email", "twitter", "facebook", "chat"]


class ChannelQuery(TypedDict, total=False):
    """The conditions that `list` and `count` take; see `list`."""

    channel: ChannelKind | None


class _Outline(msgspec.Struct, frozen=True, gc=False):
    slug: str


LIST = Operation(
    "GET",
    "/channels",
    "channels.list",
    "one list, with its length",
    parameters=(Parameter("channel", "channel", OneOf(ChannelKind), "Of this kind alone."),),
)
GET = Operation("GET", "/channels/{slug}", "channels.get")

SCHEMA = Schema(
    "channels",
    "slug",
    (
        *several("text", "slug", "name", "email"),
        *numbered("channel", ChannelType),
        *numbered("visibility", ChannelVisibility),
        *several("instant", "created_at", "updated_at"),
        *several("boolean", "spam_filter_enabled", "reply_from_origin", "verified"),
        *several("text", "verification_email"),
        *several("instant", "last_verified"),
        *several("text", "settings_reply_from_name", "settings_signature"),
        *within("brand", "name", "url"),
    ),
)

ENDPOINT = Endpoint(
    name="channels",
    root="channel",
    kind=Channel,
    outline=_Outline,
    keys=slugs,
    operations=(LIST, GET),
    schema=SCHEMA,
)


class Channels(Resource[Channel]):
    """`session.channels`."""

    _endpoint = ENDPOINT

    def list(
        self, *, ordered: bool = True, drift: Drift = "repair", **conditions: Unpack[ChannelQuery]
    ) -> Listing[Channel]:
        """All channels of the brand, in one answer; nothing is sent until it is iterated.

        Args:
            channel: `"email"`, `"twitter"`, `"facebook"` or `"chat"`: of that kind alone.
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.
            **conditions: those named above.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        return self._list(LIST, asked=conditions, ordered=ordered, drift=drift)

    async def count(self, **conditions: Unpack[ChannelQuery]) -> int:
        """How many channels match: the length of the answer, by one request.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be fetched.
        """
        return await self._count(LIST, asked=conditions)

    async def get(self, slug: str, /) -> Channel:
        """One channel.

        Args:
            slug: its key.

        Raises:
            InvalidParameter: the slug is empty or no string.
            NotFound: there is none.
            ReamazeError: it could not be fetched.
        """
        return await self._get(GET, slug)
