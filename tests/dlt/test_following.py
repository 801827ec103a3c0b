"""Lists that are read as a whole by each run."""

import pytest

from reamaze_async.listings.raw import RawItem

pytest.importorskip("dlt.pipeline", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("duckdb", reason="needs: pip install 'dlt[duckdb]'")

from reamaze_async.dlt.following import digest


def names(warehouse):
    """The staff in the warehouse."""
    return sorted(name for (name,) in warehouse.ask("SELECT email FROM staff"))


def truth(warehouse):
    """The staff that there is."""
    return sorted(found.email for found in warehouse.sandbox.staff)


def test_what_has_left(warehouse):
    """Each run replaces the rows by those of now."""
    warehouse.run("staff")
    assert names(warehouse) == truth(warehouse)
    people = warehouse.sandbox.world.people
    people.join(people.newcomer("zoe@acme.example", "Zoe New", None))
    warehouse.run("staff")
    assert names(warehouse) == truth(warehouse)


def test_nothing_left(warehouse):
    """Of an empty list there are no rows, and no old ones."""
    warehouse.run("systems")
    assert warehouse.ask("SELECT count(*) FROM systems") != [(0,)]
    warehouse.sandbox.script = lambda request: empty
    warehouse.run("systems")
    assert warehouse.ask("SELECT count(*) FROM systems") == [(0,)]


def empty(answer):
    """The same answer, without systems."""
    from dataclasses import replace

    return replace(answer, body=b'{"systems": []}')


def test_two_pages_with_one_digest():
    """What items hold, and their order, tells one page from another."""
    one, other = RawItem(b"1", "a", 0.0), RawItem(b"2", "a", 0.0)
    assert len({digest([one, other]), digest([other, one]), digest([one]), digest([])}) == 4
