"""`reamaze export all`: a folder or a database, what is told, and the exit status."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from shells import ended, started

from reamaze_async.attachments import download
from reamaze_async.cli.bar import Drawing
from reamaze_async.cli.progress import Lines, Moment, Speed, amount, noun_of
from reamaze_async.resources import NAMES
from reamaze_async.sandbox import Answer, Fault

NO = Answer.html(500, "no")
DENIED = Answer(403, b'{"error": "no"}', {"Content-Type": "application/json"})


def asked(request):
    """The resource that a request asks for."""
    return request.path.split("/")[3]


def test_everything_in_a_folder(run, beside):
    """A file each, a manifest, and a screen that tells what there is."""
    told = run("export", "all", "--base-url", beside.base_url, "-o", "account/")
    assert (told.status, told.out) == (0, "")
    names = sorted([*(f"{name}.ndjson" for name in NAMES), "manifest.json"])
    assert sorted(path.name for path in Path("account").iterdir()) == names
    assert " items in account (" in told.err
    assert "  conversations         95\n" in told.err


def test_everything_in_a_database(run, beside):
    """One file, with a table each."""
    told = run("export", "all", "--base-url", beside.base_url, "-o", "x.sqlite", "-q")
    assert (told.status, told.out, told.err) == (0, "", "")
    with closing(sqlite3.connect("x.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM conversations").fetchone() == (95,)
    assert list(Path().iterdir()) == [Path("x.sqlite")]


def test_some_of_it(run, beside):
    """`--only` and `--leave-out` choose; the format is that of all files."""
    words = ("--base-url", beside.base_url, "--format", "csv", "-o", "some/")
    chosen = ("--only", "staff,satisfaction-ratings,systems", "--leave-out", "systems")
    assert run("export", "all", *words, *chosen).status == 0
    assert {path.name for path in Path("some").iterdir()} == {
        "staff.csv", "satisfaction_ratings.csv", "manifest.json"
    }  # fmt: skip
    assert {asked(request) for request in beside.requests} == {"staff", "satisfaction_ratings"}


def test_what_the_role_may_not_read(run, beside):
    """403 is told with what to do, and is exit status 1; left out, it is none."""
    beside.script = lambda it: DENIED if asked(it) == "satisfaction_ratings" else None
    words = ("export", "all", "--base-url", beside.base_url, "-o", "account/", "-q")
    told = run(*words, "--summary", "done.json")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "satisfaction ratings: GET /api/v1/satisfaction_ratings page 1: HTTP 403" in told.err
    assert "access_reports" in told.err
    assert "--leave-out satisfaction-ratings" in told.err
    done = json.loads(Path("done.json").read_text())
    assert (done["status"], done["resources"]["satisfaction_ratings"]["state"]) == (
        "incomplete", "refused"
    )  # fmt: skip
    told = run(*words, "--leave-out", "satisfaction-ratings")
    assert (told.status, told.err) == (0, "")


def test_item_that_no_going_on_brings(run, beside):
    """One bad item is no reason to do without a resource: it is said how to take the rest."""
    beside.flaws[beside.conversations[40].slug] = b"null"
    words = ("export", "all", "--base-url", beside.base_url, "-o", "account/", "-q")
    told = run(*words)
    assert (told.status, "take what there is by --allow-incomplete, or" in told.err) == (1, True)
    assert run(*words, "--allow-incomplete").status == 0


def test_what_an_account_has_not(run, beside):
    """404 is no failure."""
    beside.script = lambda it: Answer(404, b"{}") if asked(it) == "incidents" else None
    told = run("export", "all", "--base-url", beside.base_url, "-o", "account/")
    assert told.status == 0
    assert "  incidents             absent\n" in told.err


def test_conversations_that_are_refused(run, beside):
    """The run ends at once, in one line."""
    beside.script = lambda it: DENIED
    told = run("export", "all", "--base-url", beside.base_url, "-o", "account/", "-q")
    assert (told.status, told.err.count("\n"), len(beside.requests)) == (1, 1, 1)


def test_a_server_that_is_gone(run, beside, monkeypatch):
    """What is safe is told, with the command that goes on."""
    monkeypatch.setattr("reamaze_async.http.retry.BASE_DELAY", 0.0)
    bad = ("contacts", "messages")
    beside.script = lambda it: NO if asked(it) in bad and it.nth > 1 else None
    words = ("export", "all", "--base-url", beside.base_url, "-o", "account/")
    told = run(*words, "--leave-out", "satisfaction-ratings", "--summary", "done.json")
    assert told.status == 1
    assert "items are safe in account; run the same command again to go on" in told.err
    assert json.loads(Path("done.json").read_text())["status"] == "failed"
    beside.script = {}
    assert run(*words, "--leave-out", "satisfaction-ratings").status == 0


def test_two_resources_that_never_work(run, beside):
    """What keeps failing, two in a row, is named as the option that does without."""
    bad = ("articles", "response_templates")
    beside.script = lambda it: NO if asked(it) in bad else None
    words = ("export", "all", "--base-url", beside.base_url, "-o", "account/", "-q")
    told = run(*words)
    assert (told.status, "--leave-out articles,response-templates" in told.err) == (1, True)
    assert run(*words, "--leave-out", "articles,response-templates").status == 0


def test_network_that_is_lost(run, beside, monkeypatch):
    """Without a network no resource works: it isn't advised to leave some out."""
    monkeypatch.setattr("reamaze_async.http.retry.BASE_DELAY", 0.0)
    beside.script = lambda it: Fault.RESET if asked(it) in ("articles", "staff") else None
    words = ("export", "all", "--base-url", beside.base_url, "-o", "account/", "-q")
    told = run(*words, "--leave-out", "response-templates")
    assert (told.status, "does without" in told.err) == (1, False)


def test_what_is_left_when_it_is_interrupted(beside):
    """A signal ends it in order; the same command goes on."""
    held = ("export", "all", "--base-url", beside.base_url, "-o", "account/")
    beside.script = lambda it: "hang" if asked(it) == "contacts" and it.page > 1 else None
    process = started(*held)
    while not Path("account/systems.ndjson").exists():
        assert process.poll() is None
    process.terminate()
    told = ended(process)
    assert told.status == 143
    assert "items are safe in account; run the same command again to go on" in told.err
    assert not json.loads(Path("account/manifest.json").read_text())["complete"]
    beside.script = {}
    assert ended(started(*held)).status == 0


def test_an_estimate(run, beside):
    """One request each tells how much there is; what is refused is told, nothing is made."""
    beside.script = lambda it: DENIED if asked(it) == "staff" else None
    words = ("--base-url", beside.base_url, "-o", "account/", "--dry-run")
    told = run("export", "all", *words)
    assert (told.status, len(beside.requests)) == (0, 10)
    assert "conversations: 95\n" in told.out
    assert "staff: " in told.out
    assert " items on " in told.out
    assert not any(Path().iterdir())


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["-o", "-"], 2, "-o - writes one list"),
        (["-o", "x/", "--columns", "slug"], 2, "--columns are those of one resource"),
        (["-o", "x.csv"], 2, "names one file"),
        (["-o", ""], 2, "-o '' is empty"),
        (["-o", "x/", "--only", "tags"], 2, "--only='tags' is none: use some of conversations"),
        (["-o", "x/", "--leave-out", "x"], 2, "--leave-out='x' is none"),
        (
            ["-o", "x/", "--tag", "a"],
            2,
            "--tag is no option of all: conversations",
        ),
        (["-o", "x/", "--max-attachment", "inf"], 2, "--max-attachment=inf must be a positive"),
        (["-o", "x/", "--max-attachment", "nan"], 2, "nan is no number"),
        (["-o", "x/", "--only", ","], 2, "nothing is left to export"),
        (["-o", "here", "--summary", "here/s.json"], 2, "--summary would stand among"),
        (["-o", "x/", "--summary", "s.json", "--dry-run"], 2, "--dry-run does nothing"),
        (["-o", "mine"], 1, "it holds notes.md, which no export of everything has written"),
        (["-o", "missing/x/"], 1, "there is no folder"),
        (["-o", "there.sqlite"], 1, "it is there already"),
        (["conversations", "--only", "staff", "-o", "x.csv"], 2, "--only is no option of conv"),
    ],
)
def test_what_is_refused_first(run, beside, words, status, sentence):
    """What can't be is refused before the first request, in one sentence."""
    Path("mine").mkdir(), Path("here").mkdir()
    Path("mine/notes.md").touch(), Path("there.sqlite").touch()
    what = [] if words[0] == "conversations" else ["all"]
    told = run("export", *what, *words, "--base-url", beside.base_url)
    assert (told.status, beside.requests) == (status, [])
    assert sentence in told.err


def test_an_option_that_only_all_has(run):
    """The sentence names who has it."""
    told = run("export", "staff", "--leave-out", "x", "-o", "x.csv", "--sandbox")
    assert "--leave-out is no option of staff: all has it." in told.err


# --- the bar --------------------------------------------------------------------------------------

PART = {"noun": noun_of("all"), "part": "messages (9 of 10)", "total_count": 20_000}


def test_what_is_under_way():
    """The bar names what is read, the place among all, and how much of everything there is."""
    moment = Moment(**PART, items=4_000, earlier=1_000, pages=200, page_count=670, elapsed=60.0)
    assert amount(moment) == "messages (9 of 10): 5,000 of 20,000 items"
    assert moment.fraction == 0.25
    assert Drawing(moment, Speed())


def test_when_it_will_end():
    """It is told by requests, of which all lists take alike, once there were enough."""
    lines = Lines()
    few = Moment(**PART, items=50, pages=10, page_count=670, requests=20, elapsed=3.0)
    assert not any("left" in line for line in lines.of(few))
    enough = Moment(**PART, items=1_000, pages=67, page_count=670, requests=77, elapsed=60.0)
    [line] = lines.of(enough)
    assert "messages (9 of 10): 1,000 of 20,000 items" in line
    assert "9 min" in line


def test_attachment_that_could_not_be_had(run, beside, monkeypatch):
    """A file that can't be fetched is told with its index, and status 1; another run fetches it."""
    monkeypatch.setattr(download, "PAUSES", ())
    words = ("export", "all", "--base-url", beside.base_url, "-o", "account/", "--attachments")
    beside.script = lambda request: NO if request.path.endswith(".pdf") else None
    told = run(*words, "--only", "messages")
    assert told.status == 1
    assert "could not be fetched; attachments/attachments.ndjson tells why" in told.err
    beside.script = {}
    again = run(*words, "--only", "messages", "-q")
    assert (again.status, again.err) == (0, "")
