"""The bar on real pseudo-terminals of many kinds, and plain lines elsewhere."""

import errno
import io
import signal
from pathlib import Path

import pytest
from shells import ESCAPES, PATIENCE, Terminal, ended, started

from reamaze_async.cli.bar import Bar
from reamaze_async.cli.display import Plain
from reamaze_async.cli.progress import Moment

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


def words(sandbox):
    """An export of it."""
    return ("export", "conversations", "--base-url", sandbox.base_url, "-o", "x.ndjson")


def test_the_bar_of_a_terminal(stuck):
    """It tells how far, pages and requests; and the cursor comes back at Ctrl-C."""
    with Terminal(*words(stuck)) as terminal:
        terminal.wait_for("30 of 95 conversations")
        terminal.wait_for("page 1 of 4")
        terminal.wait_for("requests/min")
        assert "\u2501" in terminal.text
        terminal.type("\x03")
        assert terminal.end() == 130
    assert terminal.raw.count(HIDDEN) == terminal.raw.count(SHOWN) == 1
    assert terminal.text.rstrip().endswith("-o x.ndjson")
    assert "Interrupted: 30 conversations are safe" in terminal.text


def test_the_bar_gives_way_to_the_summary(beside):
    """At the end the bar is wiped off and the summary stays."""
    with Terminal(*words(beside)) as terminal:
        assert terminal.end() == 0
    first, *_ = terminal.screen.strip().splitlines()
    assert first.startswith("95 conversations in x.ndjson")
    assert "\u2501" not in terminal.screen


@pytest.mark.parametrize("columns", [1, 17, 79])
def test_a_narrow_terminal(stuck, columns):
    """No line is wider than the terminal, however narrow it is."""
    with Terminal(*words(stuck), size=(5, columns)) as terminal:
        while terminal.raw.count("\x1b[2K") < 4:
            terminal.wait_more()
        *drawn, _unfinished = ESCAPES.sub("", terminal.raw).replace("\r", "\n").split("\n")
        assert max(map(len, drawn)) <= columns
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 143


def test_a_terminal_without_a_size(stuck):
    """A terminal of 0x0, as some services have, gets a bar as if it were an ordinary one."""
    with Terminal(*words(stuck), size=(0, 0)) as terminal:
        terminal.wait_for("30 of 95 conversations")
        terminal.type("\x03")
        assert terminal.end() == 130


def test_no_color(stuck):
    """With NO_COLOR there is a bar without colours."""
    with Terminal(*words(stuck), environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("30 of 95 conversations")
        terminal.type("\x03")
        terminal.end()
    assert "\x1b[3" not in terminal.raw.replace("\x1b[3A", "")


def test_a_dumb_terminal(stuck):
    """A terminal that can't move its cursor gets plain lines, without any escape."""
    with Terminal(*words(stuck), environment={"TERM": "dumb"}) as terminal:
        terminal.wait_for("30 of 95 conversations, page 1 of 4.\r\n")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "\x1b" not in terminal.raw


def test_plain_lines_in_a_pipe(stuck):
    """Without a terminal there are plain lines: the first page is told at once."""
    process = started(*words(stuck))
    assert process.stderr is not None
    assert process.stderr.readline() == b"30 of 95 conversations, page 1 of 4.\n"
    process.terminate()
    assert ended(process).status == 143


def test_rows_and_bar_share_no_terminal(beside):
    """With `-o -` on the same terminal there is no bar that rows would tear."""
    line = ("export", "conversations", "--base-url", beside.base_url, "-o", "-")
    with Terminal(*line) as terminal:
        assert terminal.end() == 0
    assert HIDDEN not in terminal.raw


def test_rows_elsewhere_leave_the_bar(beside):
    """With `-o - > FILE` the terminal has its bar, and the file nothing but rows."""
    line = ("export", "conversations", "--base-url", beside.base_url, "-o", "-")
    with Path("rows").open("wb") as rows, Terminal(*line, stdout=rows.fileno()) as terminal:
        assert terminal.end() == 0
    assert HIDDEN in terminal.raw
    assert Path("rows").read_bytes().count(b"\n") == 95


def test_waiting_for_the_limit_is_shown(beside):
    """While a known limit holds everything up, the bar says so and counts down."""
    with Terminal(*words(beside), "--requests-per-minute", "1") as terminal:
        terminal.wait_for("Waiting for the limit, 5")
        terminal.type("\x03")
        assert terminal.end() == 130


SLOW_TO_END = """
import asyncio
from reamaze_async.__main__ import main
from reamaze_async.cli import export

async def slowly(*_, **__):
    try:
        await asyncio.Event().wait()
    finally:
        print("ending", flush=True)
        await asyncio.Event().wait()

export.export = slowly
main()
"""


def test_a_second_ctrl_c_restores_the_terminal(stuck):
    """Also who doesn't wait for the end gets the cursor back, and the command to go on."""
    with Terminal(*words(stuck), program=("-c", SLOW_TO_END)) as terminal:
        terminal.wait_for("waiting for the first page")
        terminal.type("\x03")
        terminal.wait_for("ending")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert terminal.raw.rfind(SHOWN) > terminal.raw.rfind(HIDDEN)
    assert "Interrupted: nothing was written yet; to start again:" in terminal.text


def test_a_terminal_that_is_closed(stuck):
    """Closing the window ends the export in order; what it wrote is there."""
    with Terminal(*words(stuck)) as terminal:
        terminal.wait_for("30 of 95 conversations")
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE) == 129
    assert Path("x.ndjson.part").read_bytes().count(b"\n") == 30


class Gone(io.StringIO):
    """A terminal that isn't there any more."""

    def isatty(self) -> bool:
        """It was one."""
        return True

    def write(self, _: str) -> int:
        """Fail as such a terminal does."""
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("display", [Bar, Plain])
def test_nobody_looks_any_more(monkeypatch, display):
    """An export that was let go on without its terminal isn't stopped by its own log."""
    monkeypatch.setattr("sys.stderr", Gone())
    shown = display()
    shown.show(Moment(elapsed=1.0, total_count=95, page_count=4, items=30, pages=1))
    shown.say("Warning: something")
    shown.close()
