"""Every foreseeable error as one sentence and an exit status."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress

import click

from reamaze_async import remedies
from reamaze_async.errors import InvalidParameter, ReamazeError
from reamaze_async.remedies import Remedy
from reamaze_async.resources import NAMES, endpoint_of

from .signals import Stop, Stopped


class Failure(click.ClickException):
    """The command failed: exit status 1."""


class Misuse(click.ClickException):
    """The command was used wrongly: exit status 2."""

    exit_code = 2


FORESEEN = (ReamazeError, OSError, click.ClickException, click.Abort, KeyboardInterrupt, Stopped)
"""Errors that `report` explains; any other is a bug of ours and keeps its traceback."""


NO_THREAD = (
    "The system allows no more threads: raise the limit of processes (`ulimit -u`, or the "
    "container's pids limit) and run the same command again."
)


def is_thread_refused(error: RuntimeError) -> bool:
    """Whether Python couldn't begin a thread; it has no error of its own for that."""
    return "can't start new thread" in str(error)


def report(trouble: BaseException) -> int:
    """Explain an error in one line on standard error, and return the exit status."""
    from .display import say  # noqa: PLC0415 - only when there is trouble

    match trouble:
        case BrokenPipeError():
            # Whoever reads our output has had enough: that is an end, and no failure.
            forget_stdout()
            return 0
        case click.ClickException():
            with suppress(OSError):
                try:
                    trouble.show()
                except UnicodeError:
                    say(f"Error: {trouble.format_message()}")
            return trouble.exit_code
        case Stopped():
            say(f"{trouble.stop.word}.")
            return trouble.stop.status
        case KeyboardInterrupt() | click.Abort():
            return report(Stopped(Stop.INTERRUPTED))
        case InvalidParameter():
            return report(Misuse(in_options(trouble)))
        case OSError(filename=None) if not isinstance(trouble, ReamazeError):
            return report(Failure(no_output(trouble)))
    return report(Failure(sentence_of(trouble)))


def no_output(error: OSError) -> str:
    """The sentence for an error of standard output."""
    reason = (error.strerror or str(error)).lower()
    return f"Standard output can't be written to: {reason}. Mend that and start again."


REMEDIES: Mapping[Remedy, str] = {
    **remedies.REMEDIES,
    "ask-alike": "Give the same options again to go on with it, or start over by --restart.",
    "check-host": "Try again; if it stays so, check that the brand or --base-url names a Re:amaze "
    "host.",
    "check-origin": "It was not followed, to keep the credentials here: check the brand or "
    "--base-url.",
    "force-or-rename": "Name another file, or give --force to replace it.",
    "go-on": "Run the same command again to go on, and let nothing else write to its files.",
    "larger-response": "If it may be so large, give a larger --max-response.",
    "list-again": "Everything that came was handed out. To find the rest, list again with "
    "--verify, or at a quieter time.",
    "look-at-item": "Everything that came was handed out. `reamaze request` prints what came, to "
    "look at or to report.",
    "look-at-it": "`reamaze request` prints what came, to look at or to report.",
    "longer-timeout": "Try again, or give a longer --timeout.",
    "mend-and-export": "What was written is kept: mend that, and run the same command again.",
    "mend-and-sync": "What was written is kept: mend that, and run the same command again.",
    "read-each": "Everything that came is kept. To have these threads whole, start over by "
    "--restart --way each.",
    "start-over": "Start over by --restart.",
}
"""What to do, where options say it in other words than arguments do."""

_OPTIONS = {"brand", "email", "base_url", "timeout", "max_response", "columns", "format"}
_OPTIONS |= {"of_brand", "only", "leave_out", "max_attachment"}


def _is_option(argument: str) -> bool:
    """Whether an argument is an option, be it a condition of some resource."""
    endpoints = (endpoint_of(name) for name in NAMES)
    return argument in _OPTIONS or any(
        argument in (*(row.name for row in operation.parameters), *operation.keys)
        for endpoint in endpoints
        for operation in endpoint.lists
    )


def in_options(error: ReamazeError) -> str:
    """An error's sentence in the words of the command line."""
    if isinstance(error, InvalidParameter):
        argument, *rest = re.split(r"(?=[ \[])", error.name, maxsplit=1)
        if _is_option(argument):
            option = f"--{argument.rstrip('_').replace('_', '-')}"
            return "".join((option, *rest, error.about))
    return error.sentence(REMEDIES)


def sentence_of(error: BaseException) -> str:
    """The sentence for an error that `FORESEEN` names."""
    return in_options(error) if isinstance(error, ReamazeError) else str(error)


def check_output() -> None:
    """Refuse to print where there is no standard output.

    Raises:
        Misuse: it is closed.
    """
    if sys.stdout is None:
        message = "Standard output is closed: there is nowhere to write to."
        raise Misuse(message)


def forget_stdout() -> None:
    """Redirect the interpreter's last flush, since the pipe behind standard output is closed."""
    if sys.stdout is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
