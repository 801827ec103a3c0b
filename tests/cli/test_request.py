"""`reamaze get` and `reamaze request`: what came, on standard output, and nothing else."""

import json

import pytest
from shells import ended, started


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


def test_reader_that_has_enough(beside):
    """A closed pipe is no failure."""
    words = ("request", "/conversations", "--base-url", beside.base_url)
    process = started(*words)
    process.stdout.close()
    process.stdout = None
    assert ended(process).status == 0
