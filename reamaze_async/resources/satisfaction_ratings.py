"""Satisfaction ratings: what customers thought of conversations, in all brands unless said."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict, Unpack

import msgspec

from reamaze_async.account_models import SatisfactionRating
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.paging.plan import Drift
from reamaze_async.validation import identifier, text
from reamaze_async.wire.parameters import Between, Parameter, as_for_conversations
from reamaze_async.wire.schema import Column, Schema, several

from .endpoints import ByDate, Endpoint, Operation, Resource


class SatisfactionRatingQuery(TypedDict, total=False):
    """The conditions that `list`, `page` and `count` take; see `list`."""

    rating: int | None
    assignee_id: str | int | None
    created_after: datetime | date | str | None
    created_before: datetime | date | str | None
    updated_after: datetime | date | str | None
    updated_before: datetime | date | str | None
    brand: str | None


class _Outline(msgspec.Struct, frozen=True, gc=False):
    id: str


def _bound(name: str, like: str, means: str) -> Parameter:
    return as_for_conversations(name, means, sent=name, like=like)


LIST = Operation(
    "GET",
    "/satisfaction_ratings",
    "satisfaction_ratings.list",
    "pages",
    parameters=(
        Parameter("rating", "rating", Between(1, 5), "Those alone, from 1 to 5."),
        Parameter(
            "assignee_id", "assignee_id", identifier, "Of this number's conversations, of staff."
        ),
        _bound("created_after", "start_date", "Given at or after this ISO 8601 date or time."),
        _bound("created_before", "end_date", "Given until then; a date is that whole day."),
        _bound("updated_after", "start_date", "Changed at or after then."),
        _bound("updated_before", "end_date", "Changed until then."),
        Parameter("brand", "brand", text, "Of this brand alone, by its subdomain."),
    ),
    permission="access_reports",
)

SCHEMA = Schema(
    "satisfaction_ratings",
    "id",
    (
        Column("id"),
        Column("rating", "integer"),
        Column("comment"),
        *several("integer", "user_id", "assignee_id"),
        Column("conversation_id", "integer", refers="conversations.id"),
        *several("instant", "created_at", "updated_at"),
    ),
    indexed=("conversation_id", "created_at"),
)

ENDPOINT = Endpoint(
    name="satisfaction_ratings",
    root="satisfaction_rating",
    kind=SatisfactionRating,
    outline=_Outline,
    keys=lambda ratings: [rating.id for rating in ratings],
    operations=(LIST,),
    schema=SCHEMA,
    by_date=ByDate("updated_at", since="updated_after", is_sorted=False),
)


class SatisfactionRatings(Resource[SatisfactionRating]):
    """`session.satisfaction_ratings`; needs the permission `access_reports` (documented)."""

    _endpoint = ENDPOINT

    def list(
        self,
        *,
        ordered: bool = True,
        drift: Drift = "repair",
        **conditions: Unpack[SatisfactionRatingQuery],
    ) -> Listing[SatisfactionRating]:
        """All ratings that match, newest first (seen); nothing is sent until it is iterated.

        Args:
            rating: 1 to 5: those alone.
            assignee_id: the number of a member of staff: ratings of this person's conversations.
            created_after: earliest time of the rating.
            created_before: latest time of it.
            updated_after: earliest time of its latest change.
            updated_before: latest time of that.
            brand: a brand's subdomain. Default: all brands of the account (documented).
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.
            **conditions: those named above; they narrow each other.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        return self._list(LIST, asked=conditions, ordered=ordered, drift=drift)

    async def page(
        self, number: int, **conditions: Unpack[SatisfactionRatingQuery]
    ) -> Page[SatisfactionRating]:
        """One page as it is now; past the end it is empty.

        Args:
            number: from 1.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            PermissionDenied: the user's role lacks `access_reports`.
            ReamazeError: the page could not be fetched.
        """
        return await self._page(number, LIST, asked=conditions)

    async def count(self, **conditions: Unpack[SatisfactionRatingQuery]) -> int:
        """How many ratings match, by one request.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            PermissionDenied: the user's role lacks `access_reports`.
            ReamazeError: the answer could not be fetched.
        """
        return await self._count(LIST, asked=conditions)
