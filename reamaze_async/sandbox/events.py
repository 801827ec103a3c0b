"""What happens to contacts and ratings. Pure: where nobody is named, the world's dice choose."""

from copy import copy
from dataclasses import replace
from typing import Any

from reamaze_async.sandbox import fake_data
from reamaze_async.sandbox.account import DONE
from reamaze_async.sandbox.contact import KINDS, Contact, Identity
from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.rating import Rating, rated
from reamaze_async.sandbox.rules import Query
from reamaze_async.sandbox.world import World

TRIES = 8
"""How many contacts are looked at for one that may go."""

OF_THE_PERSON = frozenset({"name", "friendly_name", "data", *KINDS[:-1]})


def arrive(world: World) -> Contact:
    """A new contact, who has written nothing yet."""
    return world.people.silent(world.tick())


def leave(world: World, contact: Contact | None = None) -> Contact | None:
    """A contact is deleted: of those who have written nothing, if none is named."""
    gone = contact or _silent(world)
    if gone:
        world.people.remove(gone)
    return gone


def rename(world: World, contact: Contact | None = None, name: str | None = None) -> Contact | None:
    """A contact has another name: it jumps in the list by name, and shows wherever it is named."""
    contact = contact or _any(world)
    return contact and change(world, contact, "rename", name=name or _name(world))


def change(world: World, contact: Contact, kind: str = "update", **fields: Any) -> Contact:
    """Set fields of a contact, or of the person that it is."""
    before = replace(contact, user=copy(contact.user))
    for name, value in ({"updated": world.tick()} | fields).items():
        setattr(contact.user if name in OF_THE_PERSON else contact, name, value)
    world.contacts.put(contact, kind, before)
    _forget(world, contact.user)
    return contact


def attach(world: World, contact: Contact, identity: Identity) -> None:
    """One more identity. Whoever had it is absorbed: conversations, messages, data (documented)."""
    other = world.people.contact(*identity)
    if other is contact:
        return
    taken = other.identities if other else (identity,)
    data = contact.user.data
    if other:
        data = _merged(contact.user, other.user)
        _hand_over(world, other.user, contact.user)
        world.people.remove(other, "merge")
    new = tuple(it for it in taken if it not in contact.identities)
    world.people.own(contact, new)
    missing = {kind: name for kind, name in new if getattr(contact.user, kind, "") is None}
    change(world, contact, "attach", identities=contact.identities + new, data=data, **missing)


def rate(world: World, slug: str | None = None, rating: int | None = 5) -> Rating | None:
    """A customer rates a conversation: one that is done, if none is named."""
    conversation = world.get(slug) if slug else _done(world)
    if conversation is None:
        return None
    number = 1 + max((it.id for it in world.ratings.everything()), default=40_000)
    made = rated(conversation, number, world.tick())
    if made:
        made.rating, made.updated = rating, made.created
        world.ratings.put(made, "create")
    return made


def _any(world: World) -> Contact | None:
    everybody = world.contacts.everything()
    return everybody[int(world.dice.random() * len(everybody))] if everybody else None


def _silent(world: World) -> Contact | None:
    writers = {id(user) for it in world.conversation_store.everything() for user in it.people}
    drawn = (_any(world) for _ in range(TRIES))
    return next((it for it in drawn if it and id(it.user) not in writers), None)


def _done(world: World) -> Conversation | None:
    everything = world.view(Query(filter="all")).everything()
    done = [it for it in everything if it.status in DONE and it.author and not it.author.is_staff]
    return done[int(world.dice.random() * len(done))] if done else None


def _name(world: World) -> str:
    first = fake_data.FIRST[int(world.dice.random() * len(fake_data.FIRST))]
    return f"{first} {fake_data.LAST[int(world.dice.random() * len(fake_data.LAST))]}"


def _merged(user: User, other: User) -> Any:
    both = [it.data for it in (other, user) if isinstance(it.data, dict)]
    return {key: value for data in both for key, value in data.items()} if both else user.data


def _hand_over(world: World, old: User, new: User) -> None:
    """Everything that names one person names another from now on."""
    for it in world.conversation_store.everything():
        if not any(user is old for user in (*it.people, *(m.user for m in it.messages))):
            continue
        it.author = new if it.author is old else it.author
        it.followers = tuple(new if user is old else user for user in it.followers)
        for message in it.messages:
            message.user = new if message.user is old else message.user
            message.recipients = tuple(new if user is old else user for user in message.recipients)
            world.messages.settle(message)
        world.conversation_store.settle(it)
        it.forget()
    for rating in world.ratings.everything():
        rating.user = new if rating.user is old else rating.user


def _forget(world: World, user: User) -> None:
    for it in world.conversation_store.everything():
        if any(person is user for person in it.people):
            it.forget()
