"""Each constant of the learner, and the kinds that suffer when it is halved or doubled.

    python -m benchmarks limiter_constants [--half tuning|held-out|all] [--seeds N]
        [--constant WORD]

A kind suffers when its time grows by 0.05 of the ideal, in a hard kind or for people by a tenth of
the shared pause's, or when it gets 2 more 429s for 100 answers. Printed are how many suffer, and
the three that suffer most. A constant under which nothing suffers has no reason to be there.

A constant is any number in capitals at the top of a module that belongs to the learner. Numbers in
tuples and tables, and what a module has worked out of a constant when it was loaded, stay as they
are. Those that can't be halved, such as a 1 that counts something, are only doubled.
"""

import argparse
import ast
import inspect
import os
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from math import inf
from types import ModuleType
from typing import NamedTuple

from benchmarks.bench_limiter import GROUPS
from benchmarks.limiter_kinds import KINDS, Kind
from benchmarks.limiter_measures import (
    Figures,
    Question,
    Trial,
    Workers,
    longest_of,
    run_of,
    seeds_of,
    tried,
)
from benchmarks.limiter_report import chosen
from benchmarks.limiter_simulation import Run
from reamaze_async import limits

NO_LEARNERS = {"limiter", "per_endpoint", "throttle", "window_log"}
"""Modules of `reamaze_async.limits` that are no part of the learner; all others are."""
SLOWER, SLOWER_THAN_PAUSE, MORE_REFUSED = 0.05, 0.1, 2.0
"""By how much a kind suffers: of the ideal; of the pause; 429s for 100 answers."""
NAMED = 3
HALVED, DOUBLED = 0.5, 2.0


class Constant(NamedTuple):
    """A number in capitals."""

    module: str
    name: str
    value: float

    def times(self, factor: float) -> float:
        """Another value of the same sort; a whole number stays whole, and at least 1."""
        value = self.value * factor
        return max(1, round(value)) if isinstance(self.value, int) else value


def learner_modules() -> list[ModuleType]:
    """The modules that hold the learner."""
    names = [module.name for module in pkgutil.iter_modules(limits.__path__)]
    return [import_module(f"{limits.__name__}.{n}") for n in names if n not in NO_LEARNERS]


def assigned(module: ModuleType) -> set[str]:
    """The names in capitals that a module gives a value itself, rather than importing them."""
    body = ast.parse(inspect.getsource(module)).body
    statements = [node for node in body if isinstance(node, ast.Assign | ast.AnnAssign)]
    names = [node for statement in statements for node in ast.walk(statement)]
    stored = {n.id for n in names if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return {name for name in stored if name.isupper()}


def constants() -> list[Constant]:
    """All constants of the learner."""
    return [
        Constant(module.__name__, name, value)
        for module in learner_modules()
        for name in sorted(assigned(module))
        if type(value := getattr(module, name)) in (int, float) and 0 < abs(value) < inf
    ]


@contextmanager
def varied(constant: Constant, factor: float) -> Iterator[None]:
    """Give a constant another value, also in the modules that have imported it."""
    owner = import_module(constant.module)
    importers = [m for m in learner_modules() if constant.name not in assigned(m)]
    holders = [owner, *(m for m in importers if hasattr(m, constant.name))]
    for module in holders:
        setattr(module, constant.name, constant.times(factor))
    try:
        yield
    finally:
        for module in holders:
            setattr(module, constant.name, constant.value)


class Variation(NamedTuple):
    """One job under another value of one constant."""

    constant: Constant
    factor: float
    kind: Kind
    seed: int
    windows: int
    longest: float


def run_varied(variation: Variation) -> Run:
    """Do the job; a learner that breaks is as slow as can be."""
    constant, factor, kind, seed, windows, longest = variation
    with varied(constant, factor):
        try:
            return run_of("ours", kind, seed, windows, longest)
        except Exception:  # noqa: BLE001 a value that breaks the learner is a finding like another
            return Run(longest, waits=[longest] if kind.asks else [])


class Harm(NamedTuple):
    """By how much more than bearable a kind suffers, and in which words."""

    size: float
    text: str


def harm_of(before: Figures, after: Figures) -> Harm | None:
    """What another value has done to one kind; None where it is bearable."""
    is_batch = any(before.kind.name == kind.name for kind in KINDS)
    slower = after.time - before.time if is_batch else after.over_pause - before.over_pause
    bearable = SLOWER if is_batch else SLOWER_THAN_PAUSE
    more = after.refused - before.refused
    if slower < bearable and more < MORE_REFUSED:
        return None
    if slower / bearable >= more / MORE_REFUSED:
        return Harm(slower / bearable, f"{before.kind.name} {slower:+.2f}")
    return Harm(more / MORE_REFUSED, f"{before.kind.name} {more:+.1f} %")


def told(harms: list[Harm]) -> str:
    """How many kinds suffer, and which of them most."""
    most = sorted(harms, reverse=True)[:NAMED]
    return f"{len(harms)}: {'; '.join(harm.text for harm in most)}" if harms else "none"


def measure_constant(
    constant: Constant, questions: list[Question], trials: list[Trial], workers: Workers
) -> list[str]:
    """What suffers when a constant is halved, and what when it is doubled."""
    cells = []
    for factor in (HALVED, DOUBLED):
        if constant.times(factor) == constant.value:
            cells.append("can't be")
            continue
        variations = [
            Variation(constant, factor, *question[:3], longest_of(question.kind, trial))
            for question, trial in zip(questions, trials, strict=True)
        ]
        runs = workers.map(run_varied, variations)
        after = [trial._replace(run=run) for trial, run in zip(trials, runs, strict=True)]
        cells.append(told(harms_of(questions, trials, after)))
    return cells


def harms_of(questions: list[Question], before: list[Trial], after: list[Trial]) -> list[Harm]:
    """What suffers, of all kinds."""
    places: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        places.setdefault(question.kind.name, []).append(place)
    harms = []
    for of_kind in places.values():
        kind = questions[of_kind[0]].kind
        figures = [Figures(kind, [trials[p] for p in of_kind]) for trials in (before, after)]
        if harm := harm_of(*figures):
            harms.append(harm)
    return harms


def main() -> None:
    """Print the table, a line for each constant as it is found."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--group", nargs="+", choices=GROUPS, default=list(GROUPS))
    options.add_argument("--half", choices=["tuning", "held-out", "all"], default="tuning")
    options.add_argument("--seeds", type=int, default=2)
    options.add_argument("--windows", type=int, default=10, help="length of batch jobs")
    options.add_argument("--kind", default="", help="only kinds with this in their name")
    options.add_argument("--constant", default="", help="only constants with this in their name")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    asked = options.parse_args()
    kinds = [k for name in asked.group for k in chosen(GROUPS[name], asked.half, asked.kind)]
    seeds = seeds_of(asked.seeds)
    questions = [Question(kind, seed, asked.windows, ["ours"]) for kind in kinds for seed in seeds]
    found = [constant for constant in constants() if asked.constant in constant.name]
    print(f"{len(found)} constants before {len(kinds)} kinds ({asked.half}), {asked.seeds} seeds\n")
    print("| constant | value | halved, suffer | doubled, suffer |\n| --- | --- | --- | --- |")
    idle = []
    with Workers(asked.jobs) as workers:
        trials = [trial["ours"] for trial in workers.map(tried, questions)]
        for constant in found:
            cells = measure_constant(constant, questions, trials, workers)
            name = f"{constant.module.rpartition('.')[2]}.{constant.name}"
            print(f"| {name} | {constant.value:g} | {' | '.join(cells)} |", flush=True)
            if not any(cell[0].isdigit() for cell in cells):
                idle.append(name)
    print(f"\nnothing suffers either way: {', '.join(idle) or 'none'}")


if __name__ == "__main__":
    main()
