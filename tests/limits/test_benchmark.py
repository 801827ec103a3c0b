"""The limiter's benchmark: its servers, its people, its halves; else it measures something else."""

import pickle
from collections import Counter
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench_limiter import GROUPS
from benchmarks.bench_limiter_constants import Constant, constants, varied
from benchmarks.bench_limiter_overhead import Recorded, seconds_of
from benchmarks.limiter_endpoints import HELD_OUT as ENDPOINTS
from benchmarks.limiter_endpoints import jobs_of_both
from benchmarks.limiter_kinds import KINDS, Burst, Kind, aligned, fixed, processes, unlimited
from benchmarks.limiter_measures import Question, ideal_of, tried
from benchmarks.limiter_random_kinds import IN_FLIGHT, random_kinds
from benchmarks.limiter_rivals import SharedPause
from benchmarks.limiter_servers import (
    Both,
    FirstRequest,
    Fixed,
    Overload,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
)
from benchmarks.limiter_simulation import TIME_OUT, Interactive, Simulation
from reamaze_async.limits import gate

ALL = [kind for group in GROUPS.values() for kind in (*group.tuning, *group.held_out)]

SERVERS = {
    "fixed": lambda: Fixed(5, 3.0, 1.0),
    "first request": lambda: FirstRequest(5, 3.0),
    "log": lambda: SlidingLog(5, 3.0),
    "counter": lambda: SlidingCounter(5, 3.0, 1.0),
    "bucket": lambda: TokenBucket(5, 3.0, 2),
    "both": lambda: Both(Fixed(2, 1.0), SlidingLog(5, 3.0)),
}


@pytest.mark.parametrize("make", SERVERS.values(), ids=SERVERS)
@given(st.lists(st.floats(0, 2), max_size=40))
def test_wait_that_a_server_would_not_keep(make, rests):
    """Who waits as long as a server says is let in, and a hair earlier is refused."""
    server, now = make(), 0.0
    for rest in rests:
        now += rest
        if (wait := server.wait(now)) > 1e-6:
            assert not server.take(now + wait - 1e-6)
        now += wait + 1e-9
        assert server.take(now)


@pytest.mark.parametrize("make", SERVERS.values(), ids=SERVERS)
def test_request_that_changes_what_it_asks_for(make):
    """Asking how long to wait counts as no request."""
    asked, left_alone = make(), make()
    for step in range(60):
        asked.wait(step / 10)
        assert asked.take(step / 10) == left_alone.take(step / 10)


@pytest.mark.parametrize("per_process", [1, 4])
def test_processes_that_share_a_counter(per_process):
    """Three processes let in three times what one does, and whoever meets a full one is refused."""
    server = processes(3, aligned(per_process, 60))(Random(1), 0.0)
    taken = [server.take(1.0) for _ in range(100)]
    assert sum(taken) == 3 * per_process
    assert not all(taken[: 3 * per_process]) or per_process == 1
    assert server.wait(1.0) == pytest.approx(59.0)


@pytest.mark.parametrize(("make", "moments"), [(aligned, 1), (fixed, 4)])
def test_phases_that_are_all_the_same_or_none(make, moments):
    """Processes in one phase open at once, those in their own phases one after the other."""
    server = processes(4, make(1, 60))(Random(1), 7.0)
    assert all(process.take(0.0) for process in server.processes)
    assert len({process.wait(0.0) for process in server.processes}) == moments


@pytest.mark.parametrize(
    ("every", "stretch"), [(0.01, 0.0), (30.0, 0.0), (0.1, 0.5), (30.0, 0.5), (5.0, 30.0)]
)
def test_overload_that_a_slower_rate_would_mend(every, stretch):
    """The share that an overloaded server refuses hangs neither on the rate nor on the stretch."""
    overload = Overload(Random(3), 0.3, stretch)
    refused = sum(overload.refuses(every * place) for place in range(5000))
    assert refused / 5000 == pytest.approx(0.3, abs=0.05)


def test_stretch_with_two_minds():
    """Within a stretch all are refused or none, and the wait ends when a good one begins."""
    overload = Overload(Random(3), 0.5, 10.0)
    for start in range(0, 1000, 10):
        refused = {overload.refuses(start + into) for into in (0.0, 3.0, 9.9)}
        assert len(refused) == 1
        assert refused == {overload.wait(start + 1.0) > 0.0}
        assert not overload.refuses(start + 1.0 + overload.wait(start + 1.0))


def test_kind_that_is_in_both_halves():
    """No name is given twice, and the halves of each group are equal."""
    assert [name for name, times in Counter(kind.name for kind in ALL).items() if times > 1] == []
    assert all(len(group.tuning) == len(group.held_out) for group in GROUPS.values())


@pytest.mark.parametrize("kind", [*ALL, *random_kinds(3, 20)], ids=lambda kind: kind.name)
def test_kind_that_another_process_sees_otherwise(kind):
    """A kind that was sent to another process makes the same server, latencies and people."""
    sent = pickle.loads(pickle.dumps(kind))
    assert ideal_of(kind, 7, 1) == ideal_of(sent, 7, 1)


def test_random_kinds_that_change_with_their_number():
    """A seed gives the same kinds, however many; and a limit that can be reached."""
    few, many = random_kinds(5, 10), random_kinds(5, 40)
    assert [kind.name for kind in few] == [kind.name for kind in many[:10]]
    assert {kind.name for kind in few}.isdisjoint(kind.name for kind in random_kinds(6, 10))
    assert all(kind.requests / kind.per < IN_FLIGHT / kind.latency for kind in many)


class Watched(SharedPause):
    """A shared pause that notes what it is told."""

    def __init__(self):
        super().__init__()
        self.permits, self.outcomes = [], []

    def began(self, permit):
        self.permits.append(permit)

    def ended(self, permit, now, outcome):
        super().ended(permit, now, outcome)
        self.outcomes.append(outcome)


def watched(**odd) -> tuple[Watched, Simulation]:
    """What a client sees of a fixed limit of 5 per 10 s with something odd."""
    client, kind = Watched(), Kind("", "fixed", 5, 10, fixed(5, 10), **odd)
    simulation = Simulation(kind, 1, 40)
    simulation.finish(client)
    return client, simulation


def test_absurd_word_that_is_said_twice():
    """Only the first 429 says the absurd `Retry-After`; the others say what such servers say."""
    client, _ = watched(first_retry_after=600.0)
    told = [outcome.retry_after for outcome in client.outcomes if outcome.status == 429]
    assert told[0] == 600.0
    assert set(told[1:]) == {None}


@pytest.mark.parametrize("says", [0.0, 1.0])
def test_constant_word_that_changes(says):
    """A server that always says the same number says it always."""
    client, _ = watched(retry_after=says, shed=0.2)
    told = {outcome.retry_after for outcome in client.outcomes if outcome.status == 429}
    assert told == {says}


def test_lost_answer_that_costs_nothing():
    """A request whose answer is lost was counted by the server, and costs the client its wait."""
    client, simulation = watched(lost=0.4)
    lost = sum(outcome.status is None for outcome in client.outcomes)
    assert simulation.run.answered == 40
    assert lost == pytest.approx(0.4 * len(client.outcomes), rel=0.3)
    assert simulation.run.time > max(lost * TIME_OUT / 8, 10 * (40 + lost) / 5 / 4)


def test_refusal_that_a_limit_explains():
    """What is shed is not counted by the server, and comes far below its limit too."""
    kind = Kind("", "none", 100, 10, unlimited(), shed=0.3)
    run = Simulation(kind, 1, 1000).finish(SharedPause())
    assert run.share == pytest.approx(0.3 / 0.7, abs=0.08)


def people(*bursts: tuple[float, int], requests: int = 5, per: float = 60.0) -> Interactive:
    """People before a fixed window that begins with the first request."""
    kind = Kind("", "fixed", requests, per, aligned(requests, per), asks=lambda _: asks)
    asks = [Burst(at, size) for at, size in bursts]
    simulation = Interactive(kind, 1)
    simulation.server = FirstRequest(requests, per)
    return simulation


def test_wait_that_begins_with_the_last_refusal():
    """Who was refused has waited since he asked first, and the permit says since he asked again."""
    client = Watched()
    run = people((0.0, 6)).finish(client)
    assert sorted(run.waits)[4] < 2.0
    assert max(run.waits) > 60.0
    assert client.permits[0].asked == client.permits[0].began == 0.0
    assert all(0 < permit.began - permit.asked < 31 for permit in client.permits[6:])


def test_wait_of_another_request():
    """Each wait is that of the request in its place, whatever the order of the answers."""
    run = people((0.0, 7), (300.0, 1)).finish(SharedPause())
    assert len(run.waits) == 8
    assert sum(wait > 50.0 for wait in run.waits[:7]) == 2
    assert run.waits[7] < 2.0


def test_wait_that_never_ends():
    """Who has no answer when all is stopped has waited until then."""
    run = people((0.0, 7)).finish(SharedPause(), longest=20.0)
    assert sum(wait == run.time > 20.0 for wait in run.waits) == 2


@pytest.mark.parametrize("group", ["hard", "interactive"])
def test_ideal_that_a_pause_beats(group):
    """Nobody is faster than who knows it all, but for the luck of his latencies."""
    for kind in GROUPS[group].tuning:
        trial = tried(Question(kind, 7, 3, ["shared pause"]))["shared pause"]
        assert trial.run.cost >= 0.9 * trial.ideal.cost, kind.name


@pytest.mark.parametrize("kind", ENDPOINTS, ids=lambda kind: kind.name)
def test_endpoint_that_is_left_out(kind):
    """Both endpoints get all their requests, in no less time than their limits allow."""
    trial = tried(Question(kind, 7, 5, ["shared pause"]))["shared pause"]
    assert trial.run.answered == sum(jobs_of_both(kind, 5))
    windows = 4 if kind.other else 3
    assert windows * kind.per < trial.ideal.time < 1.05 * trial.run.time


def test_contested_kind_that_is_none():
    """Apart stand only short sliding windows beside a greedy client."""
    names = {kind.name for kind in ALL if kind.is_contested}
    assert names == {f"log 40/5 s, others {others}" for others in (0.7, 1.0, 3.0)}
    assert not any(kind.is_contested for kind in KINDS)


def test_constant_that_is_varied_in_one_place_of_two():
    """A constant changes where it stands and where it was imported, and comes back afterwards."""
    backoff = Constant(gate.__name__, "FIRST_BACKOFF", gate.FIRST_BACKOFF)
    assert backoff in constants()
    with varied(backoff, 2.0):
        assert gate.wait_after(1, None) == 2.0
    assert gate.wait_after(1, None) == 1.0


def test_constant_that_belongs_to_nobody():
    """Each constant is found once, a number, under the module that gives it its value."""
    found = constants()
    assert len({constant[:2] for constant in found}) == len(found)
    assert all(isinstance(constant.value, int | float) for constant in found)
    assert not {"TOO_MANY_REQUESTS", "CLOCK_DRIFT"} & {constant.name for constant in found}


def test_calls_that_are_left_out_when_they_are_made_again():
    """Each request of a recorded job begins and ends once, and the same client takes them again."""
    recorded = Recorded(SharedPause())
    run = Simulation(KINDS[2], 1, 200).finish(recorded)
    calls = Counter(name for name, _ in recorded.calls)
    assert calls["ended"] == run.answered + run.refused
    assert 0 <= calls["began"] - calls["ended"] < 8
    assert 0.0 <= seconds_of(recorded.calls, SharedPause()) < inf
