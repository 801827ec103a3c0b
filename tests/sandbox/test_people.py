"""Staff and contacts, and how they are found."""

import pytest

from reamaze_async.sandbox import World
from reamaze_async.sandbox.people import People


def test_newcomer_is_made_once():
    """By address, whatever its case."""
    people = People("acme")
    first = people.newcomer("A@b.example", "A", None)
    assert people.newcomer("a@B.example", None, None) is first
    assert people.newcomer(people.staff[0].email, None, None) is people.staff[0]


def test_newcomer_with_a_telephone():
    """Is found by it, and has no email."""
    people = People("acme")
    made = people.newcomer("+14155550123", None, None)
    assert (made.mobile, made.email) == ("+14155550123", None)
    assert people.contact("mobile", "+14155550123").user is made


@pytest.mark.parametrize("count", [0, 1, 900])
def test_number_of_contacts_is_kept(count):
    """However many conversations there are; nobody writes where nobody is."""
    world = World(300, contacts=count)
    assert len(world.contacts) == count
    if not count:
        assert all(it.author is None or it.author.is_staff for it in world.conversations)


def test_author_that_is_no_contact():
    """Everybody who writes is in the list of contacts or of staff, and some who don't write."""
    world = World(800)
    writers = {it.author.id for it in world.conversations if it.author and not it.author.is_staff}
    contacts = {contact.id for contact in world.contacts.everything()}
    assert writers < contacts
    staff = {member.id for member in world.people.members.everything()}
    assert {it.author.id for it in world.conversations if it.author} <= contacts | staff


def test_contact_younger_than_its_conversations():
    """A contact is made with its first conversation at the latest."""
    world = World(800)
    for it in world.conversations:
        if it.author and not it.author.is_staff:
            assert world.contacts.get(it.author.id).created <= it.created


def test_identities_lead_to_their_contact():
    """Each of all kinds, and the caller's own id."""
    world = World(800)
    for contact in world.contacts.everything():
        for kind, name in contact.identities:
            assert world.people.contact(kind, name.upper()) is contact
    kinds = {kind for it in world.contacts.everything() for kind, _ in it.identities}
    assert kinds == {"email", "mobile", "instagram", "igsid"}


def test_any_name_of_a_contact():
    """An email, the caller's own id, or the number."""
    world = World(300)
    it = next(it for it in world.contacts.everything() if it.user.own_id and it.user.email)
    for name in (it.user.email, it.user.own_id, str(it.id)):
        assert world.people.any_contact(name) is it
    assert world.people.any_contact("nobody") is None


def test_removed_contact_is_not_found():
    """By none of its identities."""
    people = People("acme")
    user = people.newcomer("a@b.example", None, None)
    people.remove(people.contacts.get(user.id))
    assert people.user("a@b.example") is people.contact("email", "a@b.example") is None


def test_token_is_of_a_member_of_staff():
    """On top of those who answer, unless it is one of them."""
    people = People("acme", staff=40, login="me@acme.example")
    assert len(people.members) == 41
    assert people.me.is_staff
    assert len(People("acme", login=people.staff[0].email).members) == 6
    assert len({user.email for user in people.staff}) == 40


def test_newcomers_are_told_apart():
    """By ids that nobody has had."""
    people = People("acme")
    made = [people.newcomer(f"{name}@b.example", None, None) for name in "abc"]
    assert len({user.id for user in made}) == len(people.contacts) == 3
