"""What an account holds: shapes, names, odd values that cost nothing."""

import pickle
from typing import Any

import msgspec
import pytest

from reamaze_async import (
    Article,
    ArticleStatus,
    Channel,
    ChannelType,
    Contact,
    Incident,
    ResponseTemplate,
    Role,
    SatisfactionRating,
    StaffMember,
    System,
    User,
    report_models,
)
from reamaze_async import account_models as models
from reamaze_async.wire.lenient import salvage

KINDS = [kind for kind in vars(models).values() if isinstance(kind, msgspec.StructMeta)]
KINDS += [kind for kind in vars(report_models).values() if isinstance(kind, msgspec.StructMeta)]
NEEDED: dict[type[Any], dict[str, Any]] = {
    Channel: {"slug": "a"},
    Article: {"slug": "a"},
    ResponseTemplate: {"id": 7},
    StaffMember: {"email": "a@b"},
    SatisfactionRating: {"id": "7"},
    Incident: {"id": "a"},
    System: {"id": "a"},
}
ODD = [None, "", "x", 7, 0.5, True, [], ["x", None, 7], {}, {"x": 1}, -(2**70)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_field_that_must_not_be_missing(kind):
    """Only what tells one from another is needed; models are frozen, and pickle."""
    thing = msgspec.convert(NEEDED.get(kind, {}), kind)
    assert pickle.loads(pickle.dumps(thing)) == thing
    with pytest.raises(AttributeError, match="immutable"):
        thing.id = 1


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_odd_field_that_costs_the_rest(kind, odd):
    """One odd value costs its own field at most, whichever it is."""
    needed = NEEDED.get(kind, {})
    for field in msgspec.structs.fields(kind):
        if not field.required:
            thing = salvage(needed | {field.encode_name: odd}, kind)
            assert all(getattr(thing, name) == value for name, value in needed.items())


@pytest.mark.parametrize(
    ("kind", "item", "name", "value"),
    [
        (Contact, {"_id": 7, "id": 8}, "contact_id", 7),
        (Contact, {"_id": "7", "id": 8}, "id", "8"),
        (Contact, {"data": ""}, "data", None),
        (Contact, {"notes": [{"id": "u-1"}, None, {"id": 2}]}, "notes", 2),
        (Role, {"admin?": True}, "is_admin", True),
        (Role, {"default?": "false"}, "is_default", False),
        (StaffMember, {"email": "a", "role": {"permissions": {"x?": 1}}}, "role", None),
        (Article, {"slug": "a", "status": 2}, "status", ArticleStatus(2)),
        (Article, {"slug": "a", "author": "Ana"}, "author", User(name="Ana")),
        (Channel, {"slug": "a", "channel": "16"}, "channel", ChannelType.INSTAGRAM_DM),
        (SatisfactionRating, {"id": 7, "rating": "5"}, "rating", 5),
        (SatisfactionRating, {"id": 7}, "id", "7"),
        (ResponseTemplate, {"id": "7"}, "id", 7),
    ],
)
def test_oddity_of_real_answers(kind, item, name, value):
    """Question marks in keys, two ids, numbers in quotes: each is what it was meant to be."""
    found = getattr(salvage(item, kind), name)
    if name == "notes":
        assert [note.id for note in found] == ["u-1", 2]
    elif name == "role":
        assert found.permissions == {"x?": 1}
    else:
        assert found == value


def test_incident_inside_a_system():
    """Systems hold incidents and incidents systems, however deep."""
    item = {
        "id": "s",
        "active_incidents": [{"id": 7, "incidents_systems": [{"system": {"id": 1}}]}],
    }
    system = msgspec.convert(item, System)
    assert system.active_incidents[0].incidents_systems[0].system == System(id=1)
