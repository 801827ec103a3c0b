"""Conversations made from a seed."""

from reamaze_async.sandbox.factory import SPAN, Factory

NOW = 1_775_865_600_000


def test_history_is_old_to_new():
    """In the order of their ids, none in the future, none too old."""
    made = Factory(1, "acme", "normal").history(3000, NOW)
    assert [c.id for c in made] == sorted(c.id for c in made)
    assert [c.created for c in made] == sorted(c.created for c in made)
    assert NOW - 2 * SPAN < made[0].created < made[-1].created <= NOW


def test_slugs_never_collide():
    """Not even where one's suffix is another's subject."""
    factory = Factory(1, "acme", "normal")
    slugs = [factory.slug(subject, 0) for subject in ("a 2", "a", "a", "a", "a 2", "a-2-2", "")]
    assert len(set(slugs)) == 7
    assert slugs[:3] == ["a-2", "a", "a-2-2"]


def test_neighbours_of_one_millisecond():
    """As many as asked for begin at once, the next ones later."""
    made = Factory(1, "acme", "normal").history(100, NOW, tied=10)
    assert len({it.created for it in made}) in (9, 10)
    assert all(len({it.created for it in made[n : n + 10]}) == 1 for n in range(0, 100, 10))
