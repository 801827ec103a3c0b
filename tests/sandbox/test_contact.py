"""One contact, and the JSON it is served as."""

from reamaze_async.sandbox import World
from reamaze_async.sandbox.contact import canonical, identities_of

CONTACTS = World(900, seed=2).contacts.everything()


def test_keys_of_real_answers():
    """`_id` for all; `id` only where the caller has set one."""
    keys = list(CONTACTS[0].json())
    assert keys[:4] == ["name", "data", "created_at", "updated_at"]
    assert keys[-2:] in (["_id", "notes"], ["id", "notes"])
    assert {"id" in it.json() for it in CONTACTS} == {True, False}
    assert all(isinstance(it.json()["_id"], int) for it in CONTACTS)


def test_odd_values_are_among_them():
    """No name, no email, no data, equal names, notes with and without a creator."""
    items = [it.json() for it in CONTACTS]
    names = [item["name"] for item in items]
    assert len(set(names)) < len(names)
    assert {None} < set(names)
    assert {item["email"] is None for item in items} == {True, False}
    assert {item["data"] is None for item in items} == {True, False}
    notes = [note for item in items for note in item["notes"]]
    assert {note["creator"] is None for note in notes} == {True, False}


def test_identities_are_those_of_the_person():
    """An Instagram name brings its number along."""
    user = next(it.user for it in CONTACTS if it.user.instagram)
    assert dict(identities_of(user)) == {"instagram": user.instagram, "igsid": f"1784{user.id}"}
    assert canonical("email", " A@B ") == ("email", "a@b")
