"""Incidents over real sockets: listed, read, told of."""

import pytest
from written import written

from reamaze_async import (
    InvalidParameter,
    NotFound,
    PermissionDenied,
    UnprocessableEntity,
)
from reamaze_async.sandbox import Sandbox


async def test_incident_of_another_key(sandbox, session):
    """One incident by its key, with its updates and systems."""
    truth = sandbox.incidents[0]
    found = await session.incidents.get(truth.key)
    assert (found.id, found.title, found.status) == (truth.key, truth.title, truth.status)
    assert [it.message for it in found.updates] == [it.message for it in truth.updates]
    assert [it.system.title for it in found.incidents_systems] == [
        it.system.title for it in truth.affected
    ]
    with pytest.raises(NotFound):
        await session.incidents.get(7)


async def test_incident_sent_changed(sandbox, session):
    """What is told goes to the letter; going on with it sends only what is given."""
    system = sandbox.systems[1].key
    told = [{"status": "identified", "message": "a\r\n<b>"}]
    hit = [{"system_id": system, "status": "major_outage"}]
    made = await session.incidents.create(
        "Down ", updates_attributes=told, incidents_systems_attributes=hit
    )
    sent = {"title": "Down ", "updates_attributes": told, "incidents_systems_attributes": hit}
    assert written(sandbox) == ("POST", "/incidents", {"incident": sent})
    assert made.incidents_systems[0].system_id == system
    changed = await session.incidents.update(made.id, updates_attributes=[{"status": "resolved"}])
    sent = {"updates_attributes": [{"status": "resolved"}]}
    assert written(sandbox) == ("PUT", f"/incidents/{made.id}", {"incident": sent})
    assert changed.status == "resolved"


@pytest.mark.parametrize(
    "given",
    [
        {"title": ""},
        {"title": "x", "updates_attributes": [{"status": "fine"}]},
        {"title": "x", "updates_attributes": {"status": "resolved"}},
        {"title": "x", "incidents_systems_attributes": [{"status": "down"}]},
        {"title": "x", "incidents_systems_attributes": ["down"]},
    ],
    ids=str,
)
async def test_incident_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent, from either verb."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.incidents.create(**given)
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.incidents.update("a", **given)
    with pytest.raises(InvalidParameter, match="nothing to change"):
        await session.incidents.update("a")
    assert sandbox.requests == []


async def test_incident_refused(connect, sandbox, session):
    """422 for a system that isn't there, 403 for who may not tell of incidents."""
    with pytest.raises(UnprocessableEntity, match="must exist"):
        await session.incidents.create(
            "x", incidents_systems_attributes=[{"system_id": "no", "status": "operational"}]
        )
    async with Sandbox(0, deny=["manage_incidents"]) as denying:
        with pytest.raises(PermissionDenied, match="manage_incidents"):
            await (await connect(denying)).incidents.create("x")
