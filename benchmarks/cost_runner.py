"""Runs jobs in worker processes, and reads off what they cost: instructions, or CPU seconds."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .contenders import Job
from .prerendered import Prerendered

VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no")


@dataclass(frozen=True, slots=True)
class Setting:
    """One way of reading the list.

    Attributes:
        tls: over TLS.
        zipped: gzipped.
        in_flight: requests at once.
        uvloop: on uvloop instead of asyncio.
    """

    tls: bool = False
    zipped: bool = False
    in_flight: int = 8
    uvloop: bool = False

    def __str__(self) -> str:
        wire = " + ".join(word for word, on in (("TLS", self.tls), ("gzip", self.zipped)) if on)
        loop = ", uvloop" if self.uvloop else ""
        return f"{wire or 'plain'}, {self.in_flight} in flight{loop}"


class Worker:
    """A worker process; with a folder, one whose children's instructions are counted there."""

    def __init__(self, served: Prerendered, folder: Path | None = None) -> None:
        self._served = served
        self._folder = folder
        command = [sys.executable, "-m", "benchmarks.cost_worker"]
        if folder:
            command = [*VALGRIND, f"--cachegrind-out-file={folder}/%p", "-q", *command]
        trusted = {"SSL_CERT_FILE": served.authority} if served.authority else {}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if folder else None,
            text=True,
            env={**os.environ, **trusted, "PYTHONHASHSEED": "0"},
        )

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def job(self, setting: Setting, pages: int) -> Job:
        """Where a list of so many pages is to be read."""
        url = self._served.urls[pages, setting.tls, setting.zipped]
        return Job(url, setting.in_flight, self._served.authority)

    def run(self, name: str, setting: Setting, pages: int, warming: int) -> dict[str, Any]:
        """Let a contender read so many pages, after a first list to warm up."""
        task = {
            "name": name,
            "uvloop": setting.uvloop,
            "job": asdict(self.job(setting, pages)),
            "warming": asdict(self.job(setting, warming)),
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if told.get("items") != pages * 30:
            raise SystemExit(f"{name}, {setting}: {told.get('items')} items, not {pages * 30}")
        return told

    def instructions(self, name: str, setting: Setting, pages: int, warming: int) -> int:
        """Instructions of a child, those of its warm parent until then included."""
        assert self._folder
        told = self.run(name, setting, pages, warming)
        summary = re.search(r"^summary:\s*(\d+)", self._told_by(told["pid"]), re.MULTILINE)
        assert summary
        return int(summary[1])

    def _told_by(self, pid: int) -> str:
        assert self._folder
        file = self._folder / str(pid)
        text = file.read_text()
        file.unlink()
        return text


@contextmanager
def counting(served: Prerendered) -> Iterator[Worker]:
    """A worker whose instructions are counted."""
    with tempfile.TemporaryDirectory(prefix="bench-cost-") as folder:
        worker = Worker(served, Path(folder))
        try:
            yield worker
        finally:
            worker.close()


@contextmanager
def timing(served: Prerendered) -> Iterator[Worker]:
    """A worker that runs at full speed."""
    worker = Worker(served)
    try:
        yield worker
    finally:
        worker.close()


def can_count() -> bool:
    """Whether valgrind is there."""
    return shutil.which(VALGRIND[0]) is not None


def per_page(worker: Worker, name: str, setting: Setting, pages: tuple[int, int]) -> float:
    """Instructions a page: the difference of two lists, so that beginning and end cancel out."""
    few, many = (worker.instructions(name, setting, count, pages[0]) for count in pages)
    return (many - few) / (pages[1] - pages[0])


def ratios(
    worker: Worker, names: list[str], base: str, setting: Setting, pages: int, rounds: int
) -> dict[str, tuple[float, float, float, float]]:
    """CPU milliseconds a page, and ratios to the base of interleaved rounds: median and bounds."""
    spent: dict[str, list[float]] = {name: [] for name in [base, *names]}
    for turn in range(rounds):
        # Every other round backwards: what warms or cools the machine favours nobody.
        for name in list(spent)[:: 1 if turn % 2 else -1]:
            spent[name].append(worker.run(name, setting, pages, pages)["seconds"])
    found = {}
    for name, seconds in spent.items():
        each = [one / other for one, other in zip(seconds, spent[base], strict=True)]
        found[name] = 1000 * median(seconds) / pages, median(each), min(each), max(each)
    return found
