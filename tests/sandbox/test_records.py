"""What is noted of requests, and how they are held."""

import pytest

from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.records import Failures, Hold, Request


def test_request_is_read_when_asked():
    """Parameters, headers and body of what came."""
    incoming = Incoming("POST", "/p?a=1&a=2", {"x": "y"}, b"body", keep_alive=True)
    request = Request(1, "POST", "/p", "a=1&a=2", page=0, nth=1, at=0.0, incoming=incoming)
    assert (request.params, request.headers, request.body) == ({"a": "2"}, {"x": "y"}, b"body")


async def test_hold_lets_pass_what_it_does_not_fit():
    """And notes only what it holds."""
    hold = Hold(lambda request: request == "mine")
    assert not hold.fits("other")
    assert not hold.arrived.is_set()
    assert hold.fits("mine")
    assert hold.arrived.is_set()


async def test_hold_released():
    """Holds nothing any more, and nobody waits."""
    hold = Hold(lambda request: True)
    hold.release()
    assert hold.is_released
    assert not hold.fits("any")
    await hold.wait()


def test_failures_are_kept_and_raised_once():
    """The first one; what is no ordinary exception passes."""
    failures = Failures()
    for failure in (ValueError("first"), KeyError()):
        with failures:
            raise failure
    with pytest.raises(ValueError, match="first"):
        failures.raise_first()
    failures.raise_first()
    with pytest.raises(KeyboardInterrupt), failures:
        raise KeyboardInterrupt
