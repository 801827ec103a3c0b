"""A run that is watched: what is said and noted at each kind of end."""

import json
from pathlib import Path
from typing import Any

import pytest

from reamaze_async import ExportFailed, ReamazeSession, RequestTimeout
from reamaze_async.cli import run as job
from reamaze_async.cli import signals
from reamaze_async.cli.arguments import Arguments
from reamaze_async.cli.errors import Failure
from reamaze_async.cli.progress import Moment
from reamaze_async.cli.run import Run
from reamaze_async.cli.sessions import Source
from reamaze_async.cli.signals import Stop, Stopped

TIMEOUT = RequestTimeout(method="GET", path="/api/v1/conversations", page=2, timeout=30.0)


class Done:
    """What a whole run did."""

    def as_dict(self) -> dict[str, Any]:
        return {"items": 7}


class Errand(Run):
    """One that ends as it is told to."""

    kept = 0

    async def _do(self, session: ReamazeSession) -> Done | None:
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def _moment(self) -> Moment:
        return Moment()

    def _numbers(self) -> dict[str, Any]:
        return {"items": 3}

    def _safe_items(self) -> tuple[int, Path | None]:
        return self.kept, Path("x.part")

    def _result(self) -> str:
        return "All is done."


def errand(end: Exception | Done | None, *, quiet: bool = False, kept: int = 0) -> Errand:
    """A job with an end, on a sandbox inside the process."""
    source = Source(login=None, settings={})
    made = Errand(
        Arguments(
            command="reamaze errand",
            resource="conversations",
            output="x",
            quiet=quiet,
            summary="done.json",
            conditions={},
            source=source,
            allow_incomplete=False,
            verbose=0,
        )
    )
    made.end, made.kept = end, kept
    return made


def noted() -> dict[str, Any]:
    """The summary for machines."""
    return json.loads(Path("done.json").read_text())


@pytest.mark.parametrize("quiet", [False, True])
def test_a_good_end(capsys, quiet):
    """It is told and noted, and with `--quiet` only noted."""
    assert errand(Done(), quiet=quiet).perform() == 0
    assert capsys.readouterr().err == ("" if quiet else "All is done.\n")
    assert noted() == {"status": "done", "items": 7}


def test_a_second_signal_after_the_end(capsys, monkeypatch):
    """While the session is being closed, even who can't wait is told of a good end."""
    ends = []

    def hurried(work: Any, on_second_signal: Any) -> None:
        signals.run(work)
        ends.append(on_second_signal(Stop.TERMINATED))

    monkeypatch.setattr(job, "run", hurried)
    errand(Done()).perform()
    assert ends == [0]
    assert set(capsys.readouterr().err.splitlines()) == {"All is done."}


def test_nothing_to_do(capsys):
    """It is told, and an earlier run's note stays."""
    assert errand(None).perform() == 0
    assert capsys.readouterr().err == "All is done.\n"
    assert not Path("done.json").exists()


@pytest.mark.parametrize(("kept", "safe"), [(0, ""), (1, " 1 conversation is safe in x.part; ")])
def test_a_failure(kept, safe):
    """It is noted, and tells what is safe and how to go on, if anything is."""
    with pytest.raises(Failure) as caught:
        errand(TIMEOUT, kept=kept).perform()
    more = f"{safe}run the same command again to go on: reamaze errand" if safe else ""
    assert str(caught.value) == f"{TIMEOUT}".replace("the session a longer `timeout`", "a longer "
        "--timeout") + more  # fmt: skip
    assert noted() == {"status": "failed", "error": str(caught.value), "items": 3}


def test_a_failure_of_a_file():
    """What is wrong with a file says itself what to do."""
    with pytest.raises(Failure, match=r"^x: the disk is full\.$"):
        errand(ExportFailed("x", "the disk is full."), kept=5).perform()


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (2, "2 conversations are safe in x.part; run the same command again to go on"),
        (0, "nothing was written yet; to start again"),
    ],
)
def test_a_signal(capsys, monkeypatch, kept, told):
    """It is told with the command to go on, and has its exit status."""

    def stopped(*_: object) -> None:
        raise Stopped(Stop.TERMINATED)

    monkeypatch.setattr(job, "run", stopped)
    assert errand(Done(), kept=kept).perform() == 143
    assert capsys.readouterr().err == f"Terminated: {told}:\n  reamaze errand\n"
    assert noted() == {"status": "terminated", "items": 3}
