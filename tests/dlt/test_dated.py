"""Lists in the order of a date, in a warehouse; conversations are in `test_source`."""

import pytest
from shells import served
from warehouses import Warehouse

from reamaze_async.sandbox import Habits, events

pytest.importorskip("dlt.pipeline", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("duckdb", reason="needs: pip install 'dlt[duckdb]'")


def keys(warehouse):
    """The contacts in the warehouse."""
    return {contact for (contact,) in warehouse.ask("SELECT contact_id FROM contacts")}


def truth(warehouse):
    """The contacts that there are."""
    return {found.id for found in warehouse.sandbox.contacts}


def test_contacts_that_are_new(warehouse):
    """New contacts come by as many requests as they have pages, none by one."""
    warehouse.run("contacts")
    assert keys(warehouse) == truth(warehouse)
    for number in (0, 1, 45):
        for _ in range(number):
            events.arrive(warehouse.sandbox.world)
        warehouse.run("contacts")
        assert len(warehouse.asked) == 1 + number // 30
        assert keys(warehouse) == truth(warehouse)


def test_contacts_that_have_left(warehouse):
    """They go when a full refresh is due, and names are then those of now."""
    warehouse.run("contacts")
    world = warehouse.sandbox.world
    events.leave(world), events.rename(world, name="Zoe New")
    warehouse.run("contacts")
    assert keys(warehouse) > truth(warehouse)
    warehouse.run("contacts", full_refresh_after=0)
    assert keys(warehouse) == truth(warehouse)
    assert warehouse.ask("SELECT count(*) FROM contacts WHERE name = 'Zoe New'") == [(1,)]


def test_server_that_does_not_sort(tmp_path):
    """Where page 1 isn't in the order of change, each run reads the whole list."""
    with served(200, seed=7, habits=Habits(ignore_sort=True)) as sandbox:
        warehouse = Warehouse(sandbox, tmp_path)
        warehouse.run()
        sandbox.world.touch(sandbox.conversations[150].slug)
        warehouse.run()
        assert len(warehouse.asked) == 7
        assert warehouse.rows == warehouse.truth


def test_server_whose_copies_lag(tmp_path):
    """A change that page 1 doesn't show yet comes with a later run."""
    with served(200, seed=7, habits=Habits(replicas=(0, 40))) as sandbox:
        warehouse = Warehouse(sandbox, tmp_path)
        warehouse.run()
        for number in range(6):
            sandbox.world.touch(sandbox.conversations[number * 30].slug)
            warehouse.run()
        for _ in range(60):
            sandbox.world.touch(sandbox.conversations[0].slug)
        warehouse.run()
        assert warehouse.rows == warehouse.truth
