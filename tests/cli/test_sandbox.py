"""`reamaze sandbox`: what it prints, what it takes, and its end."""

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from shells import Terminal, ended, started

from reamaze_async.sandbox import Limit


@contextmanager
def sandbox(*words: str) -> Iterator[dict[str, str]]:
    """A served sandbox; what it has printed."""
    with started("sandbox", *words) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().rstrip("\n") for _ in range(4)]
        try:
            yield dict(line.split("=", 1) for line in lines)
        finally:
            process.terminate()
            assert ended(process).status == 0


def test_what_it_prints_can_be_used(run, monkeypatch):
    """Its four lines, put into the environment, let a count through."""
    with sandbox("--conversations", "31", "--port", "0") as printed:
        for name, value in printed.items():
            monkeypatch.setenv(name, value)
        assert run("count").out == "31\n"
    names = ["REAMAZE_BASE_URL", "REAMAZE_BRAND", "REAMAZE_EMAIL", "REAMAZE_API_TOKEN"]
    assert list(printed) == names


def test_an_export_finds_in(run):
    """The base URL alone is enough, whatever the seed."""
    with sandbox("--seed", "5", "--conversations", "31") as printed:
        told = run("export", "conversations", "--base-url", printed["REAMAZE_BASE_URL"], "-o", "-")
    assert told.out.count("\n") == 31


def test_the_weather(run, monkeypatch):
    """Per cent become shares, milliseconds seconds, and requests per minute a limit."""
    made: dict[str, Any] = {}

    class Made:
        def __init__(self, conversations: int, **settings: Any) -> None:
            made.update(settings, conversations=conversations)
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("reamaze_async.cli.sandbox.Sandbox", Made)
    words = ("--conversations", "7", "--seed", "3", "--port", "80", "--latency-ms", "250")
    weather = ("--churn", "10", "--faults", "2.5", "--requests-per-minute", "60")
    people = ("--contacts", "40", "--deny", "messages", "--deny", "access_reports")
    assert run("sandbox", *words, *weather, *people).status == 1
    assert (made["contacts"], made["deny"]) == (40, ("messages", "access_reports"))
    expected = {"conversations": 7, "seed": 3, "port": 80, "latency": 0.25, "churn": 0.1}
    assert made | expected | {"faults": 0.025, "limit": Limit(60)} == made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_its_proper_end(number):
    """SIGINT and SIGTERM stop it at once: exit status 0, and no word more."""
    process = started("sandbox")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    told = ended(process)
    assert (told.status, told.err) == (0, "")


def test_a_signal_with_a_request_under_way():
    """A client that waits for an answer doesn't keep it."""
    process = started("sandbox", "--latency-ms", "100000")
    assert process.stdout is not None
    port = int(process.stdout.readline().decode().strip().rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /api/v1/conversations HTTP/1.1\r\nHost: localhost\r\n\r\n")
        process.terminate()
        assert ended(process).status == 0


def test_a_port_that_is_taken():
    """One sentence, exit status 1."""
    with sandbox() as printed:
        port = printed["REAMAZE_BASE_URL"].rpartition(":")[2]
        told = ended(started("sandbox", "--port", port))
    assert (told.status, told.out, told.err.count("\n")) == (1, "", 1)
    assert told.err.startswith(f"Error: Port {port} can't be used (")


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "65536"), ("--port", "-1"), ("--conversations", "-1"), ("--churn", "101"),
        ("--faults", "-1"), ("--latency-ms", "-5"), ("--requests-per-minute", "-1"),
        ("--deny", "nothing"), ("--churn", "nan"), ("--faults", "nan"),
        ("--latency-ms", "9" * 400), ("--conversations", "9" * 9), ("--contacts", "9" * 400),
    ],
)  # fmt: skip
def test_what_cannot_be(run, words):
    """Values out of range, and words that forbid nothing, are wrong usage; the option is named."""
    told = run("sandbox", *words)
    assert (told.status, words[0] in told.err, "Churn(" in told.err) == (2, True, False)


def test_on_a_terminal_it_says_what_to_do_next():
    """Beside the four lines a terminal shows the command for the other one."""
    with Terminal("sandbox", "--conversations", "31") as terminal:
        terminal.wait_for("Serving 31 conversations until Ctrl-C.")
        terminal.wait_for("-o conversations.ndjson")
        terminal.type("\x03")
        assert terminal.end() == 0
