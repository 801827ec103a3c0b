"""From the words to the exit status."""

import errno
import os
import signal

import click
import pytest

from reamaze_async.cli import counting
from reamaze_async.cli.failures import Failure, Misuse
from reamaze_async.errors import InvalidParameter, ServerError

DOWN = ServerError(method="GET", path="/x", status=503)


@pytest.mark.parametrize(
    ("trouble", "status", "told"),
    [
        (Failure("It rains."), 1, "Error: It rains.\n"),
        (Misuse("Not so."), 2, "Error: Not so.\n"),
        (InvalidParameter("for_='' is empty."), 2, "Error: --for='' is empty.\n"),
        (DOWN, 1, f"Error: {DOWN}\n"),
        (OSError(errno.ENOSPC, "No space left"), 1, "Error: [Errno 28] No space left\n"),
        (click.Abort(), 130, "Interrupted.\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_trouble(run, monkeypatch, trouble, status, told):
    """Each foreseen trouble is one sentence and one exit status."""

    def count(_: object) -> None:
        raise trouble

    monkeypatch.setattr(counting, "count", count)
    ended = run("count", "--sandbox")
    assert (ended.status, ended.out, ended.err) == (status, "", told)


@pytest.mark.parametrize(
    ("number", "status", "word"),
    [(signal.SIGINT, 130, "Interrupted."), (signal.SIGTERM, 143, "Terminated.")],
)
def test_a_signal_before_there_is_a_loop(run, monkeypatch, number, status, word):
    """A signal that comes while modules are still being loaded has the same exit status."""
    monkeypatch.setattr(counting, "count", lambda _: os.kill(os.getpid(), number))
    told = run("count", "--sandbox")
    assert (told.status, told.err.strip()) == (status, word)


def test_a_mistake_of_ours_keeps_its_traceback(run, monkeypatch):
    """Only what is foreseen becomes a sentence."""
    monkeypatch.setattr(counting, "count", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("count", "--sandbox")
