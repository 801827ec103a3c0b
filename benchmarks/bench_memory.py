"""Peak memory by number of pages, each in a process of its own: it must not grow with the pages.

What grows is only what exact de-duplication needs, the slugs.
"""

import argparse
import asyncio
import multiprocessing
import resource
import sys
from multiprocessing.connection import Connection

from .contenders import Job, ours
from .serving import Address, serve


def _peak(pipe: Connection, address: Address) -> None:
    before = _usage()
    job = Job(address.base_url, email=address.email, token=address.token)
    count = asyncio.run(ours(job, filter="all"))
    pipe.send((count, before, _usage()))


def _usage() -> float:
    """MiB of this process at its highest."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure(address: Address) -> tuple[int, float, float]:
    """Conversations, and MiB before and at the peak, of one iteration."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_peak, args=(there, address))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join()


def main() -> None:
    """Print the peaks and the growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[100, 500, 2000])
    options = parser.parse_args()
    first = None
    for pages in options.pages:
        with serve(conversations=pages * 30) as address:
            count, before, peak = measure(address)
        first = first or peak
        print(
            f"{pages:6} pages {count:7} conversations  start {before:5.1f} MiB"
            f"  peak {peak:5.1f} MiB  growth {peak - first:+5.1f} MiB"
        )


if __name__ == "__main__":
    main()
