"""All operations, against the reference's index."""

import inspect
from pathlib import Path

import pytest

from reamaze_async import ReamazeSession
from reamaze_async.resources import table
from reamaze_async.resources.endpoints import Resource
from reamaze_async.wire.request import endpoint_of

README = Path(__file__).parents[2] / "README.md"

INDEX = """
GET POST conversations · GET PUT conversations/*
GET messages · GET POST conversations/*/messages
GET POST contacts · GET PUT contacts/* · GET POST contacts/*/identities
GET POST contacts/*/notes · PUT DELETE contacts/*/notes/*
GET channels · GET channels/*
GET POST articles · GET POST topics/*/articles · GET PUT articles/*
GET POST response_templates · GET PUT response_templates/*
GET POST staff · GET satisfaction_ratings
GET reports/volume · GET reports/response_time · GET reports/staff · GET reports/tags
GET reports/channel_summary
GET POST incidents · GET PUT incidents/* · GET systems
"""
"""The reference's index; GET contacts/* is only seen."""


def pairs() -> set[str]:
    """Every pair of method and path."""
    parts = [part.split() for part in INDEX.replace("\n", "·").split("·") if part.strip()]
    return {f"{method} /{path}" for *methods, path in parts for method in methods}


def shape(path: str) -> str:
    """A path with stars for its keys; reports are told apart by their names."""
    if path.startswith("/reports"):
        return path
    return endpoint_of("", path).strip()


def test_operation_that_is_lacking():
    """Every pair of the index is there once, and none beside: 42."""
    found = [f"{row.method} {shape(row.path)}" for row in table.OPERATIONS]
    assert sorted(found) == sorted(pairs())
    assert len(found) == 42


def test_operation_that_only_some_have_seen():
    """What the reference doesn't list says so."""
    seen = [row.verb for row in table.OPERATIONS if row.source == "seen"]
    assert seen == ["contacts.get"]


def test_readme_with_an_older_table():
    """The README holds the table as it is made from the records."""
    assert table.markdown() in README.read_text()


def test_readme_with_older_columns():
    """Likewise that of all columns."""
    assert table.columns() in README.read_text()


def verbs() -> list[tuple[str, str, tuple[str, ...]]]:
    """Resource, verb, and what it takes, of each operation."""
    rows = []
    for row in table.OPERATIONS:
        resource, _, verb = row.verb.partition("(")[0].partition(".")
        each = ("list", "page", "count") if verb == "list" else (verb,)
        rows += [(resource, verb, row.takes) for verb in each]
    return rows


@pytest.mark.parametrize(("resource", "verb", "takes"), verbs())
def test_verb_that_takes_something_else(resource, verb, takes):
    """Each operation has its verb, whose types and docstring name what the record names."""
    thing = getattr(ReamazeSession("acme", "me@acme.com", "token"), resource)
    if verb == "page" and not hasattr(thing, "page"):
        return
    method = getattr(thing, verb)
    named = inspect.get_annotations(inspect.unwrap(method), eval_str=True)
    conditions = named.pop("conditions", None) or named.pop("attributes", None)
    inside = conditions.__args__[0].__annotations__ if conditions else {}
    assert set(takes) <= {*named, *inside}
    told = inspect.getdoc(method) or ""
    if verb not in ("page", "count"):
        assert [name for name in takes if f"\n    {name}:" not in told] == []


@pytest.mark.parametrize("name", [endpoint.name for endpoint in table.ENDPOINTS])
def test_resource_without_a_word(name):
    """Every verb of every resource is documented, and nothing else is offered."""
    thing = getattr(ReamazeSession("acme", "me@acme.com", "token"), name)
    offered = [verb for verb in dir(thing) if verb[0] != "_"]
    assert isinstance(thing, Resource)
    assert all(inspect.getdoc(getattr(thing, verb)) for verb in offered)
    assert all(callable(getattr(thing, verb)) for verb in offered)
