"""Members of staff as they are served."""

from reamaze_async.sandbox import World

MEMBERS = World(1, login="me@acme.example").people.members.everything()


def test_keys_of_real_answers():
    """Question marks in the role's keys, a Z behind the time."""
    item = MEMBERS[0].json()
    keys = ["name", "created_at", "email", "display_name", "notification_email", "role"]
    assert list(item) == keys
    assert item["created_at"][-1] == "Z"
    assert (item["role"]["admin?"], item["role"]["default?"]) == (True, False)
    permissions = item["role"]["permissions"]
    assert permissions["access_reports?"] is True
    assert isinstance(permissions["visible_channel_ids"], list)


def test_each_with_an_address_of_its_own():
    """Which tells one from another."""
    assert len({it.email for it in MEMBERS}) == len(MEMBERS) == 7
