"""Contacts by their identities, and all that is written of them, over a real socket."""

import pytest

from reamaze_async.sandbox import Habits, Sandbox

NEW = {"name": "New", "email": "New@example.com"}


def one_with(sandbox, **wanted):
    """A contact whose person has (or lacks) these."""
    return next(
        it
        for it in sandbox.contacts
        if all(bool(getattr(it.user, name)) is is_there for name, is_there in wanted.items())
    )


async def test_one_contact_by_each_of_its_names(client, sandbox):
    """An email without more; any other kind by its word; both ids too (guess)."""
    mail, phone = one_with(sandbox, email=True, own_id=True), one_with(sandbox, mobile=True)
    for name in (mail.user.email.upper(), mail.user.own_id, mail.id):
        assert (await client.get(f"contacts/{name}")).json == mail.json()
    reply = await client.get(f"contacts/{phone.user.mobile}", identifier_type="mobile")
    assert reply.json == phone.json()
    social = one_with(sandbox, instagram=True)
    reply = await client.get(f"contacts/{social.user.instagram}", identifier_type="instagram")
    assert reply.json == social.json()


async def test_contact_that_is_not_there(client, sandbox):
    """404: nobody, one of another kind, a member of staff."""
    phone = one_with(sandbox, mobile=True).user.mobile
    for path in ("contacts/nobody@example.com", f"contacts/{phone}", "contacts/robin@acme.example"):
        assert (await client.get(path)).status == 404
        assert (await client.put(path, contact={})).status == 404
        assert (await client.get(f"{path}/notes")).status == 404


async def test_create(client, sandbox):
    """201, the contact, in front by date, found by all its names."""
    more = {"mobile": "+14155550123", "id": "mine", "data": {"k": "v"}, "notes": ["a", "b"]}
    reply = await client.post("contacts", contact=NEW | more | {"friendly_name": "N"})
    assert (reply.status, reply.json["_id"]) == (201, sandbox.contacts[0].id)
    assert [note["note"] for note in reply.json["notes"]] == ["a", "b"]
    assert (await client.get("contacts/mine")).json == reply.json
    assert (await client.get("contacts", sort="date")).items[0] == reply.json
    assert (reply.json["friendly_name"], reply.json["data"]) == ("N", {"k": "v"})


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        ({"name": "x"}, "base"),
        ({"email": "x"}, "email"),
        ({"mobile": "0155"}, "mobile"),
        ({"mobile": "+1 415 555"}, "mobile"),
        (NEW | {"email": "robin@ACME.example"}, "email"),
        (NEW | {"name": 7}, "name"),
        (NEW | {"external_avatar_url": "/a.png"}, "external_avatar_url"),
        (NEW | {"notes": "x"}, "notes"),
        (NEW | {"data": {"a": {"b": 1}}}, "data"),
        (NEW | {"data": "x"}, "data"),
    ],
)
async def test_create_refused(client, sandbox, contact, field):
    """422 with the reason, and nobody is made."""
    count = len(sandbox.contacts)
    reply = await client.post("contacts", contact=contact)
    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert len(sandbox.contacts) == count


async def test_update(client, sandbox):
    """Data merged, notes added, addresses as they were; the name shows in conversations."""
    user = next(it.author for it in sandbox.conversations if it.author and it.author.email)
    email, count = user.email, len(sandbox.world.contacts.get(user.id).notes)
    user.data = {"a": "1"}
    change = {"name": "Other", "data": {"b": "2"}, "notes": ["n"], "email": "no@example.com"}
    reply = await client.put(f"contacts/{email}", contact=change)
    assert (reply.status, reply.json["email"], reply.json["name"]) == (200, email, "Other")
    assert (reply.json["data"], len(reply.json["notes"])) == ({"a": "1", "b": "2"}, count + 1)
    assert "Other" in (await client.listed(filter="all", **{"for": email})).body.decode()


async def test_update_with_nulls(client, sandbox):
    """They take away what was there."""
    it = one_with(sandbox, email=True)
    nothing = {"name": None, "data": None, "external_avatar_url": None}
    reply = await client.put(f"contacts/{it.user.email}", contact=nothing)
    assert (reply.json["name"], reply.json["data"]) == (None, None)


async def test_update_refused(client, sandbox):
    """422, and nothing changes."""
    it = one_with(sandbox, email=True)
    reply = await client.put(f"contacts/{it.user.email}", contact={"data": [1]})
    assert (reply.status, sandbox.world.contacts.history) == (422, [])


async def test_identities(client, sandbox):
    """As they are, by any identity; a new one is added and leads there."""
    it = one_with(sandbox, mobile=True)
    path = f"contacts/{it.user.mobile}/identities?identifier_type=mobile"
    assert (await client.get(path)).json == it.identities_json()
    reply = await client.post(path, identity={"type": "email", "identifier": "n@example.com"})
    assert (reply.status, len(reply.json["identities"])) == (201, 2)
    assert (await client.get("contacts/N@example.com")).json["_id"] == it.id
    assert it.user.email == "n@example.com"


async def test_identity_of_another_contact(client, sandbox):
    """All that the other had goes over, and it is gone."""
    author = next(it.author for it in sandbox.conversations if it.author and it.author.email)
    it, email = one_with(sandbox, mobile=True), author.email
    path = f"contacts/{it.id}/identities"
    await client.post(path, identity={"type": "email", "identifier": email})
    assert (await client.get(f"contacts/{email}")).json["_id"] == it.id
    assert not any(c.author is author for c in sandbox.conversations)
    assert not any(m.user is author for m in sandbox.messages)


@pytest.mark.parametrize(
    ("identity", "field"),
    [
        ({"identifier": "x"}, "type"),
        ({"type": "fax", "identifier": "x"}, "type"),
        ({"type": "facebook", "identifier": "x"}, "type"),
        ({"type": "email"}, "identifier"),
        ({"type": "email", "identifier": "x"}, "identifier"),
        ({"type": "mobile", "identifier": "555"}, "identifier"),
    ],
)
async def test_identity_refused(client, sandbox, identity, field):
    """422 with the reason."""
    path = f"contacts/{one_with(sandbox, email=True).id}/identities"
    reply = await client.post(path, identity=identity)
    assert (reply.status, list(reply.json["errors"])) == (422, [field])


async def test_life_of_a_note(client, sandbox):
    """Made, read, changed, deleted, gone."""
    it = one_with(sandbox, email=True)
    path, count = f"contacts/{it.user.email}/notes", len(it.notes)
    given = {"creator_email": "robin@acme.example", "created_at": "2026-01-02T03:04:05-08:00"}
    made = (await client.post(path, body="a\r\n<b>", **given)).json[-1]
    assert (made["note"], made["creator"]["name"]) == ("a\r\n<b>", "Robin Vale")
    assert made["created_at"] == "2026-01-02T03:04:05.000-08:00"
    assert (await client.get(path)).json == it.json()["notes"]
    one = f"{path}/{made['id']}"
    assert (await client.put(one, body="c")).json[-1]["note"] == "c"
    assert (await client.send("DELETE", one)).json["note"] == "c"
    assert len((await client.get(path)).json) == count
    for reply in (await client.send("DELETE", one), await client.put(one, body="d")):
        assert reply.status == 404


async def test_note_refused(client, sandbox):
    """422 without a body, by a customer, at no moment; 400 without an object."""
    path = f"contacts/{one_with(sandbox, email=True).user.email}/notes"
    wrong = (
        {},
        {"creator_email": "x@example.com"},
        {"created_at": "soon"},
        {"created_at": "0001-01-01T00:00Z"},
    )
    for body in wrong:
        assert (await client.post(path, **(({"body": "x"} | body) if body else {}))).status == 422
    assert (await client.send("POST", path, json=[1])).status == 400


@pytest.mark.parametrize(
    ("shape", "keys"), [("array", None), ("named", {"notes"}), ("wrapped", {"note"}), ("one", None)]
)
async def test_shapes_of_note_answers(connect, shape, keys):
    """All of them bare or named, or the one wrapped or bare."""
    async with Sandbox(40, habits=Habits(note_answers=shape)) as sandbox:
        client, it = await connect(sandbox), sandbox.contacts[0]
        found = (await client.post(f"contacts/{it.id}/notes", body="x")).json
        assert isinstance(found, list) is (shape == "array")
        assert keys is None or set(found) == keys
        assert shape != "one" or found["note"] == "x"
