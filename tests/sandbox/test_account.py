"""What an account holds beside conversations and people."""

from reamaze_async.sandbox import World, account


def picture(world):
    """All of it, to the last byte."""
    stores = (world.articles, world.response_templates, world.ratings, world.incidents)
    people = (world.contacts, world.people.members, world.systems)
    return [it.json() for store in (*stores, *people) for it in store.everything()]


def test_same_seed_same_account():
    """To the last byte, and another for another seed."""
    assert picture(World(200, seed=4)) == picture(World(200, seed=4))
    assert picture(World(200, seed=4)) != picture(World(200, seed=5))


def test_more_than_a_page_of_articles_and_templates():
    """So that paging is tried; every status and topic is among the articles."""
    world = World(1, internal=2)
    assert len(world.articles) > 60
    assert len(world.response_templates) > 30
    assert {it.status for it in world.articles.everything()} == {0, 1, 2}
    assert len({it.slug for it in world.articles.everything()}) == len(world.articles)


def test_nothing_of_the_future():
    """Ratings are no younger than the world."""
    world = World(0)
    world.create(status=2, luck=3_599_997)
    (rating,) = account.ratings(world.conversations, world.now)
    assert rating.created <= world.now
