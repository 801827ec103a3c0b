"""One process's end, against a real server: whatever is lost on the way, no turn is given twice."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from math import inf

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ResponseError
from redis_servers import ENDPOINT, OK, RedisServer, any_program
from virtual_redis import set_clock

from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis.facts import Call, Reply, reply_of, script
from reamaze_async.redis.shared import KEPT, SharedLimit, WaitingLine

UNSENT = Outcome(None, sent=False)
READS_CLOCK = "redis.call('TIME')"
keys = count()


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """A client of one server for all: each test takes another key."""
    server = RedisServer(any_program()).start()
    client = Redis(unix_socket_path=server.url.removeprefix("unix://"))
    yield client
    client.close()
    server.close()


class Clock:
    """That of all processes and of Redis: it goes on by a little at each call."""

    now = 1000.0


class Wall:
    """Redis's clock where it isn't the processes': seconds that were added to it."""

    added: float | None = None


class StaleError(Exception):
    """A later call was taken already."""


class Process:
    """One process, without a loop: it waits for turns, and its calls may get lost."""

    def __init__(self, redis: Redis, key: int, name: str, requests: int | None, **how: float):
        limit = (requests, 60.0) if requests else None
        self.shared = SharedLimit(limit, 60.0, how.get("lease", 60.0), name)
        self.waiting = 0
        self.turns: list = []
        self.late: list[Call] = []
        self._redis, self._key = redis, key

    def run(self, call: Call) -> Reply:
        """Run the script."""
        names = ("log", "state", "turns", "leases", "limits", f"call:{self.shared.process}")
        keys = [f"{self._key}:{name}" for name in names]
        Clock.now += 0.001
        source = script()
        if Wall.added is None:
            set_clock(self._redis, keys[1], Clock.now)
        else:
            source = source.replace(READS_CLOCK, f"{{{Clock.now + Wall.added:.6f}, 0}}")
        try:
            raw = self._redis.eval(source, 6, *keys, msgspec.json.encode(call))
        except ResponseError as error:
            raise StaleError if str(error).startswith("STALE") else error from None
        return reply_of(raw)

    def talk(self, fate: str = "good") -> None:
        """Call once; what becomes of the call or its answer is its fate."""
        sent = Clock.now
        lines = [WaitingLine(ENDPOINT, in_bulk=False, share=1.0, asked=[sent] * self.waiting)]
        call = self.shared.call(lines, sent, f"{self.shared.process}{sent}")
        if fate in ("lost", "late"):
            self.run(call) if fate == "lost" else self.late.append(call)
            self.shared.failed(sent)
            return
        reply = [self.run(call) for _ in range(2 if fate == "twice" else 1)][-1]
        self.shared.take(call, reply, sent, Clock.now)
        while self.waiting and self.shared.delay(ENDPOINT, sent) == 0:
            self.waiting -= 1
            self.turns.append(self.shared.began(ENDPOINT, sent, sent))
        self.shared.give_back(sent)

    def arrive(self) -> None:
        """Let the script see a call at last that was given up long ago."""
        if self.late:
            with suppress(StaleError):
                self.run(self.late.pop())

    def end(self, outcome: Outcome) -> int:
        """End a request; 1 if it was sent."""
        if not self.turns:
            return 0
        self.shared.ended(self.turns.pop(), Clock.now, outcome)
        return int(outcome.sent)


FATES = ["ask", "good", "good", "good", "lost", "late", "arrive", "twice", "end", "unsent"]
steps = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(FATES)), min_size=30, max_size=80)
"""Of three processes, what happens to one."""


@given(steps=steps)
def test_turn_that_is_given_twice_or_lost(redis, steps):
    """Whatever calls and answers get lost or come late: no turn too many, none that is missing."""
    requests, key, sent = 4, next(keys), 0
    processes = [Process(redis, key, name, requests) for name in "abc"]
    for place, step in steps:
        process = processes[place]
        if step == "ask":
            process.waiting += 2
        elif step == "arrive":
            process.arrive()
        elif step in ("end", "unsent"):
            sent += process.end(OK if step == "end" else UNSENT)
        else:
            process.talk(step)
        assert sent + sum(len(each.turns) for each in processes) <= requests
    last = processes[0]
    for process in processes:
        process.waiting = 0
        process.talk()
    last.waiting = requests
    for _ in range(4):
        last.talk()
    assert sent + sum(len(each.turns) for each in processes) == requests


def test_call_that_takes_a_turn_for_nobody(redis):
    """A call that arrives when its process has gone on without it takes no turn."""
    process = Process(redis, key := next(keys), "a", None)
    process.talk()
    process.waiting = 1
    for fate in ("late", "good"):
        process.talk(fate)
    process.arrive()
    assert redis.hlen(f"{key}:turns") == len(process.turns) == 1


def test_log_that_came_back_empty(redis):
    """Who has used turns and finds an empty log, holds all for a window, and tells of its own."""
    key = next(keys)
    old, new = (Process(redis, key, name, 5) for name in "on")
    old.waiting = 2
    for _ in range(2):
        old.talk()
    redis.flushall()
    old.talk()
    old.talk()
    new.waiting = 1
    for _ in range(3):
        new.talk()
    assert new.turns == []
    assert 59 < new.shared.wait(ENDPOINT, Clock.now, 1.0) < 60.1
    assert len(redis.hkeys(f"{key}:turns")) == 2


def test_log_that_came_back_older(redis):
    """A log that has lost its latest entries is not taken for the one that was read."""
    key = next(keys)
    process = Process(redis, key, "a", 5)
    process.waiting = 3
    for _ in range(3):
        process.talk()
    redis.rpop(f"{key}:log")
    redis.rpush(f"{key}:log", '1 ["lost","x"]')
    process.waiting = 1
    for _ in range(3):
        process.talk()
    assert len(process.turns) == 3
    assert process.shared.wait(ENDPOINT, Clock.now, 1.0) > 59


@pytest.mark.parametrize("part", ["log", "state", "turns", "leases"])
def test_key_that_is_dropped_alone(redis, part):
    """Where Redis has dropped one key to make room, all wait for a window, and go on as before."""
    key = next(keys)
    both = [Process(redis, key, name, 4) for name in "ab"]
    _take_two_each(both)
    redis.delete(f"{key}:{part}")
    for process in both * 2:
        process.talk()
        process.end(OK)
    _take_two_each(both, there=0)
    Clock.now += 60.1
    _take_two_each(both)


def _take_two_each(processes: list[Process], there: int = 2) -> None:
    """Let them wait for two turns each, and see how many they get."""
    for process in processes * 5:
        process.waiting = 2 - len(process.turns)
        process.talk()
    assert [len(process.turns) for process in processes] == [there] * len(processes)


@pytest.fixture
def wall(monkeypatch):
    """Redis's clock, which can be set."""
    monkeypatch.setattr(Wall, "added", 0.0)
    return Wall


@pytest.mark.parametrize(
    "steps", [(-3600.0, -3600.0), (-3600.0, 0.0), (-3600.0, -7200.0), (-20.0, -5.0)]
)
def test_clock_of_redis_that_is_set_back(redis, wall, steps):
    """A window lasts as long as ever, though Redis's clock is set back, and right again."""
    both = [Process(redis, key := next(keys), "a", 4), Process(redis, key, "b", 4)]
    _take_two_each(both)
    for process in both * 2:
        process.end(OK)
    for added in steps:
        _take_two_each(both, there=0)
        wall.added = added
        _take_two_each(both, there=0)
        Clock.now += 10
    for passed, there in ((39, 0), (2, 2)):
        Clock.now += passed
        _take_two_each(both, there)


def test_first_use_that_waits_for_a_window(redis):
    """A key that nobody has used is used at once."""
    process = Process(redis, next(keys), "a", 5)
    process.waiting = 5
    for _ in range(5):
        process.talk()
    assert len(process.turns) == 5


def test_long_request_that_is_taken_for_dead(redis):
    """A turn that is renewed isn't lost; one that isn't is, and is told of again by who has it."""
    key = next(keys)
    one, other = (Process(redis, key, name, 2, lease=0.06) for name in "ab")
    one.waiting = 1
    for _ in range(2):
        one.talk()
    for _ in range(4):
        Clock.now += 0.03
        one.talk()
        other.talk()
    assert redis.hlen(f"{key}:turns") == 1
    Clock.now += 0.07
    other.talk()
    assert redis.hlen(f"{key}:turns") == 0
    one.talk()
    one.talk()
    assert redis.hlen(f"{key}:turns") == 1


def test_log_that_grows_for_ever(redis, monkeypatch):
    """The log keeps what counts and what can be learned from, and forgets the rest."""
    monkeypatch.setattr("reamaze_async.redis.shared.KEPT", 40)
    process = Process(redis, key := next(keys), "a", None, lease=0.001)
    process.shared._per = 0.001
    for _ in range(100):
        process.waiting = 1
        process.talk()
        process.end(OK)
    assert redis.llen(f"{key}:log") <= 45
    assert KEPT >= 1000
    late = Process(redis, key, "b", None)
    late.waiting = 1
    for _ in range(2):
        late.talk()
    assert len(late.turns) == 1


def test_refusal_that_goes_with_a_wish(redis):
    """Who tells of a 429 asks for nothing in the same breath."""
    process = Process(redis, next(keys), "a", 50)
    process.waiting = 1
    for _ in range(2):
        process.talk()
    process.end(Outcome(429, retry_after=30.0))
    process.waiting = 1
    for _ in range(3):
        process.talk()
    assert process.turns == []
    assert process.shared.throttled == 1
    assert 29 < process.shared.wait(ENDPOINT, Clock.now, 1.0) <= 30


@pytest.mark.parametrize("requests", [None, 5])
def test_rest_that_a_learner_hears_of_late(redis, requests):
    """Once a limit was met, a learner with somebody waiting is told at once that all has ended."""
    process = Process(redis, next(keys), "a", requests)
    process.waiting = 3
    for _ in range(3):
        process.talk()
    process.end(Outcome(429))
    process.talk()
    process.end(OK)
    assert process.shared.must_tell(is_awaited=True) > -inf
    process.end(OK)
    assert process.shared.must_tell() > -inf
    assert (process.shared.must_tell(is_awaited=True) == -inf) is (requests is None)


def test_refusal_that_another_has_not_heard_of(redis):
    """A turn is not granted to who doesn't know yet that the gate was closed."""
    key = next(keys)
    one, other = (Process(redis, key, name, 50) for name in "ab")
    for process in (one, other):
        process.waiting = 1
        process.talk()
        process.talk()
    one.end(Outcome(429, retry_after=30.0))
    one.talk()
    other.waiting = 1
    other.talk()
    assert len(other.turns) == 1  # the one from before
    assert other.shared.is_refused


@pytest.mark.parametrize("retry_after", [float("inf"), float("nan"), -5.0, 1e300])
def test_absurd_word_that_breaks_the_log(redis, retry_after):
    """Whatever the server says is told to others, and waited for an hour at most."""
    process = Process(redis, next(keys), "a", 50)
    process.waiting = 1
    for _ in range(2):
        process.talk()
    process.end(Outcome(429, retry_after=retry_after))
    process.talk()
    assert process.shared.wait(ENDPOINT, Clock.now, 1.0) <= 3600
