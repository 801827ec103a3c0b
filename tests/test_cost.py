"""The benchmark of costs: who is compared reads the same, and what is counted is what was run."""

import pytest

from benchmarks.bench_cost import Setting
from benchmarks.contenders import BASELINE, CONTENDERS, Job, is_installed
from benchmarks.cost_chart import draw
from benchmarks.cost_runner import timing
from benchmarks.cost_worker import run
from benchmarks.prerendered import Prerendered, serve_prerendered


@pytest.fixture(scope="module")
def served():
    """Three pages, in every way."""
    with serve_prerendered((1, 3)) as served:
        yield served


@pytest.mark.filterwarnings("default")  # of other people's libraries
@pytest.mark.parametrize("name", CONTENDERS)
def test_contender_that_reads_less(served: Prerendered, name: str):
    """Whoever is compared reads every conversation of every page."""
    if not is_installed(name):
        pytest.skip("not installed")
    assert run(name, Job(served.urls[3, False, False])) == 90


def test_worker_that_measures_nothing(served: Prerendered):
    """A worker's child reads the list that it was told, in the way it was told, and takes time."""
    with timing(served) as worker:
        told = worker.run(BASELINE, Setting(zipped=True, uvloop=True), 3, 1)
    assert told["items"] == 90
    assert told["seconds"] > 0


def test_chart_without_a_client():
    """The chart shows every client, with its ratio to the loop by hand."""
    drawn = draw({"by hand": 1000.0, "a & b": 2500.0}, "by hand", "Python 3, 2 cores; aiohttp 3")
    assert "a &amp; b" in drawn
    assert "2.50" in drawn
