"""Running the command as a user does: in this process, in one of its own, and on a terminal."""

import asyncio
import contextlib
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from typing import Any

import reamaze_async
from reamaze_async.sandbox import Sandbox

running: list[subprocess.Popen[bytes]] = []
"""Processes that were started."""

PATIENCE = 200.0
"""Seconds after which a test has failed, rather than something being slow."""

THE_COMMAND = ("-m", "reamaze_async")
ON_A_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
STROKES = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def clean(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any account, and with something more."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("REAMAZE_")}
    for name in (
        "NO_COLOR",
        "FORCE_COLOR",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "COLUMNS",
        "LINES",
    ):
        ours.pop(name, None)
    found = {"PYTHONPATH": str(Path(reamaze_async.__file__).parents[1])}
    return ours | found | {"TERM": "xterm-256color"} | dict(environment or {})


def started(
    *words: str, program: tuple[str, ...] = THE_COMMAND, **settings: Any
) -> subprocess.Popen[bytes]:
    """The command, or another program, in a process of its own, its three streams in pipes."""
    settings = {"env": clean()} | settings
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, *program, *words]
    process = subprocess.Popen(command, **(pipes | settings))
    running.append(process)
    return process


def stop_all() -> None:
    """End what a failed test has left."""
    while running:
        with running.pop() as process:
            process.kill()


def ended(process: subprocess.Popen[bytes]) -> Ended:
    """Wait for the end."""
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


class Terminal:
    """The command on a pseudo-terminal of its own, which is its controlling one.

    Args:
        words: of the command.
        size: rows and columns.
        environment: what else is set.
        stdout: where standard output goes instead.
        stderr: likewise.
        program: what Python runs instead of the command.
    """

    def __init__(
        self,
        *words: str,
        size: tuple[int, int] = (24, 80),
        environment: Mapping[str, str] | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        program: tuple[str, ...] = THE_COMMAND,
    ) -> None:
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_A_TERMINAL, *program, *words],
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs if stderr is None else stderr,
            env=clean(environment),
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = ""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()

    @property
    def text(self) -> str:
        """What was written, without the escapes."""
        return ESCAPES.sub("", self.raw)

    @property
    def screen(self) -> str:
        """What can be seen, on a terminal that is high enough."""
        lines: dict[int, str] = {}
        row = column = 0
        for numbers, command, move, text in STROKES.findall(self.raw):
            if text:
                line = lines.get(row, "").ljust(column)
                lines[row] = line[:column] + text + line[column + len(text) :]
            column = 0 if move == "\r" else column + len(text)
            row += (move == "\n") - (int(numbers or 1) if command == "A" else 0)
            if command == "K":
                lines[row] = ""
        return "\n".join(lines[row].rstrip() for row in sorted(lines))

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._ours, text.encode())

    def wait_for(self, text: str) -> None:
        """Read on until something is there to be seen."""
        while text not in self.text:
            assert self._read(), f"{text!r} never came: {self.raw!r}"

    def hang_up(self) -> None:
        """Close the window."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def wait_more(self) -> None:
        """Read on once."""
        assert self._read(), f"it ended: {self.raw!r}"

    @property
    def echoes(self) -> bool:
        """Whether keys are shown."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def end(self) -> int:
        """Read to the end; the exit status."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], PATIENCE)
        assert ready, f"silence after {self.raw!r}"
        # A terminal whose last user has gone answers by an error on Linux.
        with contextlib.suppress(OSError):
            if chunk := os.read(self._ours, 65536):
                self.raw += chunk.decode(errors="replace")
                return True
        return False


@contextlib.contextmanager
def served(*arguments: Any, **settings: Any) -> Iterator[Sandbox]:
    """A sandbox in a thread of its own, for commands that hold this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    sandbox = Sandbox(*arguments, **({"size": "small"} | settings))
    try:
        asyncio.run_coroutine_threadsafe(sandbox.start(), loop).result(PATIENCE)
        yield sandbox
    finally:
        asyncio.run_coroutine_threadsafe(sandbox.close(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()
