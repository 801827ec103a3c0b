"""Messages in a warehouse: those written since the last run."""

import pytest

pytest.importorskip("dlt.pipeline", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("duckdb", reason="needs: pip install 'dlt[duckdb]'")


def bodies(warehouse):
    """What is in the warehouse."""
    return sorted(body for (body,) in warehouse.ask("SELECT body FROM messages"))


def truth(warehouse):
    """What there is."""
    return sorted(found.body for found in warehouse.sandbox.messages)


def say(warehouse, number=1):
    """So many new messages are written."""
    for found in warehouse.sandbox.conversations[:number]:
        warehouse.sandbox.world.touch(found.slug)


def test_nothing_new(warehouse):
    """All of them come, then none, by one request."""
    warehouse.run("messages")
    assert bodies(warehouse) == truth(warehouse)
    warehouse.run("messages")
    assert len(warehouse.asked) == 1
    assert not warehouse.pipeline.last_trace.last_load_info.loads_ids


@pytest.mark.parametrize("number", [1, 29, 30, 75])
def test_new_ones(warehouse, number):
    """New ones come once, however many; the mark goes on with them."""
    warehouse.run("messages")
    say(warehouse, number)
    warehouse.run("messages")
    assert bodies(warehouse) == truth(warehouse)
    assert len(warehouse.asked) <= (number + 29) // 30 + 2
    warehouse.run("messages")
    assert len(warehouse.asked) == 1


def test_mark_past_what_was_read(warehouse):
    """What is written while pages are read comes by the next run at the latest."""
    warehouse.sandbox.before = lambda request: request.page == 4 and say(warehouse, 3)
    warehouse.run("messages")
    warehouse.sandbox.before = None
    warehouse.run("messages")
    assert bodies(warehouse) == truth(warehouse)


def test_read_as_a_whole_again(warehouse):
    """A full refresh that is due isn't for messages."""
    warehouse.run("messages")
    warehouse.run("messages", full_refresh_after=0)
    assert len(warehouse.asked) == 1


def test_none_at_all(warehouse):
    """Where there is none, the first ones are found."""
    world = warehouse.sandbox.world
    for found in list(warehouse.sandbox.conversations):
        world.delete(found.slug)
    warehouse.run("messages")
    world.create()
    warehouse.run("messages")
    assert bodies(warehouse) == truth(warehouse) != []


def test_all_anew(warehouse):
    """By the option of dlt that forgets what it knows, a run reads and loads all messages anew."""
    warehouse.run("messages")
    for found in list(warehouse.sandbox.conversations[:20]):
        warehouse.sandbox.world.delete(found.slug)
    warehouse.pipeline.run(warehouse.source("messages"), refresh="drop_sources")
    assert bodies(warehouse) == truth(warehouse)
