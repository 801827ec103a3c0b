"""The dice of each request."""

from reamaze_async.sandbox import Churn, Fault, World
from reamaze_async.sandbox.chance import Chance
from reamaze_async.sandbox.http import Sent

SENT = Sent(b"h", b"b")


def chance(seed=1, **settings):
    """Calm but for the settings."""
    calm = {"churn": None, "faults": None, "stall": 0, "latency": 0, "jitter": 0}
    return Chance(seed, **(calm | {"latency_per_page": 0} | settings))


def test_calm():
    """An answer is one step."""
    calm, world = chance(), World(3)
    calm.apply(world)
    assert (world.history, calm.fault(), calm.delivery(SENT, None, 9)) == ([], None, (b"hb",))


def test_latency_comes_first():
    """With its jitter, and more for deep pages."""
    slow = chance(latency=1, jitter=0.5, latency_per_page=0.01)
    waits = [slow.delivery(SENT, None, 100)[0] for _ in range(50)]
    assert 2.0 <= min(waits) < 2.1
    assert 2.4 < max(waits) <= 2.5
    assert slow.delivery(SENT, None, 0)[1:] == (b"hb",)


def test_each_purpose_has_its_own_dice():
    """Setting the churn doesn't change which requests fail."""
    calm, windy, world = chance(faults=0.5), chance(faults=0.5, churn=1.0), World(50)
    first = [calm.fault() for _ in range(40)]
    second = [windy.fault() for _ in range(40) if not windy.apply(world)]
    assert first == second
    assert {*first} > {None, Fault.CUT}


def test_churn_by_chance_or_in_detail():
    """A bare chance is mixed churn."""
    world = World(50)
    chance(churn=Churn(leave=1.0, departures=("delete",))).apply(world)
    assert [change.kind for change in world.history] == ["delete"]
    chance(churn=1.0).apply(world)
    assert len(world.history) > 1
