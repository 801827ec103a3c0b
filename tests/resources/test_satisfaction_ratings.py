"""Satisfaction ratings over real sockets: asked for, and joined to conversations."""

from datetime import UTC, datetime
from typing import Any

import pytest
from written import asked

from reamaze_async import InvalidParameter, PermissionDenied
from reamaze_async.sandbox import Churn, Sandbox

MOMENT = datetime(2026, 1, 31, 9, tzinfo=UTC)

ASKED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"rating": 5}, {"rating": "5"}),
    ({"assignee_id": 7}, {"assignee_id": "7"}),
    ({"created_after": MOMENT}, {"created_after": "2026-01-31T09:00:00+00:00"}),
    ({"created_before": MOMENT}, {"created_before": "2026-01-31T09:00:00+00:00"}),
    ({"updated_after": "2026-01-31T10:00:00Z"}, {"updated_after": "2026-01-31T10:00:00Z"}),
    ({"updated_before": "2026-01-31T10:00:00Z"}, {"updated_before": "2026-01-31T10:00:00Z"}),
    ({"brand": "acme", "rating": None}, {"brand": "acme"}),
]


@pytest.mark.parametrize(("given", "sent"), ASKED, ids=str)
async def test_condition_lost_on_the_way(sandbox, session, given, sent):
    """Each condition arrives under the API's own name."""
    await session.satisfaction_ratings.count(**given)
    assert asked(sandbox) == sent


@pytest.mark.parametrize(
    "given",
    [
        *({"rating": value} for value in (0, 6, "5", True, 2.5)),
        {"assignee_id": ""},
        {"brand": ""},
        {"created_after": MOMENT.replace(tzinfo=None)},
        {"created_after": "2026-02-02", "created_before": "2026-01-31"},
        {"updated_after": "2026-02-02", "updated_before": "2026-01-31"},
    ],
    ids=str,
)
async def test_condition_that_would_be_misread(sandbox, session, given):
    """What would be refused or misread is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        session.satisfaction_ratings.list(**given)
    assert sandbox.requests == []


async def test_rating_of_another_conversation(sandbox, session):
    """A rating's conversation is found by its number."""
    rating = await anext(aiter(session.satisfaction_ratings.list()))
    found = await session.conversations.get(rating.conversation_id)
    assert found.slug == sandbox.ratings[0].conversation.slug


async def test_new_ratings_while_reading(connect):
    """Each rating that was there throughout comes once."""
    async with Sandbox(3000, churn=Churn(ratings=0.5)) as sandbox:
        watch = sandbox.watch("satisfaction_ratings")
        found = [it.id async for it in (await connect(sandbox)).satisfaction_ratings.list()]
        assert {str(it.id) for it in watch.stayed()} <= set(found)
        assert len(set(found)) == len(found)


async def test_permission_that_is_lacking(connect):
    """403 says that the role may be the reason."""
    async with Sandbox(30, deny=["access_reports"]) as sandbox:
        with pytest.raises(PermissionDenied, match="access_reports"):
            await (await connect(sandbox)).satisfaction_ratings.count()
