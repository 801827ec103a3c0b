"""`reamaze export`, to files and to standard output."""

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from shells import clean, ended, served, started

from reamaze_async import IncompleteListing, RateLimit
from reamaze_async.cli import export, sessions, signals
from reamaze_async.cli import run as job
from reamaze_async.cli.login import SANDBOX
from reamaze_async.cli.summary import size
from reamaze_async.sandbox import Answer, Habits, Limit

FILE = ("-o", "x.ndjson")
REFUSAL = Answer(422, b'{"errors": {"page": ["is unlucky"]}}', {"Content-Type": "application/json"})
"""Something that no second try mends."""


def slugs(text: str) -> list[str]:
    """The slugs of NDJSON, line by line."""
    return [json.loads(line)["slug"] for line in text.splitlines()]


def test_every_conversation_is_in_the_file(run, beside):
    """All of them, archived ones included, once each, in order; and nothing is left beside it."""
    told = run("export", "conversations", "--base-url", beside.base_url, *FILE)
    assert told.status == 0
    assert slugs(Path("x.ndjson").read_text()) == [found.slug for found in beside.conversations]
    assert list(Path().iterdir()) == [Path("x.ndjson")]
    assert told.out == ""


def test_the_sandbox_inside_needs_no_account(run):
    """`--sandbox` asks for nothing and exports everything it has."""
    told = run("export", "conversations", "--sandbox", *FILE)
    assert (told.status, told.out) == (0, "")
    assert len(slugs(Path("x.ndjson").read_text())) == 95


def test_the_sandbox_inside_is_large_enough(monkeypatch):
    """Unpatched, it holds at least 500 conversations, as the README says."""
    process = started("export", "conversations", "--sandbox", "-o", "-")
    assert len(slugs(ended(process).out)) >= 500


def test_the_summary_fits_on_a_screen(run, beside):
    """How many, where, how fast, at what cost; a line each."""
    told = run("export", "conversations", "--base-url", beside.base_url, *FILE)
    first, *rest = told.err.splitlines()[-3:]
    assert first == f"95 conversations in x.ndjson ({size(Path('x.ndjson').stat().st_size)})"
    assert rest[0].startswith("4 pages in ")
    assert rest[1] == "4 requests"


def test_quiet_says_nothing(run):
    """With `--quiet` all streams stay empty."""
    told = run("export", "conversations", "--sandbox", "--quiet", *FILE)
    assert (told.status, told.out, told.err) == (0, "", "")


def test_quiet_still_tells_of_errors(run):
    """An error is said all the same, in one line."""
    Path("x.ndjson").touch()
    told = run("export", "conversations", "--sandbox", "--quiet", *FILE)
    assert told.status == 1
    assert told.err.count("\n") == 1


def test_standard_output_holds_rows_and_nothing_else(run, beside):
    """With `-o -` each line of standard output is a conversation; the rest is on the other one."""
    told = run("export", "conversations", "--base-url", beside.base_url, "-o", "-")
    assert told.status == 0
    assert slugs(told.out) == [found.slug for found in beside.conversations]
    assert "95 conversations in standard output" in told.err
    assert not any(Path().iterdir())


def test_a_reader_that_has_enough_is_no_failure():
    """`| head` ends the export quietly: no error, no traceback, exit status 0."""
    with served(3000, token=SANDBOX.token.reveal()) as sandbox:
        words = ("export", "conversations", "--base-url", sandbox.base_url, "-o", "-", "-q")
        with started(*words) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b'{"subject":')
            process.stdout.close()
            assert process.stderr is not None
            assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_only_ndjson_goes_to_standard_output(run, beside):
    """Another format is refused for it, before anything is asked."""
    told = run(
        "export", "conversations", "--base-url", beside.base_url, "-o", "-", "--format", "csv"
    )
    assert (told.status, told.err) == (2, "Error: -o - writes NDJSON: for csv, name a file.\n")
    assert beside.requests == []


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["-o", "there.ndjson"], 1, "give --force to replace it"),
        (["-o", "x.docx"], 2, "has no known ending"),
        (["-o", "missing/x.ndjson"], 1, "there is no folder 'missing'"),
        (["-o", "folder"], 1, "it is a folder: name a file in it, such as 'folder/conversations."),
        (["-o", "folder/"], 1, "it is a folder: name a file in it, such as 'folder/conversations."),
        (["-o", "."], 1, "it is a folder: name a file in it, such as 'conversations.ndjson'"),
        (
            ["-o", "new.csv/"],
            1,
            "it is a folder: name a file in it, such as 'new.csv/conversations.",
        ),
        (["-o", ""], 2, "-o '' is empty: name a file."),
        (["-o", "/dev/null"], 1, "it is a device or a pipe: name a file."),
        (
            ["-o", "in-the-way.csv"],
            1,
            "it can't be opened: is a directory. Mend that, or name another file.",
        ),
        (["-o", "x.ndjson", "--summary", "missing/s.json"], 2, "--summary 'missing/s.json'"),
        (["-o", "x.ndjson", "--summary", "./x.ndjson"], 2, "--summary and -o name the same file"),
        ([], 2, "Missing option '-o' / '--output'"),
    ],
)
def test_what_cannot_be_written_is_refused_first(run, beside, words, status, sentence):
    """A file that can't be is refused before the first request, in one sentence."""
    Path("there.ndjson").touch()
    Path("folder").mkdir(), Path("in-the-way.csv.part").mkdir()
    told = run("export", "conversations", "--base-url", beside.base_url, *words)
    assert told.status == status
    assert sentence in told.err
    assert beside.requests == []


def test_force_replaces(run):
    """With `--force` the old file gives way to the new one."""
    Path("x.ndjson").write_text("old")
    assert run("export", "conversations", "--sandbox", "--force", *FILE).status == 0
    assert len(slugs(Path("x.ndjson").read_text())) == 95


def test_the_ending_names_the_format(run):
    """`.ndjson.gz` is compressed."""
    assert run("export", "conversations", "--sandbox", "-o", "x.ndjson.gz").status == 0
    with gzip.open("x.ndjson.gz", "rt") as file:
        assert len(slugs(file.read())) == 95


def test_a_format_that_is_said(run):
    """`--format` says it where the ending doesn't."""
    assert run("export", "conversations", "--sandbox", "-o", "x.txt", "--format", "csv").status == 0
    assert len(Path("x.txt").read_text().splitlines()) > 95


def test_a_signal_after_the_end(run, monkeypatch):
    """A signal that comes when the file is complete has nothing left to stop."""

    def run_and_stop(*works: Any) -> None:
        signals.run(*works)
        raise signals.Stopped(signals.Stop.TERMINATED)

    monkeypatch.setattr(job, "run", run_and_stop)
    told = run("export", "conversations", "--sandbox", *FILE)
    assert told.status == 0
    assert "95 conversations in x.ndjson" in told.err


def test_verify_reads_twice(run, beside):
    """`--verify` costs a second reading, finds the same, and calls it no duplicates."""
    words = ("--base-url", beside.base_url, "--verify", "-o", "-")
    told = run("export", "conversations", *words)
    assert len(slugs(told.out)) == 95
    assert "duplicates" not in told.err
    assert len(beside.requests) >= 8


def test_concurrency(run):
    """Never more requests are under way than allowed."""
    with served(300, token=SANDBOX.token.reveal(), latency=0.05) as sandbox:
        words = ("--base-url", sandbox.base_url, "--concurrency", "3", *FILE)
        assert run("export", "conversations", *words).status == 0
        assert sandbox.most_in_flight == 3


def test_requests_per_minute_is_kept(run, monkeypatch):
    """Under a limit that is known the server never has to refuse."""
    minute = 0.5
    monkeypatch.setattr(sessions, "RateLimit", lambda requests: RateLimit(requests, per=minute))
    limit = Limit(4, per=minute, window="sliding")
    with served(300, token=SANDBOX.token.reveal(), limit=limit) as sandbox:
        words = ("--base-url", sandbox.base_url, "--requests-per-minute", "4", *FILE)
        assert run("export", "conversations", *words).status == 0
        assert {request.status for request in sandbox.requests} == {200}


# --- the summary for machines -------------------------------------------------------------------


def test_summary_as_json(run, beside):
    """`--summary` writes what was done, for those who watch jobs."""
    words = ("--base-url", beside.base_url, "--summary", "done.json", *FILE)
    assert run("export", "conversations", *words).status == 0
    told = json.loads(Path("done.json").read_text())
    expected = {"status": "done", "items": 95, "pages": 4, "requests": 4, "path": "x.ndjson"}
    assert told | expected == told


def test_summary_on_standard_output(run):
    """`--summary -` writes the same to standard output, for a pipe; no file gets that name."""
    told = run("export", "conversations", "--sandbox", "-q", "--summary", "-", *FILE)
    assert (told.status, json.loads(told.out)["items"]) == (0, 95)
    assert list(Path().iterdir()) == [Path("x.ndjson")]


def test_summary_of_a_reader_that_has_enough():
    """`| head` ends the export well, and the summary says how far it came."""
    with served(3000, token=SANDBOX.token.reveal()) as sandbox:
        words = ("--base-url", sandbox.base_url, "-o", "-", "-q", "--summary", "done.json")
        with started("export", "conversations", *words) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.wait() == 0
    told = json.loads(Path("done.json").read_text())
    assert (told["status"], told["items"] < 3000) == ("closed", True)


def test_summary_of_a_failure(run, beside):
    """A failed export leaves a summary too, with the reason and the numbers so far."""
    beside.script = {(3, 1): REFUSAL}
    words = ("--base-url", beside.base_url, "--summary", "done.json", *FILE)
    told = run("export", "conversations", *words)
    noted = json.loads(Path("done.json").read_text())
    assert (told.status, noted["status"], noted["items"]) == (1, "failed", 60)
    assert noted["error"] in told.err


def test_a_summary_that_cannot_be_written(run, beside):
    """The export is done all the same; a warning says what is missing."""
    Path("sub").mkdir()
    beside.before = lambda _: shutil.rmtree("sub", ignore_errors=True)
    words = ("--base-url", beside.base_url, "--summary", "sub/done.json", "-q", *FILE)
    told = run("export", "conversations", *words)
    assert told.status == 0
    assert told.err.startswith("Warning: --summary could not be written: ")


# --- failures -----------------------------------------------------------------------------------


def test_a_failure_tells_what_is_safe(run, beside):
    """What came before is kept, and the one line says where and how to go on."""
    beside.script = {(3, 1): REFUSAL}
    told = run("export", "conversations", "--base-url", beside.base_url, "-q", *FILE)
    assert told.status == 1
    assert told.err.count("\n") == 1
    assert "60 conversations are safe in x.ndjson.part; run the same command again" in told.err
    assert run("export", "conversations", "--base-url", beside.base_url, *FILE).status == 0
    assert slugs(Path("x.ndjson").read_text()) == [found.slug for found in beside.conversations]


def test_another_export_in_the_way(run, beside):
    """What an export of something else has left is neither mixed in nor thrown away unasked."""
    beside.script = {(3, 1): REFUSAL}
    words = ("export", "conversations", "--base-url", beside.base_url, "-q", *FILE)
    assert run(*words).status == 1
    told = run(*words, "--filter", "open")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert told.err.endswith("go on with it, or start over by --restart.\n")
    assert run(*words, "--filter", "open", "--restart").status == 0


def test_item_that_no_going_on_brings(run, beside):
    """Where the same command again brings no more, it is said how to do without."""
    beside.flaws[beside.conversations[40].slug] = b"null"
    told = run("export", "conversations", "--base-url", beside.base_url, "-q", *FILE)
    assert (told.status, "--allow-incomplete takes what there is" in told.err) == (1, True)


def test_what_may_be_missing_is_found_by_going_on(run, beside, monkeypatch):
    """A list that moved too fast is told of with the remedy that fits a file: the same command."""
    Path("x.ndjson.part").write_bytes(b"{}\n")

    async def incomplete(*_: object, **__: object) -> None:
        raise IncompleteListing([3])

    monkeypatch.setattr(export, "export", incomplete)
    told = run("export", "conversations", "--base-url", beside.base_url, "-q", *FILE)
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "may be missing around page 3" in told.err
    assert "than it was read. 1 conversation is safe" in told.err


def test_wrong_credentials(run, beside, monkeypatch):
    """A refusal names what to check; on loopback, that a sandbox takes its own."""
    monkeypatch.setenv("REAMAZE_API_TOKEN", "another-token")
    told = run("export", "conversations", "--base-url", beside.base_url, *FILE)
    assert told.status == 1
    assert "HTTP 403" in told.err
    assert "use what it printed, or unset REAMAZE_*" in told.err
    assert "another-token" not in told.err
    assert len(beside.requests) == 1


def test_nobody_listens(run, monkeypatch):
    """Where nothing listens, the question is whether the sandbox runs."""
    with served(1) as sandbox:
        gone = sandbox.base_url
    monkeypatch.setattr("reamaze_async.http.retry.BASE_DELAY", 0.0)
    told = run("export", "conversations", "--base-url", gone, *FILE)
    assert told.status == 1
    assert f"Is `reamaze sandbox` running at {gone}?" in told.err


def test_a_warning_is_said(run):
    """What the library warns of is shown, as one line."""
    habits = Habits(ignore_filter=True)
    with served(95, token=SANDBOX.token.reveal(), habits=habits) as sandbox:
        words = ("--base-url", sandbox.base_url, "--filter", "archived", *FILE)
        told = run("export", "conversations", *words)
    assert told.status == 0
    assert told.err.startswith("Warning: /conversations: the answer holds items that the filter")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_behind_standard_output():
    """One sentence, which says what can't be written to and why."""
    words = ("export", "conversations", "--sandbox", "-o", "-", "-q")
    with Path("/dev/full").open("wb") as full:
        told = ended(started(*words, stdout=full))
    reason = "no space left on device. Mend that and start again."
    assert (told.status, told.err) == (1, f"Error: Standard output can't be written to: {reason}\n")


# --- the dry run --------------------------------------------------------------------------------


def test_dry_run_is_one_request(run, beside):
    """It tells how many on how many pages, by one request, and writes nothing."""
    words = ("--base-url", beside.base_url, "--dry-run", *FILE)
    told = run("export", "conversations", *words)
    assert told.status == 0
    assert told.out.startswith("95 conversations on 4 pages would go to x.ndjson: about ")
    assert len(beside.requests) == 1
    assert not any(Path().iterdir())


def test_dry_run_at_a_known_rate(run, beside):
    """With a limit it tells how long that takes: four requests at two a minute, a minute."""
    words = ("--base-url", beside.base_url, "--dry-run", "--requests-per-minute", "2", *FILE)
    assert "about 1 min 00 s at 2 requests a minute" in run("export", "conversations", *words).out


def test_dry_run_knows_of_an_earlier_run(run):
    """What is in the part file needn't be fetched again, unless it is to be forgotten."""
    Path("x.ndjson.part").write_bytes(b"{}\n" * 30)
    words = ("export", "conversations", "--sandbox", "--dry-run", *FILE)
    assert ", 30 of them there from an earlier run," in run(*words).out
    assert "earlier" not in run(*words, "--restart").out


def test_dry_run_of_standard_output(run):
    """With `-o -` standard output holds rows or nothing, so the word goes to the other one."""
    told = run("export", "conversations", "--sandbox", "--dry-run", "-o", "-")
    assert (told.status, told.out) == (0, "")
    assert "95 conversations on 4 pages" in told.err


NAMES = {"latin": b"caf\xe9", "utf-8": "café".encode(), "odd": b"\xff\x80 x"}
PLACES = {
    "posix": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "strict": {"PYTHONIOENCODING": "utf-8:strict"},
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_bytes(beside, name, place):
    """Success stays success, whatever the file is called and whatever the terminal takes."""
    folder, there = Path(os.fsdecode(NAMES[name])), ("--base-url", beside.base_url)
    folder.mkdir()
    for verb, ending in (("export", "ndjson"), ("export", "csv"), ("sync", "sqlite")):
        words = (verb, "conversations", *there, "--summary", "-", "-o")
        told = ended(started(*words, folder / f"x.{ending}", env=clean(PLACES[place])))
        assert (told.status, "Traceback" in told.err) == (0, False)
        assert json.loads(told.out)["status"] == "done"
    again = ended(started("sync", "conversations", *there, "-o", folder / "x.sqlite"))
    assert (again.status, "Traceback" in again.err) == (0, False)


def test_chosen_columns(run):
    """Those that are named, in their order."""
    assert (
        run("export", "conversations", "--sandbox", "-o", "x.csv", "--columns", "slug, url").status
        == 0
    )
    head, first = Path("x.csv").read_text("utf-8-sig").splitlines()[:2]
    assert (head, "/admin/conversations/" in first) == ("slug,url", True)


def test_incomplete_and_allowed(run, beside):
    """The file is placed although a page is missing; the summary says so; exit status 0."""
    beside.script = lambda request: Answer(500) if request.page == 2 else None
    words = ("export", "conversations", "--base-url", beside.base_url, "-o", "x.csv")
    assert run(*words).status == 1
    told = run(*words, "--allow-incomplete", "--summary", "s.json")
    assert (told.status, "incomplete: " in told.err) == (0, True)
    summary = json.loads(Path("s.json").read_bytes())
    assert "page" in summary["incomplete"]
    assert (summary["status"], Path("x.csv").exists()) == ("done", True)


def test_incomplete_stream_allowed(run, beside):
    """So does standard output end well."""
    beside.script = lambda request: Answer(500) if request.page == 2 else None
    words = ("export", "conversations", "--base-url", beside.base_url, "-o", "-")
    assert (run(*words).status, run(*words, "--allow-incomplete").status) == (1, 0)
