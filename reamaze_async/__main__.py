"""`python -m reamaze_async`, and the `reamaze` command.

Signals are heard from the first line on: what the command needs takes a moment to load, and a
traceback is no answer to Ctrl-C.
"""

import os
import signal
import sys


def leave(number: int, _: object) -> None:
    """Leave at once, as nothing has begun: with the exit status of shells for this signal."""
    word = {signal.SIGINT: b"Interrupted.\n", signal.SIGTERM: b"Terminated.\n"}
    try:
        os.write(2, word.get(signal.Signals(number), b"Hung up.\n"))
    finally:
        os._exit(128 + number)


def hear() -> None:
    """Hear signals from now on; one that was ignored at the start stays ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def fill_descriptors() -> None:
    """Keep the numbers of closed standard streams taken, lest a file of ours gets one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main() -> None:
    """Run the command line and leave with its exit status."""
    hear()
    fill_descriptors()
    from contextlib import suppress  # noqa: PLC0415 - after `hear`

    from .cli.main import start  # noqa: PLC0415 - likewise
    from .cli.signals import ignore_signals  # noqa: PLC0415 - likewise

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
