"""Ratings as they are served, and whose they are."""

from reamaze_async.sandbox import World
from reamaze_async.sandbox.rating import rated

WORLD = World(900)
RATINGS = WORLD.ratings.everything()


def test_ids_are_decimal_strings():
    """All but the score; times in UTC."""
    item = RATINGS[0].json()
    assert {type(item[key]) for key in ("id", "user_id", "conversation_id")} == {str}
    assert item["created_at"][-1] == item["updated_at"][-1] == "Z"


def test_odd_values_are_among_them():
    """No score, no comment, nobody assigned."""
    items = [it.json() for it in RATINGS]
    for key in ("rating", "comment", "assignee_id"):
        assert {item[key] is None for item in items} == {True, False}


def test_rating_that_belongs_to_nothing():
    """Each to a conversation that is there, its author and its assignee."""
    for it in RATINGS:
        conversation = WORLD.get(it.json()["conversation_id"])
        assert conversation is it.conversation
        assert (conversation.author, conversation.assignee) == (it.user, it.assignee)
        assert conversation.status in (2, 6, 8)


def test_nobody_rates_what_nobody_asked():
    """Neither staff's own conversations, nor those of unknown authors."""
    world = World(0)
    assert rated(world.create(author=None), 1, 1) is None
    assert rated(world.create(author=world.staff[0]), 1, 1) is None
