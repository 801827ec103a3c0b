"""Signals, with real processes; and what they leave behind."""

import os
import signal
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from shells import PATIENCE, Ended, clean, ended, started, until

from reamaze_async.cli.signals import Stop
from reamaze_async.sandbox import Sandbox

PART = Path("x.ndjson.part")


def exporting(sandbox: Sandbox, *words: str, **settings: Any) -> subprocess.Popen[bytes]:
    """An export that has written page 1 and waits for the next."""
    words = ("export", "conversations", "--base-url", sandbox.base_url, *words)
    process = started(*words, **settings)
    until(lambda: PART.exists() and PART.read_bytes().count(b"\n") == 30)
    return process


@pytest.mark.parametrize(
    ("number", "word", "status"),
    [
        (signal.SIGINT, "Interrupted", 130),
        (signal.SIGTERM, "Terminated", 143),
        (signal.SIGHUP, "Hung up", 129),
    ],
)
def test_a_signal_ends_an_export_in_order(stuck, number, word, status):
    """It says what is safe and the command to go on, and nothing else."""
    process = exporting(stuck, "-o", "x.ndjson", "--quiet")
    process.send_signal(number)
    told = ended(process)
    assert (told.status, told.out) == (status, "")
    assert told.err == (
        f"{word}: 30 conversations are safe in x.ndjson.part; "
        "run the same command again to go on:\n"
        "  python -m reamaze_async export conversations "
        f"--base-url {stuck.base_url} -o x.ndjson --quiet\n"
    )


def test_the_same_command_goes_on(stuck, run):
    """After the interruption it completes the file, each conversation once."""
    process = exporting(stuck, "-o", "x.ndjson")
    process.send_signal(signal.SIGINT)
    assert ended(process).status == 130
    stuck.script = {}
    told = run("export", "conversations", "--base-url", stuck.base_url, "-o", "x.ndjson")
    assert told.status == 0
    assert "30 of them were there from an earlier run" in told.err
    assert len(set(Path("x.ndjson").read_bytes().splitlines())) == 95


def test_going_on_begins_where_it_was(stuck):
    """The second run counts what the first one has left, from its first line on."""
    for _ in range(2):
        process = exporting(stuck, "-o", "x.ndjson", "--summary", "done.json")
        assert process.stderr is not None
        assert process.stderr.readline() == b"30 of 95 conversations, page 1 of 4.\n"
        process.terminate()
        ended(process)
    assert '"resumed": 30' in Path("done.json").read_text()


def test_the_command_to_go_on_can_be_pasted(stuck):
    """Words with spaces and quotes come back quoted."""
    process = exporting(stuck, "-o", "x.ndjson", "-q", "--start-date", " 2020-01-01")
    process.send_signal(signal.SIGINT)
    assert ended(process).err.endswith("-o x.ndjson -q --start-date ' 2020-01-01'\n")


def test_the_command_to_go_on_forgets_nothing(stuck):
    """`--restart` was for the first time: going on begins where it was."""
    process = exporting(stuck, "--restart", "-o", "x.ndjson", "-q")
    process.send_signal(signal.SIGINT)
    assert ended(process).err.endswith(f"--base-url {stuck.base_url} -o x.ndjson -q\n")


def test_standard_output_cannot_be_gone_on_with(stuck):
    """With `-o -` the command starts again, and the sentence says so."""
    words = ("export", "conversations", "--base-url", stuck.base_url, "-o", "-", "-q")
    process = started(*words)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    told = ended(process)
    assert told.status == 143
    assert "what went to standard output can't be resumed; to start again:\n  python -m" in told.err


def test_a_summary_of_an_interruption(stuck):
    """Whoever watches the job by its summary sees that it was stopped, and how far it was."""
    process = exporting(stuck, "-o", "x.ndjson", "--summary", "done.json")
    process.send_signal(signal.SIGINT)
    ended(process)
    assert '"status": "interrupted"' in Path("done.json").read_text()
    assert '"items": 30' in Path("done.json").read_text()


def test_a_signal_before_the_first_page(beside):
    """Where nothing was written yet, nothing is said to be safe."""
    beside.script = lambda _: "hang"
    process = started("export", "conversations", "--base-url", beside.base_url, "-o", "x.ndjson")
    until(lambda: beside.requests)
    process.send_signal(signal.SIGINT)
    told = ended(process)
    assert told.status == 130
    assert "Interrupted: nothing was written yet; to start again:\n" in told.err


@pytest.mark.parametrize(
    ("number", "said", "status"),
    [(signal.SIGINT, "Interrupted.\n", 130), (signal.SIGTERM, "Terminated.\n", 143)],
)
def test_a_signal_ends_a_count(beside, number, said, status):
    """Other commands end by one word."""
    beside.script = lambda _: "hang"
    process = started("count", "--base-url", beside.base_url)
    until(lambda: beside.requests)
    process.send_signal(number)
    told = ended(process)
    assert (told.status, told.out, told.err) == (status, "", said)


SLOW_TO_END = """
import asyncio, sys
from reamaze_async.cli.signals import run

async def work():
    try:
        print("working", flush=True)
        await asyncio.Event().wait()
    finally:
        print("ending", flush=True)
        await asyncio.Event().wait()

run(work, lambda stop: print(stop.word, flush=True) or 99)
"""


def test_a_second_signal_waits_for_nothing():
    """Who presses Ctrl-C again is let go at once, after a last word."""
    process = started(program=("-c", SLOW_TO_END))
    assert process.stdout is not None
    assert process.stdout.readline() == b"working\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == b"ending\n"
    process.send_signal(signal.SIGINT)
    assert ended(process) == Ended(99, "Interrupted\n", "")


ASLEEP = """
import asyncio, signal, threading
from reamaze_async.cli.signals import Stopped, run

async def work():
    print("working", flush=True)
    await asyncio.Event().wait()

threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
try:
    run(work)
except Stopped as stopped:
    print(stopped, flush=True)
"""
"""Signals interrupt the other thread, not the one in which the loop sleeps."""


def test_a_signal_that_does_not_interrupt_the_sleep_of_the_loop():
    """A signal wakes the loop also when it comes just before that goes to sleep."""
    process = started(program=("-c", ASLEEP))
    assert process.stdout is not None
    assert process.stdout.readline() == b"working\n"
    process.send_signal(signal.SIGINT)
    assert ended(process) == Ended(0, "Stop.INTERRUPTED\n", "")


LATE = """
import os, signal
from reamaze_async import __main__
from reamaze_async.cli import export
from reamaze_async.cli.signals import Stop

def struck(work):
    def strike(*given):
        for which in Stop:
            os.kill(os.getpid(), which.value)
        return work(*given)
    return strike

export.Export._result = struck(export.Export._result)
os._exit = struck(os._exit)
__main__.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("export conversations --sandbox -o x.ndjson", "conversations in x.ndjson"),
        ("--version", "reamaze"),
    ],
)
def test_signals_after_the_end(words, told):
    """While the summary is told, and when all that is left is to leave, nothing stops it."""
    late = ended(started(*words.split(), program=("-c", LATE)))
    assert (late.status, told in late.out + late.err) == (0, True)


def test_nohup(stuck):
    """Who is started by nohup outlives the terminal."""
    process = exporting(
        stuck,
        "-o",
        "x.ndjson",
        "-q",
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    process.send_signal(signal.SIGHUP)
    process.terminate()
    assert ended(process).status == 143


def waiting_in(pipe) -> int:
    """Bytes that nobody has read yet."""
    return int.from_bytes(ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_does_not_read(beside, unbuffered):
    """An export whose output nobody takes can still be interrupted."""
    words = ("export", "conversations", "--base-url", beside.base_url, "-o", "-", "-q")
    environment = clean({"PYTHONUNBUFFERED": unbuffered})
    with started(*words, env=environment, pipesize=4096) as process:
        until(lambda: waiting_in(process.stdout) >= 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


# --- from the first moment on ---------------------------------------------------------------------

RAISED = "import os, sys; from reamaze_async.__main__ import hear; hear(); os.kill(os.getpid(), {})"


@pytest.mark.parametrize("stop", Stop, ids=lambda stop: stop.word)
def test_a_signal_while_the_command_loads(stop):
    """It ends at once, with the status of shells and a word, and never with a traceback."""
    told = ended(started(program=("-c", RAISED.format(int(stop.value)))))
    assert (told.status, told.err) == (stop.status, f"{stop.word}.\n")


TWICE = """
import os
from reamaze_async.cli import display, main

main.reamaze.main = display.say = lambda *_, **__: os.kill(os.getpid(), {})
main.start([])
"""


@pytest.mark.parametrize("stop", Stop, ids=lambda stop: stop.word)
def test_a_second_signal_while_the_first_is_told_of(stop):
    """It ends at once, with the status of the first, and never with a traceback."""
    told = ended(started(program=("-c", TWICE.format(int(stop.value)))))
    assert told == Ended(stop.status, "", "")


def test_what_is_loaded_before_signals_are_heard():
    """Next to nothing: it takes a third of a second, and a signal comes at any time."""
    code = "import sys; bare = {*sys.modules}; import reamaze_async.__main__; "
    code += "print(*{*sys.modules} - bare)"
    loaded = {*ended(started(program=("-c", code))).out.split()}
    assert not {"click", "msgspec", "asyncio", "reamaze_async.errors"} & loaded
    assert not {"contextlib", "importlib", "re", "typing"} & loaded


@pytest.mark.parametrize("stop", Stop, ids=lambda stop: stop.word)
def test_a_signal_that_was_ignored_at_the_start(beside, stop):
    """It stays ignored, as for a job in the background of a script that is interrupted."""
    running = []
    beside.script = lambda request: running[0].send_signal(stop.value)
    words = ("export", "conversations", "--base-url", beside.base_url, "-o", "x.ndjson", "-q")
    ignoring = {"preexec_fn": lambda: signal.signal(stop.value, signal.SIG_IGN)}
    running.append(started(*words, **ignoring))
    assert ended(running[0]).status == 0


def test_closed_streams_whose_numbers_are_taken():
    """A file never gets the number of a standard stream that was closed."""
    code = "import os; from reamaze_async.__main__ import fill_descriptors as f; f();"
    code += "n = os.open('x', os.O_CREAT); os._exit(n)"
    close = lambda: [os.close(number) for number in range(3)]  # noqa: E731 - for the child
    assert ended(started(program=("-c", code), preexec_fn=close)).status == 3
