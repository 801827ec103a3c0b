"""`reamaze get` and `reamaze request`: what came, on standard output, and nothing else."""

import json
import os

import pytest
from shells import Terminal, ended, started


def asked(run, beside, *words):
    """Run a command on the sandbox beside."""
    return run(words[0], "--base-url", beside.base_url, *words[1:])


def test_one_item(run, beside):
    """A conversation is printed as it came."""
    slug = beside.conversations[3].slug
    told = asked(run, beside, "get", "conversations", slug)
    assert (told.status, told.err) == (0, "")
    assert slug in told.out
    assert json.loads(told.out)


@pytest.mark.parametrize(
    ("key", "status"), [("no-such-thing", 1), ("", 2), ("..", 2), ("a/../b", 1)]
)
def test_no_item(run, beside, key, status):
    """What isn't there, or names nothing, is one sentence."""
    told = asked(run, beside, "get", "conversations", key)
    assert (told.status, told.out, told.err.count("\n")) == (status, "", 1)


@pytest.mark.parametrize(
    "words", [["/conversations"], ["GET", "/conversations"], ["get", "/conversations"]]
)
def test_any_endpoint(run, beside, words):
    """The body as it came; GET unless said."""
    told = asked(run, beside, "request", *words, "--param", "filter=open", "--param", "page=2")
    assert told.status == 0
    assert "page_count" in json.loads(told.out)
    assert beside.requests[-1].params == {"filter": "open", "page": "2"}


@pytest.mark.parametrize(
    "words",
    [
        ["FETCH", "/conversations"],
        ["GET", "/conversations", "x"],
        ["/conversations", "--param", "filter"],
        ["/conversations", "--param", "a=1", "--param", "a=2"],
        ["PUT", "/conversations/a", "--json", "{"],
        ["PUT", "/conversations/a", "--json", '{"conversation": {"data": {"a": NaN}}}'],
        [],
    ],
)
def test_asked_wrongly(run, beside, words):
    """It is refused before anything is asked."""
    told = asked(run, beside, "request", *words)
    assert (told.status, beside.requests) == (2, [])


def test_a_write(run, beside):
    """A body is sent as it was given."""
    slug = beside.conversations[0].slug
    body = json.dumps({"conversation": {"status": 2}})
    told = asked(run, beside, "request", "PUT", f"/conversations/{slug}", "--json", body)
    assert told.status == 0
    assert {c.slug: c.status for c in beside.conversations}[slug] == 2


def test_body_that_ends_without_a_line_break(beside):
    """A file or a pipe gets it as it came, a terminal a line break behind it."""
    words = ("request", "/conversations", "--base-url", beside.base_url)
    assert ended(started(*words)).out.endswith("}")
    with Terminal(*words) as terminal:
        assert terminal.end() == 0
    assert terminal.raw.endswith("}\r\n")


DRY = ("-o", "x.sqlite", "--dry-run")


@pytest.mark.parametrize(
    "words",
    [
        ["request", "/conversations"], ["count"],
        ["export", "all", *DRY], ["export", "messages", *DRY],
    ],
)  # fmt: skip
def test_answer_that_has_nowhere_to_go(beside, words):
    """Closed standard output is wrong usage, and nothing is asked."""
    process = started(*words, "--base-url", beside.base_url, preexec_fn=lambda: os.close(1))
    told = ended(process)
    assert (told.status, beside.requests) == (2, [])
    assert told.err == "Error: Standard output is closed: there is nowhere to write to.\n"


def test_reader_that_has_enough(beside):
    """A closed pipe is no failure."""
    words = ("request", "/conversations", "--base-url", beside.base_url)
    process = started(*words)
    process.stdout.close()
    process.stdout = None
    assert ended(process).status == 0
