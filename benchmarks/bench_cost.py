"""What reading a list costs the client: instructions and CPU seconds, against a loop by hand.

    python -m benchmarks cost [--rounds N] [--no-peers] [--only WORD] [--svg FILE]

The baseline, `contenders.by_hand`, is what a good programmer writes: aiohttp and msgspec, the same
Structs, as many requests in flight, pages in order, duplicates dropped by slug, pages freed as they
are read. It gives no other promise. All read the same pages of 30 conversations by the default
filter, rendered beforehand by another process.

Instructions are those of the client's process in user space, counted by valgrind (cachegrind
without caches) in children forked from a warm parent: the difference of two page counts, divided by
the difference of pages. They repeat within half a per cent, also on a busy machine; but they say
less than seconds do of code that jumps about. CPU seconds are the median of interleaved pairs, and
mean something on a quiet machine only.
"""

import argparse
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .contenders import BASELINE, CONTENDERS, PEERS, is_installed
from .cost_chart import draw
from .cost_runner import Setting, Worker, can_count, counting, per_page, ratios, timing
from .prerendered import Prerendered, serve_prerendered

FEW, MANY, LONG = 60, 260, 1000
"""Pages of the two lists whose instructions are compared, and of the one that is timed."""

PACKAGES = ("aiohttp", "msgspec", "anyio", "uvloop", "httpx", "pydantic", "requests", "dlt")

OURS = [name for name in CONTENDERS if name.startswith("reamaze_async")]
LINES = ["by hand, an item a line", "by hand, an item a line, keys unread", "export to NDJSON"]
SETTINGS = [
    Setting(in_flight=1),
    Setting(),
    Setting(in_flight=32),
    Setting(zipped=True),
    Setting(tls=True),
    Setting(tls=True, zipped=True),
    Setting(uvloop=True),
    Setting(tls=True, zipped=True, uvloop=True),
]


def machine() -> str:
    """What it was measured on."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"without {name}")
    cores = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return f"{system}, {cores}; {', '.join(found)}"


def _table(title: str, columns: list[str]) -> None:
    print(
        f"\n{title}\n\n| | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}", flush=True
    )


def count_clients(
    worker: Worker, names: list[str], base: str, pages: tuple[int, int]
) -> dict[str, float]:
    """Print instructions of one client after another, and return them."""
    _table(f"One client after another, {Setting()}", ["k instructions a page", "ratio"])
    found: dict[str, float] = {}
    for name in [base, *names]:
        found[name] = per_page(worker, name, Setting(), pages)
        ratio = found[name] / found[base]
        print(f"| {name} | {found[name] / 1000:.0f} | {ratio:.2f} |", flush=True)
    return found


def count_settings(worker: Worker, settings: list[Setting], pages: tuple[int, int]) -> None:
    """Print instructions of the package and the loop by hand, one setting after another."""
    _table("The same pair, one setting after another", [BASELINE, "reamaze_async", "ratio"])
    for setting in settings:
        base, ours = (per_page(worker, name, setting, pages) for name in (BASELINE, OURS[0]))
        print(
            f"| {setting} | {base / 1000:.0f} | {ours / 1000:.0f} | {ours / base:.2f} |", flush=True
        )


def time_clients(
    served: Prerendered, names: list[str], base: str, rounds: int, pages: int, setting: Setting
) -> None:
    """Print CPU seconds of clients."""
    title = f"CPU time, {setting}: median of {rounds} interleaved rounds of {pages} pages"
    _table(title, ["ms a page", "ratio", "least", "most"])
    with timing(served) as worker:
        for name, found in ratios(worker, names, base, setting, pages, rounds).items():
            ms, *ratio = found
            told = " | ".join(f"{one:.2f}" for one in ratio)
            print(f"| {name} | {ms:.3f} | {told} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, help="of CPU time; 0: none")
    parser.add_argument("--pages", type=int, default=LONG, help="of the list that is timed")
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--no-peers", action="store_true", help="leave other libraries out")
    parser.add_argument("--only", default="", help="count only clients with this in their names")
    parser.add_argument("--settings", default="", help="only settings with this; `none`: no table")
    parser.add_argument("--svg", type=Path, help="draw the clients' instructions here")
    options = parser.parse_args()
    pages = options.few, options.many
    peers = [] if options.no_peers else [name for name in PEERS if is_installed(name)]
    absent = [] if options.no_peers else [name for name in PEERS if not is_installed(name)]
    names = [name for name in [*OURS, "by hand, raw", *peers] if options.only in name]
    settings = [setting for setting in SETTINGS if options.settings in str(setting)]
    print(machine())
    for name in absent:
        print(f"left out, not installed: {name}")
    with serve_prerendered((*pages, options.pages if options.rounds else 1)) as served:
        if not served.authority:
            settings = [setting for setting in settings if not setting.tls]
            print("left out, trustme isn't installed: TLS")
        print(f"pages of 30 conversations, {served.page_bytes / 1000:.1f} kB each")
        if can_count():
            with counting(served) as worker:
                found = count_clients(worker, names, BASELINE, pages)
                if options.only in LINES[-1]:
                    count_clients(worker, LINES[1:], LINES[0], pages)
                count_settings(worker, settings, pages)
            if options.svg:
                options.svg.write_text(draw(found, BASELINE, machine()))
        else:
            print("instructions aren't counted: valgrind isn't installed", file=sys.stderr)
        if options.rounds:
            timed = [OURS[0], "reamaze_async, raw()", *peers], BASELINE, options.rounds
            time_clients(served, *timed, options.pages, Setting())
            if served.authority:
                both = Setting(tls=True, zipped=True)
                time_clients(served, OURS[:1], BASELINE, options.rounds, options.pages, both)
            for base, *names in (LINES, ("export to SQLite", "first sync")):
                time_clients(served, names, base, options.rounds, options.pages, Setting())


if __name__ == "__main__":
    main()
