"""`python -m reamaze_async`, and the `reamaze` command."""

import sys

from reamaze_async.cli.start import start


def main() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(start(sys.argv[1:]))


if __name__ == "__main__":
    main()
