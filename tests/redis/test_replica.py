"""A copy of the limit, made from the log: exact, and the same in every process."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.limiter_servers import Fixed
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.per_endpoint import PerEndpoint
from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis.facts import Began, Ended, Fact, Held, Lost
from reamaze_async.redis.replica import Replica

LIST = "GET /conversations"
UNSAID = {"retry_after": None, "date": None}


def begin(replica: Replica, at: float, turn: str, process: str = "a") -> None:
    """Replay the beginning of a turn."""
    replica.take(at, Began(turn, process, LIST, 0.0))


def end(replica: Replica, at: float, turn: str, status: int | None = 200, *, sent: bool = True):
    """Replay its end."""
    return replica.take(at, Ended(turn, status, sent, **UNSAID))


def test_turn_that_comes_back_at_the_wrong_time():
    """A turn is used until `per` after its answer, and not at all if it never left."""
    replica = Replica([(1, 10.0)])
    begin(replica, 0.0, "a:1")
    assert replica.delay(LIST, 1.0) == inf
    end(replica, 2.0, "a:1")
    assert replica.delay(LIST, 3.0) == pytest.approx(9.0, abs=0.01)
    begin(replica, 20.0, "a:2")
    end(replica, 21.0, "a:2", None, sent=False)
    assert replica.delay(LIST, 21.0) == 0.0


def test_turn_of_the_dead_that_comes_back_at_once():
    """A lost turn is thought sent: it comes back a window later."""
    replica = Replica([(1, 10.0)])
    begin(replica, 0.0, "a:1")
    replica.take(60.0, Lost("a:1"))
    assert replica.delay(LIST, 61.0) == pytest.approx(9.0, abs=0.01)


def test_limits_of_which_one_is_forgotten():
    """Of several limits all hold, and the strictest is told."""
    replica = Replica([(100, 60.0), (2, 1.0), (50, 60.0)])
    assert replica.learned() == (50, 60.0)
    for number in range(2):
        begin(replica, 0.0, f"a:{number}")
        end(replica, 0.0, f"a:{number}")
    assert replica.delay(LIST, 0.5) == pytest.approx(0.5, abs=0.01)


def test_new_life_that_begins_at_once():
    """A hold is kept, whatever room there is, and by the server's clock."""
    replica = Replica()
    replica.take(100.0, Held(int(102.5e6)))
    assert replica.delay(LIST, 101.0) == pytest.approx(1.5)
    assert replica.delay(LIST, 102.5) == 0.0


def test_end_of_a_turn_that_nobody_knows():
    """What the log has forgotten the beginning of, is no trouble."""
    replica = Replica([(5, 60.0)])
    assert end(replica, 1.0, "b:1") is None
    begin(replica, 2.0, "a:1")
    begin(replica, 2.0, "a:1")
    assert replica.under_way == 1


turns = st.lists(st.tuples(st.floats(0, 3), st.floats(0, 2)), max_size=30)
"""Of each turn: the pause before it, and how long it takes."""


@given(turns, st.integers(1, 40), st.sampled_from([1.0, 0.9, 0.5, 0.3]))
def test_spare_that_is_not_there(turns, requests, share):
    """As many may begin unseen as are said to be spare, and then one more still fits."""
    replica, now = Replica([(requests, 4.0), (2 * requests, 9.0)]), 0.0
    for number, (pause, seconds) in enumerate(turns):
        now += pause
        begin(replica, now, f"a:{number}")
        end(replica, now + seconds, f"a:{number}")
        now += seconds
    if replica.delay(LIST, now, share) > 0:
        return
    for unseen in range(int(replica.spare(LIST, now, share))):
        begin(replica, now, f"b:{unseen}", "b")
    assert replica.delay(LIST, now, share) == 0.0


def test_spare_behind_a_closed_gate():
    """Where a gate is closed one probe goes, of one process: nothing may begin unseen."""
    replica = Replica([(100, 60.0)])
    begin(replica, 0.0, "a:1")
    end(replica, 0.1, "a:1", 429)
    assert replica.delay(LIST, 1.2) == 0.0
    assert replica.spare(LIST, 1.2, 1.0) == 0
    assert Replica().spare(LIST, 1.2, 1.0) == inf


def test_learner_that_learns_less_from_a_log():
    """What was learned from the log is what a learner in one process learns from the same."""
    alone, server, now, log = (
        PerEndpoint(Adaptive),
        Fixed(50, 30.0),
        0.0,
        list[tuple[float, Fact]](),
    )
    for number in range(400):
        now += alone.delay(LIST, now)
        permit = alone.began(LIST, now, now)
        log.append((now, Began(str(number), "ab"[number % 2], LIST, 0.0)))
        now += 0.1
        status = 200 if server.take(now) else 429
        alone.ended(permit, now, Outcome(status))
        log.append((now, Ended(str(number), status, sent=True, **UNSAID)))
    replica = Replica()
    for when, fact in log:
        replica.take(when, fact)
    assert replica.learned() == alone.learned()
    assert replica.throttled == alone.throttled > 0
    assert replica.delay(LIST, now) == alone.delay(LIST, now)


def test_trial_that_another_process_takes_for_the_probe():
    """A trial of one endpoint behind a closed gate doesn't open it, in no process."""
    replica = Replica([(100, 60.0)])
    begin(replica, 0.0, "a:1")
    end(replica, 0.1, "a:1", 429)
    replica.take(1.15, Began("b:1", "b", "GET /articles", 0.0))
    end(replica, 1.2, "b:1")
    assert replica.is_refused


def test_share_that_is_miscounted():
    """Who has had fewer turns lately goes first; who has had none is no other."""
    replica = Replica()
    assert not replica.others("a")
    for number, process in enumerate("aaabbc"):
        begin(replica, 0.0, str(number), process)
    assert [replica.ahead_of(process) for process in "abcd"] == [2, 1, 0, 0]
    assert replica.others("a")


def test_learner_that_lets_others_go_unseen():
    """Once a learner has met a limit, nothing may begin unseen, or it would be exceeded."""
    replica, now = Replica(), 0.0
    begin(replica, now, "a:1")
    end(replica, 0.1, "a:1", 429)
    now += 0.1 + replica.delay(LIST, 0.1)
    begin(replica, now, "a:2")
    end(replica, now + 0.1, "a:2")
    assert replica.spare(LIST, now + 0.2, 1.0) == 0
