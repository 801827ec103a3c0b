"""Systems and incidents as they are served."""

from reamaze_async.sandbox import World
from reamaze_async.sandbox.status_page import update_systems

WORLD = World(1)


def test_ids_like_uuids():
    """Strings, each its own."""
    items = [it.json() for store in (WORLD.incidents, WORLD.systems) for it in store.everything()]
    ids = [item["id"] for item in items]
    assert len(set(ids)) == len(ids) == 7
    assert {len(name) for name in ids} == {36}


def test_incident_has_all_its_parts():
    """Updates, systems with their titles, and the status of the last update."""
    item = WORLD.incidents.everything()[0].json()
    assert [update["status"] for update in item["updates"]] == ["investigating", "identified"]
    (affected,) = item["incidents_systems"]
    assert affected["system"]["id"] == affected["system_id"]
    assert item["status"] == "identified"


def test_system_that_does_not_know_what_befell_it():
    """It shows the incidents that go on, and the worst of them."""
    shown = [it.json() for it in WORLD.systems.everything()]
    assert [item["status"] for item in shown] == ["partial_outage"] + ["operational"] * 3
    assert [len(item["active_incidents"]) for item in shown] == [1, 0, 0, 0]
    update_systems(WORLD.systems.everything(), [])
    assert WORLD.systems.everything()[0].status == "operational"
