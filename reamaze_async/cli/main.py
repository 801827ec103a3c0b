"""The program: from its arguments to its exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .commands import reamaze
from .errors import FORESEEN, NO_THREAD, Failure, is_thread_refused, report
from .signals import Stop, raise_signals

STOPPED = tuple(stop.status for stop in Stop)
"""The exit statuses of runs that a signal has ended."""


def start(words: Sequence[str]) -> int:
    """Run a command; no foreseeable trouble shows a traceback.

    Args:
        words: what stands after the program's name.

    Returns:
        The exit status: 0 done, 1 failed, 2 wrong usage, 129 hung up, 130 interrupted,
        143 terminated.
    """
    raise_signals()
    try:
        status = reamaze.main(list(words), standalone_mode=False, obj=list(words))
        # After a signal, a thread may be stuck in writing there, and a flush would wait for it.
        if sys.stdout is not None and status not in STOPPED:
            sys.stdout.flush()
    except FORESEEN as trouble:
        return report(trouble)
    except RuntimeError as error:
        if not is_thread_refused(error):
            raise
        return report(Failure(NO_THREAD))
    return status if isinstance(status, int) else 0
