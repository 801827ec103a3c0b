"""`reamaze sync`: a database that is kept like a list, from the command line."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from shells import Ended, ended, served, started, until

from reamaze_async.cli.login import SANDBOX
from reamaze_async.sandbox import Answer, Churn, Sandbox
from reamaze_async.syncing.tables import rows_in

LONG = bool(os.environ.get("REAMAZE_LONG"))
REFUSAL = Answer(422, b'{"errors": {"page": ["is unlucky"]}}', {"Content-Type": "application/json"})
"""Something that no second try mends."""

START = "import sys; from reamaze_async.cli.main import start; sys.exit(start(sys.argv[1:]))"

Sync = Callable[..., Ended]
FILE = Path("x.sqlite")


def rows(path: Path = FILE) -> list[str]:
    """The conversations in a database, each as it was sent."""
    with closing(sqlite3.connect(path)) as base:
        return [raw for (raw,) in base.execute("SELECT raw FROM conversations ORDER BY slug")]


def truth(sandbox: Sandbox) -> list[str]:
    """The same of the world."""
    there = sorted(sandbox.conversations, key=lambda found: found.slug)
    return [found.encoded().decode() for found in there]


def words(sandbox: Sandbox, *more: str) -> tuple[str, ...]:
    """The command."""
    return ("sync", "conversations", "--base-url", sandbox.base_url, "-o", str(FILE), *more)


@pytest.fixture
def sync(run, beside: Sandbox) -> Sync:
    """Runs the command against the sandbox beside: `sync("--quiet")`."""
    return lambda *more: run(*words(beside, *more))


# --- what it does ---------------------------------------------------------------------------------


def test_the_first_run_exports(sync, beside):
    """All conversations are in the file, and nothing else is left."""
    told = sync()
    assert (told.status, told.out) == (0, "")
    assert rows() == truth(beside)
    assert list(Path().iterdir()) == [FILE]


def test_a_later_run_takes_in_what_has_changed(sync, beside):
    """What is new, different or gone is in the file and in the summary."""
    sync()
    beside.world.create(), beside.world.touch(), beside.world.delete()
    told = sync()
    assert told.err.splitlines()[-3:-1] == [
        "95 conversations in x.sqlite",
        "1 new, 1 changed, 1 gone",
    ]
    assert rows() == truth(beside)


def test_nothing_new(sync):
    """That is told in three lines, at the cost of a request."""
    sync()
    first, second, third = sync().err.splitlines()[-3:]
    assert (first, second) == ("95 conversations in x.sqlite", "nothing new")
    assert third.startswith("1 request in ")


def test_quiet_as_cron_wants_it(sync):
    """With `--quiet` no run says a word, whether it reads all, some or nothing."""
    for _ in range(2):
        assert sync("--quiet") == Ended(0, "", "")


def test_narrowed_by_conditions(sync, beside):
    """The filters of an export say what the database follows."""
    sync("--filter", "open", "--tag", "vip")
    assert beside.requests[-1].params | {"filter": "open", "tag": "vip"} == (
        beside.requests[-1].params
    )
    told = sync("--filter", "open")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "it follows another list" in told.err
    assert told.err.endswith("remove it, or name another file.\n")


@pytest.mark.parametrize("more", [["--reconcile"], ["--reconcile-after", "0"]])
def test_read_whole_when_asked(sync, more):
    """A whole reading can be had at once, or after some days."""
    sync()
    assert "the whole list read" in sync(*more).err
    assert "the whole list read" not in sync("--reconcile-after", "0.5").err


def test_feed(sync, beside):
    """`--feed` keeps a table of what has changed and gone."""
    sync("--feed")
    beside.world.delete(), beside.world.create()
    sync()
    with closing(sqlite3.connect(FILE)) as base:
        told = base.execute("SELECT gone FROM feed WHERE seq > 95 ORDER BY gone").fetchall()
    assert told == [(0,), (1,)]


def test_every_resource_in_one_file(run, sync, beside):
    """Messages and others go into the same file, with the options of their list."""
    sync("--quiet")
    told = run("sync", "messages", *words(beside)[2:])
    assert f"{len(beside.messages):,} messages in x.sqlite\n" in told.err
    assert run("sync", "satisfaction-ratings", *words(beside, "--rating", "5")[2:]).status == 0
    with closing(sqlite3.connect(FILE)) as base:
        [(count,)] = base.execute("SELECT count(*) FROM messages")
        ratings = base.execute("SELECT DISTINCT rating FROM satisfaction_ratings").fetchall()
    assert (count, ratings) == (len(beside.messages), [(5,)])
    assert rows() == truth(beside)


def test_feed_of_messages(run, beside):
    """Only conversations have a feed: wrong usage, before anything is asked."""
    told = run("sync", "messages", *words(beside, "--feed")[2:])
    assert (told.status, beside.requests) == (2, [])
    assert "--feed tells of conversations alone" in told.err


def test_summary_for_machines(sync, beside):
    """`--summary` tells the same as JSON, of a failure too."""
    sync("--summary", "done.json")
    expected = {"status": "done", "items": 95, "added": 95, "was_read_whole": True}
    noted = json.loads(Path("done.json").read_text())
    assert noted | expected == noted
    beside.script = lambda _: REFUSAL
    told = sync("--summary", "done.json")
    noted = json.loads(Path("done.json").read_text())
    assert (noted["status"], noted["requests"], noted["path"]) == ("failed", 1, "x.sqlite")
    assert noted["error"] in told.err


# --- what it refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "status", "sentence"),
    [
        (["-o", "-"], 2, "-o -: a sync keeps a database: name a file that ends in .sqlite, "),
        (["-o", "x.csv"], 2, "name a file that ends in .sqlite"),
        (["-o", "missing/x.sqlite"], 1, "there is no folder 'missing'"),
        (["-o", "folder.sqlite"], 1, "it is a folder"),
        (["-o", ""], 2, "-o '' is empty: name a file."),
        (["-o", "y" * 236 + ".sqlite"], 1, "its name is too long for '.sync.lock-satisfaction_ra"),
        (["--reconcile-after", "nan"], 2, "nan is no number: give one."),
        (["-o", "old.sqlite"], 1, "old.sqlite-journal stands beside it"),
        (["--summary", "x.sqlite"], 2, "--summary and -o name the same file"),
        (["--summary", "x.sqlite.sync"], 2, "or what is kept beside it"),
        (["--summary", "x.sqlite.sync.lock"], 2, "or what is kept beside it"),
        (["--summary", "x.sqlite.sync.lock-messages"], 2, "or what is kept beside it"),
        (["--summary", "x.sqlite-wal"], 2, "or what is kept beside it"),
        (["--reconcile-after", "-1"], 2, "-1.0 is not in the range x>=0"),
        (["--sort", "changed"], 2, "--sort"),
    ],
)
def test_what_cannot_be_is_refused_first(sync, beside, more, status, sentence):
    """What can't be synced to is refused before the first request, in one sentence."""
    Path("folder.sqlite").mkdir()
    Path("old.sqlite-journal").touch()
    told = sync(*more)
    assert (told.status, sentence in told.err) == (status, True)
    assert beside.requests == []


def test_item_that_no_going_on_brings(sync, beside):
    """Where the same command again brings no more, it is said how to do without."""
    beside.flaws[beside.conversations[40].slug] = b"null"
    told = sync("--quiet")
    assert (told.status, "--allow-incomplete takes what there is" in told.err) == (1, True)
    assert (sync("--quiet", "--allow-incomplete").status, len(rows())) == (0, 94)


def test_shortage_that_cron_never_hears_of(sync, beside):
    """Rows that may be missing are told by a quiet run, too, unless that is allowed."""
    first, second = (found.slug for found in beside.conversations[10:12])
    beside.flaws[first] = lambda item: item | {"slug": second}
    lacking = "Warning: x.sqlite: 1 fewer than the server counts: they may be missing. "
    told = [sync("--quiet"), sync("--quiet"), sync("--quiet", "--reconcile", "--allow-incomplete")]
    assert [(one.status, one.err.startswith(lacking)) for one in told] == [(0, 1), (0, 1), (0, 0)]
    beside.flaws.clear()
    beside.world.touch(first)
    assert (sync("--quiet").err, rows()) == ("", truth(beside))


def test_file_that_cron_waits_for(run, sync, beside):
    """A quiet run tells where its rows are while the file waits for another resource."""
    beside.script = {(3, 1): REFUSAL}
    assert sync("--quiet").status == 1
    told = run("sync", "staff", *words(beside)[2:], "--quiet")
    sentence = "x.sqlite.sync waits for a name until all resources in it have been synced.\n"
    assert (told.status, told.err.startswith("Warning: "), told.err[-len(sentence) :]) == (
        0,
        True,
        sentence,
    )


def test_shortage_that_cron_hears_of_each_minute(sync, beside):
    """A quiet run tells of it after reading the whole list, and no more while nothing is new."""
    first, second = (found.slug for found in beside.conversations[10:12])
    beside.flaws[first] = lambda item: item | {"slug": second}
    told = [bool(sync("--quiet", *more).err) for more in ([], [], [], [], ["--reconcile"])]
    assert told == [True, True, False, False, True]


def test_a_file_that_an_export_has_made(run, sync, beside):
    """It doesn't say which list it is of: it is refused with the remedy, and stays."""
    run("export", "conversations", "--base-url", beside.base_url, "-q", "-o", str(FILE))
    before = FILE.read_bytes()
    told = sync()
    sentence = "an export has made it, which a sync can't go on with: remove it, or name another "
    assert (told.status, told.err) == (1, f"Error: x.sqlite: {sentence}file.\n")
    assert FILE.read_bytes() == before


def test_wrong_credentials(sync, monkeypatch):
    """A refusal names what to check, and leaves nothing behind that is in the way."""
    monkeypatch.setenv("REAMAZE_API_TOKEN", "another-token")
    told = sync()
    assert (told.status, "HTTP 403" in told.err, FILE.exists()) == (1, True, False)
    monkeypatch.delenv("REAMAZE_API_TOKEN")
    assert sync().status == 0


def test_another_process_at_it(run, stuck):
    """It is left to that one: a sentence that says what cron wants, or silence and status 0."""
    first = started(*words(stuck))
    until(lambda: len(stuck.requests) > 2)
    told = run(*words(stuck, "-q"))
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "another process is syncing it" in told.err
    assert told.err.endswith("under cron, give --unless-running.\n")
    assert run(*words(stuck, "-q", "--unless-running")) == Ended(0, "", "")
    assert (
        run(*words(stuck, "--unless-running")).err == "x.sqlite: another process is syncing it.\n"
    )
    first.terminate()
    assert ended(first).status == 143


# --- what stops it --------------------------------------------------------------------------------


def test_a_failure_tells_what_is_safe(sync, beside):
    """What came before is kept, and the one line says where and how to go on."""
    beside.script = {(3, 1): REFUSAL}
    told = sync("-q")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "60 conversations are safe in x.sqlite.sync; run the same command again" in told.err
    beside.script = {}
    beside.requests.clear()
    assert "95 conversations in x.sqlite\n35 new\n" in sync().err
    assert len(beside.requests) < 5


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(stuck, signum):
    """It ends in order, with the command to go on."""
    process = started(*words(stuck, "-q"))
    until(lambda: rows_in(Path("x.sqlite.sync")))
    process.send_signal(signum)
    told = ended(process)
    assert told.status == 128 + signum
    assert "30 conversations are safe in x.sqlite.sync; run the same command again" in told.err
    assert told.err.endswith(f"sync conversations --base-url {stuck.base_url} -o x.sqlite -q\n")


def test_a_full_disk(sync, beside):
    """One sentence with the remedy; nothing is lost, and with room again the rest comes."""
    sync()
    size = FILE.stat().st_size
    for _ in range(60):
        beside.world.create()
    full = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({size}, {size})); {START}"
    told = ended(started(*words(beside), program=("-c", full)))
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "What was written is kept: mend that, and run the same command again." in told.err
    assert len(rows()) >= 95
    assert sync().status == 0
    assert rows() == truth(beside)


def kill_after(sandbox: Sandbox, requests: int) -> None:
    """Run the command until the server has seen so many requests, or to its end."""
    process = started(*words(sandbox, "-q"))
    enough = len(sandbox.requests) + requests
    until(lambda: len(sandbox.requests) >= enough or process.poll() is not None)
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_killed_at_any_moment():
    """However often it is killed, with a life of its own between, the next run makes it true."""
    luck = Random(8)
    with served(400, seed=3, token=SANDBOX.token.reveal()) as sandbox:
        for _ in range(60 if LONG else 6):
            kill_after(sandbox, luck.randrange(1, 12))
            for _ in range(luck.choice((0, 2, 40))):
                Churn(mixed=1.0).apply(sandbox.world, luck)
        assert ended(started(*words(sandbox, "-q"))) == Ended(0, "", "")
        assert rows() == truth(sandbox)
        assert list(Path().iterdir()) == [FILE]
