"""What happens to contacts and ratings."""

import pytest

from reamaze_async.sandbox import World, events


@pytest.fixture
def world():
    """A small one."""
    return World(120, seed=3)


def author_of(world):
    """A contact who has written."""
    user = next(it.author for it in world.conversations if it.author and it.author.email)
    return world.contacts.get(user.id)


def test_new_contact_is_the_newest(world):
    """And has written nothing."""
    made = events.arrive(world)
    assert made.created == world.now
    assert world.contacts.history[-1].before is None


def test_contact_that_leaves_had_written_nothing(world):
    """No conversation loses its author."""
    authors = [it.author for it in world.conversations]
    gone = [events.leave(world) for _ in range(20)]
    assert any(gone)
    assert [it.author for it in world.conversations] == authors
    assert len(world.contacts.history) == sum(it is not None for it in gone)


def test_new_name_shows_everywhere(world):
    """In the contact, in its conversations (though their bytes were kept), in its messages."""
    contact = author_of(world)
    theirs = [it for it in world.conversations if it.author is contact.user]
    [it.encoded() for it in theirs]
    events.rename(world, contact, "Somebody Else")
    assert all(b"Somebody Else" in it.encoded() for it in theirs)
    assert contact.updated == world.now
    assert world.contacts.history[-1].before.name != "Somebody Else"


def test_absorbed_contact_leaves_all_it_had(world):
    """Conversations, messages, data and addresses go over; it is gone."""
    first, second = author_of(world), world.people.newcomer("x@y.example", "X", {"k": "v"})
    other = world.contacts.get(second.id)
    it = world.create(author=second)
    events.attach(world, first, ("email", "X@y.example"))
    assert other not in world.contacts
    assert it.author is it.messages[0].user is first.user
    assert first.user.data["k"] == "v"
    assert world.people.user("x@y.example") is first.user


def test_own_identity_changes_nothing(world):
    """Attached again, it leads to the same contact."""
    contact = author_of(world)
    events.attach(world, contact, contact.identities[0])
    assert world.contacts.history == []


def test_rating_arrives_in_front(world):
    """For a conversation that is done, or the one that is named."""
    made = events.rate(world)
    assert (made.created, made.conversation.status in (2, 6, 8)) == (world.now, True)
    assert events.rate(world, world.conversations[0].slug, 1).conversation is world.conversations[0]
    assert events.rate(world, "nobody") is None


def test_ratings_follow_their_conversation(world):
    """To the one that absorbs it; with a deleted one they go."""
    slug, into = world.conversations[0].slug, world.conversations[1]
    rating = events.rate(world, slug)
    world.merge(slug, into.slug)
    assert rating.conversation is into
    world.delete(into.slug)
    assert rating not in world.ratings


def test_nothing_happens_where_nobody_is():
    """No contact, no event."""
    world = World(0, contacts=0)
    assert events.leave(world) is events.rename(world) is events.rate(world) is None
