"""POST, PUT and DELETE of contacts, their identities and their notes. Pure."""

from typing import Any

from reamaze_async.sandbox import events, responses
from reamaze_async.sandbox.contact import KINDS, Contact, Note
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.forms import (
    BLANK,
    INVALID,
    MISSING,
    TAKEN,
    UNLISTED,
    Errors,
    Field,
    Form,
    Given,
    is_email,
    is_flat,
    is_mobile,
    is_moment,
    is_text,
    is_url,
    list_of,
    one_of,
)
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.rules import Habits
from reamaze_async.sandbox.times import bounds
from reamaze_async.sandbox.world import World

CHANGEABLE = (
    Field("name", is_text),
    Field("friendly_name", is_text),
    Field("external_avatar_url", is_url),
    Field("notes", list_of(is_text)),
    Field("data", is_flat),
)
"""What a contact may be given at any time (documented)."""

NEW = Form(
    "contact",
    (*CHANGEABLE, Field("email", is_email), Field("mobile", is_mobile), Field("id", is_text)),
)
OLD = Form("contact", CHANGEABLE)

IDENTITY = Form(
    "identity",
    (
        Field("type", one_of(*KINDS), is_needed=True, reason=UNLISTED),
        Field("identifier", is_text, is_needed=True),
    ),
)
NOTE = Form(
    None,
    (
        Field("body", is_text, is_needed=True),
        Field("creator_email", is_email),
        Field("created_at", is_moment),
    ),
)


def create(world: World, _: Habits, incoming: Incoming) -> Answer:
    """POST /contacts: 201 with the contact (guess), 422 with the reasons."""
    given = NEW.accept(incoming, is_new=True, also=lambda it: _unreachable(it) or _taken(world, it))
    if isinstance(given, Answer):
        return given
    user = User(
        id=world.people.next_id(),
        name=given.get("name") or None,
        email=given.get("email") or None,
        data=_data(given, {}),
        mobile=given.get("mobile") or None,
        friendly_name=given.get("friendly_name") or None,
        own_id=given.get("id") or None,
    )
    contact = world.people.add(user, world.tick())
    _add_notes(world, contact, given.get("notes") or ())
    contact.avatar = given.get("external_avatar_url")
    return Answer.of(contact.json(), 201)


def update(world: World, _: Habits, incoming: Incoming, contact: Contact) -> Answer:
    """PUT /contacts/{identifier}: data is merged (guess), notes are added, addresses stay."""
    given = OLD.accept(incoming, is_new=False)
    if isinstance(given, Answer):
        return given
    fields: dict[str, Any] = {n: given[n] for n in ("name", "friendly_name") if n in given}
    if "data" in given:
        fields["data"] = _data(given, contact.user.data)
    if "external_avatar_url" in given:
        fields["avatar"] = given["external_avatar_url"]
    events.change(world, contact, **fields)
    _add_notes(world, contact, given.get("notes") or ())
    return Answer.of(contact.json())


def add_identity(world: World, _: Habits, incoming: Incoming, contact: Contact) -> Answer:
    """POST .../identities: all of the contact's identities now (documented; 201 a guess)."""
    given = IDENTITY.accept(incoming, is_new=True, also=_wrong_identity)
    if isinstance(given, Answer):
        return given
    events.attach(world, contact, (str(given["type"]), str(given["identifier"]).strip()))
    return Answer.of(contact.identities_json(), 201)


def add_note(world: World, habits: Habits, incoming: Incoming, contact: Contact) -> Answer:
    """POST .../notes, flat (documented; 201 a guess)."""
    given = NOTE.accept(incoming, is_new=True, also=lambda it: _unknown_creator(world, it))
    if isinstance(given, Answer):
        return given
    (note,) = _add_notes(world, contact, [given["body"]])
    _describe(world, note, given)
    return _noted(habits, contact, note, 201)


def update_note(
    world: World, habits: Habits, incoming: Incoming, contact: Contact, number: str
) -> Answer:
    """PUT .../notes/{id}, with the same body as a POST (documented)."""
    note = _note(contact, number)
    if note is None:
        return responses.NOT_FOUND
    given = NOTE.accept(incoming, is_new=True, also=lambda it: _unknown_creator(world, it))
    if isinstance(given, Answer):
        return given
    note.text, note.updated = str(given["body"]), world.tick()
    _describe(world, note, given)
    events.change(world, contact, "note")
    return _noted(habits, contact, note, 200)


def delete_note(world: World, _: Habits, __: Incoming, contact: Contact, number: str) -> Answer:
    """DELETE .../notes/{id}: the note that is gone (documented)."""
    note = _note(contact, number)
    if note is None:
        return responses.NOT_FOUND
    left = tuple(it for it in contact.notes if it is not note)
    events.change(world, contact, "note", notes=left)
    return Answer.of(note.json())


def _unreachable(given: Given) -> Errors:
    """An email or a mobile there must be (documented)."""
    reachable = given.get("email") or given.get("mobile")
    return {} if reachable else {"base": ["Email or mobile " + BLANK]}


def _taken(world: World, given: Given) -> Errors:
    """Addresses that lead to somebody already (guess)."""
    names = (kind for kind in ("email", "mobile", "id") if given.get(kind))
    return {kind: [TAKEN] for kind in names if world.people.is_taken(kind, str(given[kind]))}


def _wrong_identity(given: Given) -> Errors:
    """Facebook can't be given (documented); addresses must be some."""
    kind, name = given["type"], given["identifier"]
    if kind == "facebook":
        return {"type": [INVALID]}
    wrong = (kind == "email" and not is_email(name)) or (kind == "mobile" and not is_mobile(name))
    return {"identifier": [INVALID]} if wrong else {}


def _unknown_creator(world: World, given: Given) -> Errors:
    """Only staff write notes (guess)."""
    email = given.get("creator_email")
    user = world.user(str(email)) if email else None
    return {"creator_email": [MISSING]} if email and not (user and user.is_staff) else {}


def _data(given: Given, known: object) -> JSON | None:
    """What is known, and what is given; null takes all of it away (guess)."""
    new = given.get("data")
    if not isinstance(new, dict):
        return None
    return {**(known if isinstance(known, dict) else {}), **new}


def _add_notes(world: World, contact: Contact, texts: Any) -> list[Note]:
    first = max((it.id for it in contact.notes), default=contact.id * 100)
    added = []
    for number, text in enumerate(texts, first + 1):
        at = world.tick()
        added.append(Note(number, str(text), at, at, world.people.me))
    if added:
        events.change(world, contact, "note", notes=(*contact.notes, *added))
    return added


def _describe(world: World, note: Note, given: Given) -> None:
    created = bounds(str(given.get("created_at") or ""))
    note.created = created[0] if created else note.created
    if given.get("creator_email"):
        note.creator = world.user(str(given["creator_email"]))


def _note(contact: Contact, number: str) -> Note | None:
    return next((it for it in contact.notes if str(it.id) == number), None)


def _noted(habits: Habits, contact: Contact, note: Note, status: int) -> Answer:
    every = [it.json() for it in contact.notes]
    shapes: dict[str, Any] = {
        "array": every,
        "named": {"notes": every},
        "wrapped": {"note": note.json()},
        "one": note.json(),
    }
    return Answer.of(shapes[habits.note_answers], status)
