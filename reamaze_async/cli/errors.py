"""Every foreseeable error as one sentence and an exit status."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

import click

from reamaze_async.errors import InvalidParameter, ReamazeError
from reamaze_async.wire.parameters import CONVERSATIONS

from .display import say
from .signals import Stop, Stopped


class Failure(click.ClickException):
    """The command failed: exit status 1."""


class Misuse(click.ClickException):
    """The command was used wrongly: exit status 2."""

    exit_code = 2


FORESEEN = (ReamazeError, OSError, click.ClickException, click.Abort, KeyboardInterrupt, Stopped)
"""Errors that `report` explains; any other is a bug of ours and keeps its traceback."""


def report(trouble: BaseException) -> int:
    """Explain an error in one line on standard error, and return the exit status."""
    match trouble:
        case BrokenPipeError():
            # Whoever reads our output has had enough: that is an end, and no failure.
            forget_stdout()
            return 0
        case click.ClickException():
            with suppress(OSError):
                trouble.show()
            return trouble.exit_code
        case Stopped():
            say(f"{trouble.stop.word}.")
            return trouble.stop.status
        case KeyboardInterrupt() | click.Abort():
            return report(Stopped(Stop.INTERRUPTED))
        case InvalidParameter():
            return report(Misuse(in_options(str(trouble))))
        case OSError(filename=None) if not isinstance(trouble, ReamazeError):
            return report(Failure(no_output(trouble)))
    return report(Failure(in_options(str(trouble))))


def no_output(error: OSError) -> str:
    """The sentence for an error of standard output."""
    reason = (error.strerror or str(error)).lower()
    return f"Standard output can't be written to: {reason}. Mend that and start again."


_IN_OPTIONS = {
    "give the session a longer `timeout`": "give a longer --timeout",
    "give the session a larger `max_response`": "give a larger --max-response",
    "`session.request()` hands": "in Python, `session.request()` hands",
    "with drift='verify'": "with --verify",
    "replace it by force": "give --force to replace it",
    "`restart=True`": "--restart",
    "restart=True": "--restart",
    "sync again": "run the same command again",
    "run the same export again": "run the same command again",
    "`base_url`": "--base-url",
}


_ARGUMENTS = [parameter.name for parameter in CONVERSATIONS]
_ARGUMENTS += ["brand", "email", "base_url", "timeout", "max_response"]
_NAME = re.compile(rf"(?:^|(?<= is after ))({'|'.join(_ARGUMENTS)})(?=[=\[]| key=)")


def in_options(sentence: str) -> str:
    """A sentence of the library in the words of the command line."""
    for said, meant in _IN_OPTIONS.items():
        sentence = sentence.replace(said, meant)
    return _NAME.sub(lambda found: f"--{found[1].rstrip('_').replace('_', '-')}", sentence)


def forget_stdout() -> None:
    """Redirect the interpreter's last flush, since the pipe behind standard output is closed."""
    if sys.stdout is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
