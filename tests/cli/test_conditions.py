"""Conditions: each is asked as it was given, of whatever resource; wrong ones are refused."""

import json
from pathlib import Path
from typing import Any

import click
import pytest

from reamaze_async.cli.commands import reamaze
from reamaze_async.cli.conditions import OTHERS, RESOURCE, conditions_of
from reamaze_async.errors import InvalidParameter
from reamaze_async.resources import NAMES, endpoint_of

DAY, NOON = "2026-01-31T00:00:00Z", "2026-01-31T12:00:00Z"
DATES = {
    f"{name}_{end}": ([f"--{name}-{end}", DAY], {f"{name}_{end}": DAY})
    for name in ("created", "updated")
    for end in ("after", "before")
}
SHARED = {
    "tag": (["--tag", "vip", "--tag", "late order"], {"tag": "vip,late order"}),
    "category": (["--category", "support"], {"category": "support"}),
    "origin": (["--origin", "email"], {"origin": "1"}),
    "start_date": (["--start-date", DAY], {"start_date": DAY}),
    "end_date": (["--end-date", NOON], {"end_date": NOON}),
}
DATA = (["--data", "plan=a=b", "--data", "n=x"], {"data[plan]": "a=b", "data[n]": "x"})
Q = {"q": (["--q", "ana"], {"q": "ana"})}
GIVEN: dict[str, dict[str, tuple[list[str], dict[str, str]]]] = {
    "conversations": {
        "filter": (["--filter", "open"], {"filter": "open"}),
        "for_": (["--for", "a@b.example"], {"for": "a@b.example"}),
        "for_id": (["--for-id", "007"], {"for_id": "007"}),
        "sort": (["--sort", "changed"], {"sort": "changed"}),
        "data": DATA,
        **SHARED,
    },
    "messages": {
        "filter": (["--filter", "staff"], {"filter": "staff"}),
        "sent_by": (["--sent-by", "a@b.example"], {"sent_by": "a@b.example"}),
        "include_original_body": (["--include-original-body"], {"include": "original_body"}),
        **SHARED,
    },
    "contacts": {
        **Q,
        "data": DATA,
        "sort": (["--sort", "date"], {"sort": "date"}),
        "type": (["--type", "mobile"], {"type": "mobile"}),
    },
    "channels": {"channel": (["--channel", "chat"], {"channel": "chat"})},
    "articles": {"status": (["--status", "draft"], {"status": "draft"}), **Q},
    "response_templates": Q,
    "staff": {},
    "satisfaction_ratings": {
        "rating": (["--rating", "5"], {"rating": "5"}),
        "assignee_id": (["--assignee-id", "17"], {"assignee_id": "17"}),
        "brand": (["--of-brand", "acme"], {"brand": "acme"}),
        **DATES,
    },
    "incidents": {},
    "systems": {},
}
UNLESS_SAID = {"conversations": {"filter": "all"}, "contacts": {"sort": "date"}}
CASES = [(name, *case) for name, cases in GIVEN.items() for case in cases.values()]


def options_of(command: str, resource: str) -> set[str]:
    """The names of a command's options for a resource."""
    found = reamaze.commands[command]
    ctx = click.Context(found)
    ctx.meta[RESOURCE] = [resource]
    return {option.name or "" for option in found.get_params(ctx)}


@pytest.mark.parametrize("command", ["export", "count"])
@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_its_option(command, name):
    """What `list` can be narrowed by, the command can, and by nothing that others have."""
    parameters = [row.name for row in endpoint_of(name).lists[0].parameters]
    assert list(GIVEN[name]).sort() == parameters.sort()
    others = {row.name for each in NAMES for row in endpoint_of(each).lists[0].parameters}
    options, named = options_of(command, name), [OTHERS.get(it, it) for it in parameters]
    assert set(named) <= options
    assert not (others - set(parameters) - {"brand"}) & options


@pytest.mark.parametrize(("name", "words", "sent"), CASES)
def test_a_condition_is_sent(run, beside, name, words, sent):
    """The request carries what was given, and nothing else but the page."""
    told = run("count", name, "--base-url", beside.base_url, *words)
    assert told.status == 0, told.err
    page = {} if name == "channels" else {"page": "1"}
    assert beside.requests[-1].params == UNLESS_SAID.get(name, {}) | page | sent


@pytest.mark.parametrize(
    ("name", "words", "path"),
    [
        ("messages", ["--conversation", "a/b"], "/conversations/a%2Fb/messages"),
        ("articles", ["--topic", "faq"], "/topics/faq/articles"),
    ],
)
def test_a_part_of_a_list(run, beside, name, words, path):
    """A key that stands in the path of a list is an option, too."""
    run("count", name, *words, "--base-url", beside.base_url)
    assert beside.requests[-1].incoming.target.partition("?")[0] == f"/api/v1{path}"


def test_contacts_in_the_order_of_their_names(run, beside):
    """That is the server's own way, and asked for by saying so."""
    assert run("count", "contacts", "--sort", "name", "--base-url", beside.base_url).status == 0
    assert beside.requests[-1].params == {"page": "1"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["contacts", "--conversation", "a"], "--conversation is no option of contacts: messages"),
        (["--rating", "5", "contacts"], "--rating is no option of contacts: satisfaction ratings"),
        (["--rating", "5"], "--rating is no option of conversations: satisfaction ratings have"),
        (["staff", "--tag", "a"], "--tag is no option of staff: conversations, messages have it."),
        (["messages", "--filter", "open"], "'open' is not one of 'staff', 'customer'."),
        (["contacts", "--sort", "changed"], "'changed' is not one of 'date', 'name'."),
        (["satisfaction-ratings", "--rating", "6"], "6 is not in the range 1<=x<=5."),
        (["satisfaction-ratings", "--of-brand", ""], "--of-brand='' is empty"),
        (["messages", "--conversation", ".."], "--conversation='..' names no item"),
        (["messages", "--sent-by", ""], "--sent-by='' is empty"),
        (
            ["satisfaction_ratings", "--created-after", NOON, "--created-before", DAY],
            f"--created-after='{NOON}' is after the end",
        ),
    ],
)
def test_an_option_of_another_resource(run, words, sentence):
    """It is wrong usage, and the sentence names who has it."""
    told = run("count", *words, "--sandbox")
    assert (told.status, told.out) == (2, "")
    assert sentence in told.err


def test_an_option_without_a_resource(run):
    """An export must say of what."""
    told = run("export", "--rating", "5", "-o", "x.csv")
    assert told.status == 2
    assert "--rating needs a RESOURCE: satisfaction ratings have it." in told.err


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_resource(run, name):
    """It shows what that resource has, and none of what others have alone."""
    told = run("export", name.replace("_", "-"), "--help").out
    assert ("--rating" in told) is (name == "satisfaction_ratings")
    assert ("--sent-by" in told) is (name == "messages")
    assert "Which" not in run("export", "--help").out


def test_what_is_said_twice():
    """Conditions are those of the record, checked before anything is asked."""
    given: dict[str, Any] = {"resource": "messages", "conversation": "a", "filter": "staff"}
    assert conditions_of(given) == {"conversation": "a", "filter": "staff"}
    with pytest.raises(InvalidParameter):
        conditions_of(given | {"conversation": ""})


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


@pytest.mark.parametrize("command", ["export", "count", "get"])
def test_an_unknown_resource_is_refused(run, command):
    """What can't be fetched is refused, naming what can."""
    words = {"export": ["-o", "x.ndjson"], "count": [], "get": ["a"]}[command]
    told = run(command, "mesages", "--sandbox", *words)
    assert told.status == 2
    assert "'mesages' is none of the resources: conversations, messages" in told.err


# --- get ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "path"),
    [
        ("contacts", ["+15551234567", "--identifier-type", "mobile"], "contacts/%2B15551234567"),
        ("conversations", ["r1", "--id-type", "ref"], "conversations/r1"),
    ],
)
def test_how_a_key_is_meant(run, beside, name, words, path):
    """What says so is sent beside the key."""
    run("get", name, *words, "--base-url", beside.base_url)
    request = beside.requests[-1]
    assert request.incoming.target.partition("?")[0] == f"/api/v1/{path}"
    assert list(request.params.values()) == words[2:]


@pytest.mark.parametrize("name", ["messages", "staff", "satisfaction-ratings", "systems"])
def test_things_that_are_read_by_lists_alone(run, name):
    """The API has no single ones of these, and the sentence says what to do instead."""
    told = run("get", name, "1", "--sandbox")
    assert told.status == 2
    assert f"reamaze export {name} -o -" in told.err


@pytest.mark.parametrize("name", NAMES)
def test_an_export_of_each(run, beside, name):
    """Each is exported and counted, to a file that holds what it counts, in its own words."""
    told = run("export", name.replace("_", "-"), "--base-url", beside.base_url, "-o", "x.ndjson")
    assert told.status == 0, told.err
    lines = Path("x.ndjson").read_bytes().splitlines()
    assert run("count", name, "--base-url", beside.base_url).out == f"{len(lines)}\n"
    assert all(map(json.loads, lines))
    assert f"{len(lines):,} {name.replace('_', ' ')} in x.ndjson" in told.err


@pytest.mark.parametrize("name", NAMES)
def test_an_estimate_of_each(run, beside, name):
    """One request tells how many and how long."""
    words = ("--base-url", beside.base_url, "-o", "x.ndjson", "--dry-run")
    told = run("export", name, *words)
    assert (told.status, len(beside.requests)) == (0, 1)
    assert f" {name.replace('_', ' ')} on " in told.out
