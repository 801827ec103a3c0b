"""The command in this process, and a sandbox beside it."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shells import Ended, clean, served, stop_all

from reamaze_async.cli import sessions
from reamaze_async.cli.login import SANDBOX
from reamaze_async.cli.main import start
from reamaze_async.cli.signals import Stop
from reamaze_async.sandbox import Sandbox

Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No account in the environment, an empty folder, and a small and quick sandbox inside."""
    for name in os.environ.keys() - clean().keys():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sessions, "LATENCY", 0.0)
    monkeypatch.setattr(sessions, "CONVERSATIONS", 95)
    yield
    stop_all()


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """A command that has done its work ignores signals, but this process doesn't."""
    before = {which.value: signal.getsignal(which.value) for which in Stop}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process: `run("count", "--sandbox").out`."""

    def run(*words: str) -> Ended:
        capfd.readouterr()
        status = start(words)
        return Ended(status, *capfd.readouterr())

    return run


@pytest.fixture
def beside() -> Iterator[Sandbox]:
    """A sandbox of 95 conversations on 4 pages that takes what an export falls back to."""
    with served(95, seed=7, token=SANDBOX.token.reveal()) as sandbox:
        yield sandbox


@pytest.fixture
def stuck(beside: Sandbox) -> Sandbox:
    """The same, but only page 1 is ever answered."""
    beside.script = lambda request: "hang" if (request.page or 1) > 1 else None
    return beside
