"""One client before one kind of server, beside a shared pause and who knows the server's mind.

Each job is seen by its kind, its seed and its length in windows; the same three give the same
server, the same latencies and the same other client to whoever is measured.
"""

from collections.abc import Callable
from functools import cached_property
from itertools import zip_longest
from math import inf
from multiprocessing import get_context
from random import Random
from statistics import fmean
from typing import NamedTuple, TypeVar

from benchmarks.limiter_endpoints import LIMITERS, Endpoints, ideal_of_both, run_through
from benchmarks.limiter_kinds import Kind
from benchmarks.limiter_rivals import BackoffPerTask, Botocore, Oracle, SharedPause
from benchmarks.limiter_simulation import Client, Interactive, Run, Simulation
from reamaze_async.limits.adaptive import Adaptive

LONGEST_RUN = 8.0
"""Times the shared pause; a client that isn't done by then is stopped and counted as that slow."""
LONGEST_PAUSE = 40.0
"""Times the ideal; the same for the shared pause itself."""
SHORTEST_STOP = 60.0
"""Seconds before which nobody is stopped."""
PATIENCE = 4000.0
"""Seconds after the ideal end for which people wait for answers."""
PAUSE = "shared pause"

Q = TypeVar("Q")
A = TypeVar("A")

CLIENTS: dict[str, Callable[[Random], Client]] = {
    "ours": lambda _: Adaptive(),
    PAUSE: lambda _: SharedPause(),
    "back-off per task": BackoffPerTask,
    "botocore adaptive": Botocore,
}


class Trial(NamedTuple):
    """One job by one client, by a shared pause, and by who knows it all."""

    run: Run
    pause: Run
    ideal: Run


class Figures:
    """What came of one client before one kind of server, over the seeds."""

    def __init__(self, kind: Kind, trials: list[Trial]) -> None:
        self.kind, self.trials = kind, trials

    @cached_property
    def times(self) -> list[float]:
        """Times over the ideal; of people the mean waits over the ideal ones."""
        return [trial.run.cost / trial.ideal.cost for trial in self.trials]

    @property
    def time(self) -> float:
        """The mean of `times`."""
        return fmean(self.times)

    @cached_property
    def over_pause(self) -> float:
        """Time as a multiple of the shared pause's; of people the mean wait."""
        pauses = fmean(trial.pause.cost for trial in self.trials)
        return fmean(trial.run.cost for trial in self.trials) / pauses

    @property
    def shares(self) -> list[float]:
        """429s for each answer."""
        return [trial.run.share for trial in self.trials]

    @property
    def refused(self) -> float:
        """429s for 100 answers."""
        return 100 * fmean(self.shares)

    @property
    def pause_refused(self) -> float:
        """The shared pause's 429s for 100 answers."""
        return 100 * fmean(trial.pause.share for trial in self.trials)

    @property
    def row(self) -> int:
        """The longest row of 429s."""
        return max(trial.run.longest_row for trial in self.trials)

    @property
    def wait(self) -> float:
        """People's mean wait, in seconds."""
        return fmean(trial.run.cost for trial in self.trials)

    @property
    def pause_wait(self) -> float:
        """The same, behind a shared pause."""
        return fmean(trial.pause.cost for trial in self.trials)

    @property
    def ideal_wait(self) -> float:
        """The same, of who knows it all."""
        return fmean(trial.ideal.cost for trial in self.trials)

    @cached_property
    def worst_wait(self) -> float:
        """The longest wait of any request, in seconds."""
        return max(max(trial.run.waits) for trial in self.trials)

    @cached_property
    def worst_excess(self) -> float:
        """How many windows longer than ideal the worst-off request waited."""
        return (
            max(
                wait - ideal
                for trial in self.trials
                for wait, ideal in zip_longest(trial.run.waits, trial.ideal.waits, fillvalue=0.0)
            )
            / self.kind.per
        )


def jobs_of(kind: Kind, windows: int) -> int:
    """Requests of a job: so many windows' worth, and never a trifle."""
    if kind.jobs is not None:
        return kind.jobs
    return 1000 if kind.family == "none" else max(windows * kind.requests, 100)


def run_of(client: str, kind: Kind, seed: int, windows: int, longest: float = inf) -> Run:
    """One job by the client of that name."""
    if isinstance(kind, Endpoints):
        return run_through(LIMITERS[client](), kind, seed, windows, longest)
    return simulation_of(kind, seed, windows).finish(CLIENTS[client](Random(seed)), longest)


def simulation_of(kind: Kind, seed: int, windows: int) -> Simulation:
    """The job itself."""
    if kind.asks:
        return Interactive(kind, seed)
    return Simulation(kind, seed, jobs_of(kind, windows))


def ideal_of(kind: Kind, seed: int, windows: int) -> Run:
    """The same job by who knows the server's mind."""
    if isinstance(kind, Endpoints):
        return ideal_of_both(kind, seed, windows)
    simulation = simulation_of(kind, seed, windows)
    return simulation.finish(Oracle(simulation.server))


class Question(NamedTuple):
    """One job to be done by several clients."""

    kind: Kind
    seed: int
    windows: int
    clients: list[str]


def tried(question: Question) -> dict[str, Trial]:
    """One job by each client."""
    kind, seed, windows, clients = question
    ideal = ideal_of(kind, seed, windows)
    pause = run_of(PAUSE, kind, seed, windows, max(LONGEST_PAUSE * ideal.time, SHORTEST_STOP))
    stop = longest_of(kind, Trial(pause, pause, ideal))
    trials = {}
    for client in clients:
        run = pause if client == PAUSE else run_of(client, kind, seed, windows, stop)
        trials[client] = Trial(run, pause, ideal)
    return trials


def longest_of(kind: Kind, trial: Trial) -> float:
    """When a client is stopped that has not finished the same job."""
    if kind.asks:
        return trial.ideal.time + PATIENCE
    return max(LONGEST_RUN * trial.pause.time, SHORTEST_STOP)


def seeds_of(number: int, first: int = 0) -> range:
    """So many seeds; each job uses a few that follow its own."""
    return range(first, first + 7 * number, 7)


def measure(kind: Kind, clients: list[str], seeds: int, windows: int) -> dict[str, Figures]:
    """All clients before one kind of server."""
    return measure_all([kind], clients, seeds, windows)[0]


def measure_all(
    kinds: list[Kind], clients: list[str], seeds: int, windows: int, jobs: int = 1
) -> list[dict[str, Figures]]:
    """All clients before all kinds, by so many processes."""
    questions = [
        Question(kind, seed, windows, clients) for kind in kinds for seed in seeds_of(seeds)
    ]
    with Workers(jobs) as workers:
        answers = workers.map(tried, questions)
    figures = []
    for place, kind in enumerate(kinds):
        of_kind = answers[place * seeds : (place + 1) * seeds]
        figures.append(
            {client: Figures(kind, [trials[client] for trials in of_kind]) for client in clients}
        )
    return figures


class Workers:
    """So many processes; a single one is this one."""

    def __init__(self, jobs: int) -> None:
        self._pool = get_context("spawn").Pool(jobs) if jobs > 1 else None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.terminate()
            self._pool.join()

    def map(self, function: Callable[[Q], A], questions: list[Q]) -> list[A]:
        """The answers, in the order of the questions."""
        if self._pool is None:
            return list(map(function, questions))
        return self._pool.map(function, questions, chunksize=1)
