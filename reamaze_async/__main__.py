"""`python -m reamaze_async`, and the `reamaze` command."""

import os
import sys

from reamaze_async.cli.start import STOPPED, start


def main() -> None:
    """Run the command line and leave with its exit status."""
    status = start(sys.argv[1:])
    if status in STOPPED:
        # A thread may be stuck in writing to a pipe that nobody reads; Python would wait for it.
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
