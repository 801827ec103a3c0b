"""Retries as a table: method, failure, attempt and deadline in; seconds or None out."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async import (
    APIError,
    AuthenticationError,
    ConnectionFailed,
    DecodeError,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    RateLimited,
    ReamazeError,
    RequestTimeout,
    Retry,
    ServerError,
    UnexpectedRedirect,
    UnprocessableEntity,
)

ASKED: dict[str, Any] = {"method": "GET", "path": "/api/v1/conversations"}
WRITES = ["POST", "PUT", "PATCH", "DELETE"]

REFUSED = ConnectionFailed(**ASKED, reason="connection refused", sent=False)
LIMITED = RateLimited(**ASKED)
PASSING = [
    ConnectionFailed(**ASKED, reason="reset"),
    RequestTimeout(**ASKED, timeout=30.0),
    DecodeError(**ASKED, reason="it is HTML", is_garbled=True),
    APIError(**ASKED, status=408),
    *(ServerError(**ASKED, status=status) for status in (500, 502, 503, 504, 520, 527, 530)),
]
LASTING = [
    APIError(**ASKED, status=400),
    AuthenticationError(**ASKED, status=401),
    PermissionDenied(**ASKED, status=403),
    NotFound(**ASKED, status=404),
    APIError(**ASKED, status=406),
    UnprocessableEntity(**ASKED),
    ServerError(**ASKED, status=501),
    ServerError(**ASKED, status=505),
    ServerError(**ASKED, status=528),
    ConnectionFailed(**ASKED, reason="certificate", sent=False, is_final=True),
    UnexpectedRedirect(**ASKED, status=302),
    DecodeError(**ASKED, reason="expected `int`", place="$.page_count"),
    DecodeError(**ASKED, reason="it is too large"),
    InvalidParameter("no"),
]


def delay(retry: Retry, error: ReamazeError, **facts: Any) -> float | None:
    """The decision after a first GET that failed at once, unless said otherwise."""
    usual = {"method": "GET", "attempt": 1, "elapsed": 0.0, "luck": 1.0}
    return retry.delay_after(error, **usual | facts)


# --- what is tried again --------------------------------------------------------------------------


@pytest.mark.parametrize("error", [*PASSING, REFUSED], ids=str)
def test_passing_trouble_given_up(error: ReamazeError) -> None:
    """A GET is tried again after what may pass."""
    assert delay(Retry(), error) is not None


@pytest.mark.parametrize("error", LASTING, ids=str)
@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_lasting_trouble_tried_again(error: ReamazeError, method: str) -> None:
    """What won't pass is not tried again, whatever the method."""
    assert delay(Retry(), error, method=method) is None


@pytest.mark.parametrize("error", PASSING, ids=str)
@pytest.mark.parametrize("method", WRITES)
def test_write_that_happens_twice(error: ReamazeError, method: str) -> None:
    """A write that may have happened is not repeated."""
    assert delay(Retry(), error, method=method) is None


@pytest.mark.parametrize("error", [REFUSED, LIMITED], ids=str)
@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_write_that_certainly_did_not_happen(error: ReamazeError, method: str) -> None:
    """What certainly did not happen is repeated, a write too."""
    assert delay(Retry(), error, method=method) is not None


# --- how often ------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [*PASSING, REFUSED], ids=str)
@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_one_try_too_many(error: ReamazeError, attempts: int) -> None:
    """`attempts` counts all tries: after the last one there is no other, and 1 means never."""
    tries = [delay(Retry(attempts=attempts), error, attempt=n) for n in range(1, attempts + 1)]
    assert [again is None for again in tries] == [False] * (attempts - 1) + [True]


def test_rate_limit_that_uses_up_attempts():
    """A 429 is tried again however many tries there were; the limiter does the waiting."""
    assert delay(Retry(attempts=1), LIMITED, attempt=1000, elapsed=1e6) == 0.0


def test_deadline_passed():
    """Past the deadline nothing is tried again, nor what could only begin then; a 429 neither."""
    retry = Retry(deadline=60.0)
    server = PASSING[-1]
    assert delay(retry, LIMITED, elapsed=59.9) == 0.0
    assert delay(retry, LIMITED, elapsed=60.0) is None
    assert delay(retry, server, elapsed=59.4) == 0.5
    assert delay(retry, server, elapsed=59.5) is None
    assert delay(retry, server, elapsed=59.9, luck=0.0) == 0.0


# --- how long -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "longest"),
    [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (7, 30.0), (10**6, 30.0)],
)
def test_delay_that_does_not_grow(attempt: int, longest: float) -> None:
    """The longest delay doubles from half a second up to `max_delay`."""
    retry = Retry(attempts=10**7)
    assert delay(retry, REFUSED, attempt=attempt) == longest
    assert delay(retry, REFUSED, attempt=attempt, luck=0.25) == longest / 4
    assert delay(retry, REFUSED, attempt=attempt, luck=0.0) == 0.0


@pytest.mark.parametrize(
    ("retry", "asked", "seconds"),
    [
        (Retry(), 12.0, 12.0),
        (Retry(), 0.1, 0.5),
        (Retry(max_delay=5.0), 12.0, 5.0),
        (Retry(max_delay=0.0), 12.0, 0.0),
        (Retry(max_delay=5.0, deadline=20.0), 12.0, 12.0),
        (Retry(max_delay=5.0, deadline=10.0), 12.0, 5.0),
        (Retry(attempts=1), 12.0, None),
    ],
)
def test_retry_after_unheard(retry: Retry, asked: float, seconds: float | None) -> None:
    """`Retry-After` of any status makes the pause longer, as far as it may be; no try more."""
    assert delay(retry, ServerError(**ASKED, status=503), asked=asked) == seconds


def test_delay_forbidden():
    """With a `max_delay` of 0 nothing waits, and everything else stays."""
    assert delay(Retry(max_delay=0), REFUSED, attempt=4) == 0.0


@given(
    st.integers(1, 200), st.floats(0, 1e6), st.floats(0, 1), st.sampled_from([*PASSING, REFUSED])
)
def test_jitter_that_is_not_full(
    attempt: int, max_delay: float, luck: float, error: ReamazeError
) -> None:
    """Full jitter: evenly from 0 to the bound, in proportion to luck, never past `max_delay`."""
    retry = Retry(attempts=201, max_delay=max_delay)
    bound = min(max_delay, 0.5 * 2.0 ** (attempt - 1))
    drawn = delay(retry, error, attempt=attempt, luck=luck)
    assert drawn == pytest.approx(luck * bound)
    assert drawn is not None
    assert 0.0 <= drawn <= max_delay


@given(
    st.sampled_from([*PASSING, *LASTING, REFUSED, LIMITED]),
    st.sampled_from(["GET", *WRITES]),
    st.integers(1, 9),
    st.floats(0, 100),
    st.floats(0, 1),
)
def test_try_after_the_deadline(
    error: ReamazeError, method: str, attempt: int, elapsed: float, luck: float
) -> None:
    """Whatever happens, a try begins before the deadline or not at all."""
    retry = Retry(attempts=8, deadline=50.0)
    drawn = delay(retry, error, method=method, attempt=attempt, elapsed=elapsed, luck=luck)
    assert drawn is None or elapsed + drawn < 50.0


# --- the settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attempts", 0),
        ("attempts", True),
        ("attempts", 2.0),
        ("attempts", None),
        ("max_delay", -1),
        ("max_delay", float("nan")),
        ("max_delay", float("inf")),
        ("max_delay", "30"),
        ("max_delay", None),
        ("deadline", 0),
        ("deadline", -1.0),
        ("deadline", float("inf")),
        ("deadline", True),
    ],
)
def test_setting_that_makes_no_sense(name: str, value: Any) -> None:
    """A setting that makes no sense is refused by name, with the value and the remedy."""
    with pytest.raises(InvalidParameter, match=rf"^{name}=.* must be a .*number") as caught:
        Retry(**{name: value})
    assert repr(value) in str(caught.value)


def test_settings_that_change():
    """Settings are values: equal when alike, frozen, and they pickle."""
    retry = Retry(attempts=3, max_delay=1.0, deadline=9.0)
    assert pickle.loads(pickle.dumps(retry)) == retry == Retry(3, 1.0, 9.0)
    with pytest.raises(AttributeError):
        retry.attempts = 5


def test_defaults_that_give_up_waiting():
    """By default: five tries, half a minute between two at most, no end of waiting for a limit."""
    assert Retry() == Retry(attempts=5, max_delay=30.0, deadline=None)
