"""The limiter against servers that hide their limit, in virtual time.

    python -m benchmarks limiter [--group batch|hard|interactive ...] [--half tuning|held-out|all]
        [--seeds N] [--windows N] [--kind WORD] [--rivals] [--random SEED --kinds N] [--markdown]

Batch jobs before 58 kinds of server; kinds that are hard for whoever believes in one constant
limit; people who wait for answers. Printed for each kind and each client: time over the ideal (of
a client that knows the server's mind), mean and worst over the seeds; time over a shared pause's;
429s in per cent of the requests that were let in; the longest row of 429s in any seed, as the
server gave them, without another answer in between. Of people: the mean wait in seconds, the ideal
one, the longest, and how many windows beyond its ideal the worst-off request waited.

Half of the kinds are held out from tuning. Both halves were seen while the limiter was designed, so
only a random seed that nobody has drawn yet is news.

What it can't show: how the real service limits. It is documented to do so per minute and token,
and nothing else is known, so the kinds cover what common servers do.
"""

import argparse
import os

from benchmarks.limiter_hard_kinds import HARD
from benchmarks.limiter_interactive_kinds import INTERACTIVE
from benchmarks.limiter_kinds import BATCH, Group
from benchmarks.limiter_measures import CLIENTS, PAUSE, jobs_of, measure, measure_all
from benchmarks.limiter_random_kinds import random_kinds
from benchmarks.limiter_report import Found, chosen, markdown_of, summary_of, table_of
from benchmarks.limiter_simulation import CONCURRENCY, Client, Run, Simulation, Travel

__all__ = ["CONCURRENCY", "Client", "Run", "Simulation", "Travel", "jobs_of", "main", "measure"]

GROUPS = {group.name: group for group in (BATCH, HARD, INTERACTIVE)}
USUAL_CLIENTS = ["ours", PAUSE]


def compare(group: Group, half: str, asked: argparse.Namespace) -> Found:
    """Measure and print one group, or a half of it."""
    kinds = chosen(group, half, asked.kind)
    # What each task does for itself is measured before batch jobs alone.
    names = list(CLIENTS) if asked.rivals and group.name == "batch" else USUAL_CLIENTS
    clients = [name for name in names if asked.client in name]
    if not kinds or not clients:
        return []
    found = measure_all(kinds, clients, asked.seeds, asked.windows, asked.jobs)
    print(
        f"\n{len(kinds)} {group.name} kinds ({half}), {asked.seeds} seeds each, "
        f"jobs of {asked.windows} windows"
    )
    if not asked.short:
        print(table_of(group, found, clients))
    for client in clients:
        print(f"{group.name}, {half}, {client}: {summary_of(group, found, client)}")
    return found


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--group", nargs="+", choices=GROUPS, help="only these groups of kinds")
    options.add_argument("--half", choices=["tuning", "held-out", "all"], default="all")
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--windows", type=int, default=10, help="length of batch jobs")
    options.add_argument("--kind", default="", help="only kinds with this in their name")
    options.add_argument("--client", default="", help="only clients with this in their name")
    options.add_argument("--rivals", action="store_true", help="two more before batch jobs")
    options.add_argument("--random", type=int, metavar="SEED", help="kinds that nobody chose")
    options.add_argument("--kinds", type=int, default=100, help="how many of those")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options.add_argument("--short", action="store_true", help="no line for each kind")
    options.add_argument("--markdown", action="store_true", help="a table for the README too")
    asked = options.parse_args()
    groups = [GROUPS[name] for name in asked.group or ([] if asked.random is not None else GROUPS)]
    found = {group.name: compare(group, asked.half, asked) for group in groups}
    if asked.random is not None:
        kinds = random_kinds(asked.random, asked.kinds)
        compare(Group(f"random {asked.random}", [], kinds), "held-out", asked)
    if asked.markdown:
        clients = list(CLIENTS) if asked.rivals else USUAL_CLIENTS
        print("\n" + markdown_of(found, asked.half, clients))


if __name__ == "__main__":
    main()
