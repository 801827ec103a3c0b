"""`reamaze export threads`, to files and to standard output."""

import json
from pathlib import Path

from thread_reading import snapshot

from reamaze_async.sandbox import Flaw

ASKED = ("export", "threads", "--base-url")


def slugs(text: str) -> list[str]:
    """The slugs of the threads in NDJSON, line by line."""
    return [json.loads(line)["conversation"]["slug"] for line in text.splitlines()]


def test_thread_left_out_of_the_file(run, beside):
    """All threads, archived ones included, once each, in order; nothing is left beside the file."""
    told = run(*ASKED, beside.base_url, "-o", "x.ndjson")
    assert told.status == 0
    assert slugs(Path("x.ndjson").read_text()) == list(snapshot(beside))
    assert "95 threads in x.ndjson" in told.err
    assert list(Path().iterdir()) == [Path("x.ndjson")]


def test_standard_output_holds_threads_and_nothing_else(run, beside):
    """With `-o -` each line of standard output is a thread."""
    told = run(*ASKED, beside.base_url, "-o", "-", "--way", "each")
    assert slugs(told.out) == list(snapshot(beside))
    assert not any(Path().iterdir())


def test_condition_that_nobody_hears(run, beside):
    """The conditions are those of conversations; the HTML comes if it is asked for."""
    words = ("--filter", "open", "--include-original-body", "-o", "-")
    told = run(*ASKED, beside.base_url, *words)
    opened = [it.slug for it in beside.conversations if it.status == 0]
    assert slugs(told.out) == opened
    assert '"original_body":"' in told.out


def test_format_without_threads(run):
    """Another format, columns, and an order that can't be joined: refused before a request."""
    for words, said in (
        (("-o", "x.csv"), "threads are NDJSON"),
        (("-o", "x.ndjson", "--columns", "slug"), "leave that out"),
        (("-o", "x.ndjson", "--way", "together", "--sort", "changed"), "leave --sort out"),
        (("-o", "x.ndjson", "--conversation", "x"), "no option of threads"),
    ):
        told = run("export", "threads", "--sandbox", *words)
        assert (told.status, said in told.err) == (2, True), told.err
    assert not any(Path().iterdir())


def test_dry_run_that_forgets_the_messages(run, beside):
    """The estimate counts the pages of messages too, and writes nothing."""
    for way, pages in (("each", 4 + 95), ("together", 4 + len(beside.messages) // 30 + 1)):
        told = run(*ASKED, beside.base_url, "-o", "x.ndjson", "--dry-run", "--way", way)
        assert told.out.startswith(f"95 threads on {pages} pages would go to x.ndjson")


def test_merged_threads_without_a_way_out(run, beside):
    """Where conversations were merged, the error names the way that brings all of them."""
    young, old = beside.conversations[2].slug, beside.conversations[90].slug
    beside.world.merge(old, young)
    beside.world.change(young, message_count=0)
    told = run(*ASKED, beside.base_url, "-o", "x.ndjson", "--way", "together")
    assert told.status == 1
    assert f"in the thread {young}" in told.err
    assert "--restart --way each" in told.err


def test_file_that_is_there(run):
    """A file that is there is replaced only with `--force`."""
    Path("x.ndjson").touch()
    assert run("export", "threads", "--sandbox", "-o", "x.ndjson").status == 1
    assert run("export", "threads", "--sandbox", "-o", "x.ndjson", "--force", "-q").status == 0


def test_message_that_no_going_on_brings(run, beside):
    """A message that can't be read is told with its place, in each run, and with what helps."""
    newest = sorted(beside.messages, key=lambda one: (one.created, one.id), reverse=True)
    beside.flaws[str(newest[33].id)] = Flaw.NULL
    beside.world.change(newest[33].conversation.slug, message_count=0)
    words = (*ASKED, beside.base_url, "-o", "x.ndjson", "--way", "together", "-q")
    for told in (run(*words), run(*words)):
        assert (told.status, "page 2 at $.messages[3]" in told.err) == (1, True)
        assert "--allow-incomplete takes what there is. Once the server" in told.err
        assert "--restart reads all anew" in told.err
    assert run(*words, "--allow-incomplete").status == 0
