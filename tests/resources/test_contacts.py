"""Contacts over real sockets: asked for, read, written."""

from typing import Any

import pytest
from written import asked, written

from reamaze_async import (
    Contact,
    Identity,
    InvalidParameter,
    NotFound,
    UnprocessableEntity,
)
from reamaze_async.resources.contacts import key_of
from reamaze_async.sandbox import Churn, Habits, Sandbox

ASKED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"q": "ana+b"}, {"q": "ana+b"}),
    ({"data": {"plan": "gold"}}, {"data[plan]": "gold"}),
    ({"sort": "date"}, {"sort": "date"}),
    ({"q": "+1555", "type": "mobile"}, {"q": "+1555", "type": "mobile"}),
    ({"sort": None}, {}),
]


@pytest.mark.parametrize(("given", "sent"), ASKED, ids=str)
async def test_condition_lost_on_the_way(sandbox, session, given, sent):
    """Each condition arrives under the API's own name."""
    await session.contacts.count(**given)
    assert asked(sandbox) == sent


@pytest.mark.parametrize("given", [{"q": ""}, {"sort": "name"}, {"type": "fax"}, {"data": {}}])
async def test_condition_that_would_be_misread(sandbox, session, given):
    """What would be refused or misread is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        session.contacts.list(**given)
    assert sandbox.requests == []


async def test_contact_of_another_name(sandbox, session):
    """A contact is found by an address of any type, whatever stands in it."""
    mail = next(it for it in sandbox.contacts if it.user.email)
    phone = next(it for it in sandbox.contacts if it.user.mobile)
    assert (await session.contacts.get(mail.user.email)).contact_id == mail.id
    found = await session.contacts.get(phone.user.mobile, identifier_type="mobile")
    assert found.contact_id == phone.id
    assert asked(sandbox) == {"identifier_type": "mobile"}


@pytest.mark.parametrize("key", ["a/b@example.com", "../x", "a?b=c", "ü@example.com"])
async def test_key_that_changes_the_path(sandbox, session, key):
    """An address stays one part of the path."""
    for call in (session.contacts.get(key), session.contacts.notes(key)):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(NotFound):
        await session.contacts.update(key, name="x")
    assert sandbox.requests[0].path == f"/api/v1/contacts/{key}"


@pytest.mark.parametrize("key", ["", " ", ".", "..", None, 7])
async def test_key_that_names_nobody(sandbox, session, key):
    """A key that can be none is refused before anything is sent."""
    contacts = session.contacts
    for call in (
        contacts.get(key),
        contacts.update(key, name="x"),
        contacts.identities(key),
        contacts.add_identity(key, type="email", identifier="x@example.com"),
    ):
        with pytest.raises(InvalidParameter, match=r"^(identifier|contact)="):
            await call
    assert sandbox.requests == []


def test_contact_without_a_number():
    """Where `_id` is missing, what leads to a contact tells it from others."""
    assert key_of(Contact(contact_id=7, email="a")) == "7"
    assert key_of(Contact(email="a", mobile="b")) != key_of(Contact(email="a", id="b"))
    assert key_of(Contact(name="Ana")) == ""


async def test_newcomers_while_reading(connect):
    """By date, whoever was there throughout comes once, and nobody who never was."""
    async with Sandbox(300, contacts=400, churn=Churn(contacts=0.5), latency=0.001) as sandbox:
        watch = sandbox.watch("contacts", sort="date")
        listing = (await connect(sandbox)).contacts.list(sort="date")
        found = [contact.contact_id async for contact in listing]
        assert {it.id for it in watch.stayed()} <= set(found)
        assert set(found) <= {it.id for it in watch.seen()}
        assert len(set(found)) == len(found)


# --- writes ---------------------------------------------------------------------------------------

WRITES: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[str, str, Any]]] = [
    (
        "create",
        (),
        {"name": None, "email": "new@example.com", "id": 7, "data": {"a": 1}, "notes": ["x\r\n"]},
        (
            "POST",
            "/contacts",
            {
                "contact": {
                    "name": None,
                    "email": "new@example.com",
                    "id": "7",
                    "notes": ["x\r\n"],
                    "data": {"a": 1},
                }
            },
        ),
    ),
    (
        "create",
        (),
        {"mobile": "+15551234567", "friendly_name": "N"},
        ("POST", "/contacts", {"contact": {"mobile": "+15551234567", "friendly_name": "N"}}),
    ),
]


@pytest.mark.parametrize(("verb", "keys", "given", "sent"), WRITES)
async def test_contact_sent_changed(sandbox, session, verb, keys, given, sent):
    """The body goes to the letter, and nothing beside what was given."""
    made = await getattr(session.contacts, verb)(*keys, **given)
    assert written(sandbox) == sent
    assert made.contact_id == sandbox.contacts[0].id


async def test_update_of_something_else(sandbox, session):
    """Only what is given changes; None is sent as null."""
    contact = next(it for it in sandbox.contacts if it.user.mobile)
    mobile, name = contact.user.mobile, contact.name
    given = {"identifier_type": "mobile", "friendly_name": "Mo", "data": None}
    changed = await session.contacts.update(mobile, **given)
    path = f"/contacts/{mobile}?identifier_type=mobile"
    assert written(sandbox) == ("PUT", path, {"contact": {"friendly_name": "Mo", "data": None}})
    assert (changed.friendly_name, changed.name) == ("Mo", name)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "Ana"},
        {"name": "Ana", "email": None, "mobile": None},
        {"email": ""},
        {"mobile": "0155512345"},
        {"mobile": "+1 555 123"},
        {"email": "a@example.com", "data": ["a"]},
        {"email": "a@example.com", "notes": "a note"},
        {"email": "a@example.com", "name": 7},
    ],
    ids=str,
)
async def test_contact_that_would_be_refused(sandbox, session, given):
    """Without an address, or with one that can be none: one sentence, and nothing is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.contacts.create(**given)
    with pytest.raises(InvalidParameter, match="nothing to change"):
        await session.contacts.update("a@example.com")
    assert sandbox.requests == []


async def test_contact_that_is_there_already(sandbox, session):
    """422 names the field."""
    email = next(it.user.email for it in sandbox.contacts if it.user.email)
    with pytest.raises(UnprocessableEntity) as caught:
        await session.contacts.create(email=email)
    assert list(caught.value.errors) == ["email"]


# --- identities -----------------------------------------------------------------------------------


async def test_identities_of_somebody_else(sandbox, session):
    """All of a contact's identities, before and after one is added."""
    contact = next(it for it in sandbox.contacts if it.user.email)
    email = contact.user.email
    known = await session.contacts.identities(email)
    assert known == tuple(Identity(type=t, identifier=i) for t, i in contact.identities)
    new = {"type": "mobile", "identifier": "+15550001111"}
    assert await session.contacts.add_identity(email, **new) == (*known, Identity(**new))
    path = f"/contacts/{email}/identities"
    assert written(sandbox) == ("POST", path, {"identity": new})


@pytest.mark.parametrize(
    ("type_", "identifier"),
    [("facebook", "x"), ("fax", "x"), ("mobile", "0155"), ("email", ""), ("email", None)],
)
async def test_identity_that_would_be_refused(sandbox, session, type_, identifier):
    """Facebook can't be given, nor an address that can be none."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.contacts.add_identity("a@example.com", type=type_, identifier=identifier)
    assert sandbox.requests == []


async def test_identity_of_an_odd_shape(sandbox, session):
    """Identities are read from a bare array and from a single one, too."""
    one = Identity(type="email", identifier="a@b")
    from reamaze_async.sandbox import Answer

    for body in (b'[{"type":"email","identifier":"a@b"}]', b'{"type":"email","identifier":"a@b"}'):
        sandbox.script = lambda _, body=body: Answer(200, body)
        assert await session.contacts.identities("a@b") == (one,)


async def test_single_contact_in_a_wrapper(connect):
    """A contact under its root key is understood like a bare one."""
    async with Sandbox(50, habits=Habits(wrapped=True)) as sandbox:
        contact = next(it for it in sandbox.contacts if it.user.email)
        found = await (await connect(sandbox)).contacts.get(contact.user.email)
        assert found.contact_id == contact.id
