"""Options: each condition is asked as it was given, and wrong ones are refused beforehand."""

import pytest

from reamaze_async.cli.commands import reamaze
from reamaze_async.wire.parameters import CONVERSATIONS

GIVEN = {
    "filter": (["--filter", "open"], {"filter": "open"}),
    "for_": (["--for", "a@b.example"], {"for": "a@b.example"}),
    "for_id": (["--for-id", "007"], {"for_id": "007"}),
    "sort": (["--sort", "changed"], {"sort": "changed"}),
    "tag": (["--tag", "vip", "--tag", "late order"], {"tag": "vip,late order"}),
    "category": (["--category", "support"], {"category": "support"}),
    "origin": (["--origin", "email"], {"origin": "1"}),
    "data": (["--data", "plan=a=b", "--data", "n="], {"data[plan]": "a=b", "data[n]": "x"}),
    "start_date": (
        ["--start-date", "2026-01-31T00:00:00Z"],
        {"start_date": "2026-01-31T00:00:00Z"},
    ),
    "end_date": (["--end-date", "2026-01-31T10:00Z"], {"end_date": "2026-01-31T10:00Z"}),
}


@pytest.mark.parametrize("command", ["export", "count"])
def test_every_parameter_has_its_option(command):
    """What `list` can be narrowed by, the command can, and by the same names."""
    names = {parameter.name for parameter in reamaze.commands[command].params}
    assert {parameter.name for parameter in CONVERSATIONS} <= names
    assert GIVEN.keys() == {parameter.name for parameter in CONVERSATIONS}


@pytest.mark.parametrize(("words", "sent"), GIVEN.values(), ids=GIVEN)
def test_a_condition_is_sent(run, beside, words, sent):
    """The request carries what was given, and nothing else but `filter` and `page`."""
    words = [word if word != "n=" else "n=x" for word in words]
    told = run("count", "--base-url", beside.base_url, *words)
    assert told.status == 0
    assert beside.requests[-1].params == {"filter": "all", "page": "1"} | sent


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--filter", "opne"], "'opne' is not one of 'archived', 'open', 'unassigned', 'all'."),
        (["--sort", "created"], "'created' is not one of 'updated', 'changed'."),
        (["--for", " "], "--for=' ' is empty"),
        (["--tag", "a,b"], "'a,b' holds a comma: for several tags, repeat --tag."),
        (["--tag", ""], "--tag='' is empty"),
        (["--origin", "pigeon"], "'pigeon' is unknown: use a number, or one of chat, email, "),
        (["--data", "plan"], "'plan' must look like KEY=VALUE."),
        (["--data", "=gold"], "'=gold' must look like KEY=VALUE."),
        (["--data", "a=1", "--data", "a=2"], "'a' is given two values; only one can be meant."),
        (["--start-date", "31.1.2026"], "--start-date='31.1.2026' is no ISO 8601 date or time"),
        (["--start-date", "2026-02-01", "--end-date", "2026-01-01"],
         "--start-date='2026-02-01' is after the end, '2026-01-01': exchange them."),
        (["--base-url", "http://example.com"], "would send the token in clear"),
        (["--base-url", "ftp://x"], "must be an origin such as"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(run, words, sentence):
    """One sentence, exit status 2, and nobody is asked."""
    told = run("count", *words, *([] if "--base-url" in words else ["--sandbox"]))
    assert (told.status, told.out) == (2, "")
    assert sentence in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    "words",
    [
        ["--concurrency", "0"], ["--concurrency", "many"], ["--requests-per-minute", "0"],
        ["--share", "0"], ["--share", "1.1"], ["--share", "nan"],
        ["--timeout", "0"], ["--max-response", "0"], ["--format", "xml"], ["--no-such-option"],
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(run, words):
    """The refusals of click itself have exit status 2 too."""
    assert run("export", "conversations", "--sandbox", "-o", "x.ndjson", *words).status == 2


@pytest.mark.parametrize("command", ["export", "count"])
def test_an_unknown_resource_is_refused(run, command):
    """What can't be had is refused, naming what can."""
    words = ["-o", "x.ndjson"] if command == "export" else []
    told = run(command, "messages", "--sandbox", *words)
    assert told.status == 2
    assert "There are no 'messages' to be had yet; there are: conversations." in told.err
