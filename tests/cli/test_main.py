"""From the words to the exit status."""

import errno
import os
import signal
from pathlib import Path

import click
import pytest
from shells import ended, started

from reamaze_async.cli import count as counting
from reamaze_async.cli.commands import reamaze
from reamaze_async.cli.errors import Failure, Misuse, no_output
from reamaze_async.cli.main import start
from reamaze_async.errors import ServerError
from reamaze_async.validation import invalid

FULL = OSError(errno.ENOSPC, "no space left")
DOWN = ServerError(method="GET", path="/x", status=503)


@pytest.mark.parametrize(
    ("trouble", "status", "told"),
    [
        (Failure("It rains."), 1, "Error: It rains.\n"),
        (Misuse("Not so."), 2, "Error: Not so.\n"),
        (invalid("for_", "", "is empty."), 2, "Error: --for='' is empty.\n"),
        (DOWN, 1, f"Error: {DOWN}\n"),
        (OSError(errno.ENOSPC, "No Space left"), 1, f"Error: {no_output(FULL)}\n"),
        (OSError(errno.EIO, "Bad", "x"), 1, "Error: [Errno 5] Bad: 'x'\n"),
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


ALWAYS_FULL = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs a disk that is always full"
)


@pytest.mark.slow
@ALWAYS_FULL
@pytest.mark.parametrize(
    "words",
    [
        "count --sandbox",
        "--version",
        "export --help",
        "completion bash",
        "export conversations --sandbox --dry-run -o x.csv",
        "sandbox --port 0",
    ],
)
def test_a_full_standard_output(words):
    """Whatever was to be printed, one sentence says why it isn't."""
    with Path("/dev/full").open("wb") as full:
        told = ended(started(*words.split(), stdout=full))
    reason = "no space left on device. Mend that and start again."
    assert (told.status, told.err) == (1, f"Error: Standard output can't be written to: {reason}\n")


@pytest.mark.slow
@ALWAYS_FULL
@pytest.mark.parametrize("words", ["export conversations --sandbox -o x.csv", "count --sandbox"])
def test_a_full_standard_error(words):
    """That nobody hears how it went is no failure of what was done."""
    with Path("/dev/full").open("wb") as full:
        assert ended(started(*words.split(), stderr=full)).status == 0


def test_a_mistake_of_ours_keeps_its_traceback(run, monkeypatch):
    """Only what is foreseen becomes a sentence."""
    monkeypatch.setattr(counting, "count", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("count", "--sandbox")


def test_thread_that_is_refused(monkeypatch, capsys):
    """A limit of processes is told in one sentence; what else goes wrong in us isn't hidden."""

    def refused(*_args, **_kwargs):
        raise RuntimeError(message)

    monkeypatch.setattr(reamaze, "main", refused)
    message = "can't start new thread"
    assert start(["count", "conversations"]) == 1
    assert "`ulimit -u`" in capsys.readouterr().err
    message = "another"
    with pytest.raises(RuntimeError, match="another"):
        start(["count", "conversations"])
