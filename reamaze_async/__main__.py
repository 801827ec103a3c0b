"""`python -m reamaze_async`, and the `reamaze` command."""

import os
import sys
from contextlib import suppress

from .cli.main import start
from .cli.signals import ignore_signals


def main() -> None:
    """Run the command line and leave with its exit status."""
    status = start(sys.argv[1:])
    ignore_signals()
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.flush()
    # Python's own end would wait for a thread that may be stuck in writing to a pipe that nobody
    # reads, and would make another status of a stream that can't be flushed.
    os._exit(status)


if __name__ == "__main__":
    main()
