"""All operations, as the documentation's index names them."""

import pytest

from reamaze_async.sandbox.routes import PARTS, ROUTES, TABLE

INDEX = """
GET POST conversations · GET PUT conversations/* · GET messages
GET POST conversations/*/messages · GET POST contacts · GET PUT contacts/*
GET POST contacts/*/identities · GET POST contacts/*/notes · PUT DELETE contacts/*/notes/*
GET channels · GET channels/* · GET POST articles · GET POST topics/*/articles
GET PUT articles/* · GET POST response_templates · GET PUT response_templates/*
GET POST staff · GET satisfaction_ratings · GET POST incidents · GET PUT incidents/*
GET systems · GET reports/*
"""


def listed():
    """Every pair of method and path."""
    for line in INDEX.replace("\n", "·").split("·"):
        *methods, shape = line.split() or [""]
        yield from ((method, shape) for method in methods)


def test_operation_that_is_not_served():
    """Every pair of the index, and none beside: 42, with the five reports for one."""
    served = {(method, shape) for shape, methods in ROUTES.items() for method in methods}
    assert served == set(listed())
    assert len(served) + 4 == 42
    assert len(TABLE) == len(served) - 1


def test_lists_are_known_as_such():
    """They churn, fail and are counted by pages; parts of a contact don't."""
    lists = {
        shape for shape, methods in ROUTES.items() if methods.get("GET") and methods["GET"].is_list
    }
    named = {"conversations", "messages", "conversations/*/messages", "contacts", "channels"}
    named |= {"articles", "topics/*/articles", "response_templates", "staff"}
    assert lists == named | {"satisfaction_ratings", "incidents", "systems"}


def test_what_comes_under_a_root():
    """Single things; neither lists nor parts nor reports."""
    for shape, methods in ROUTES.items():
        for route in methods.values():
            is_bare = route.is_list or shape.endswith(PARTS) or shape == "reports/*"
            assert (route.root is None) is is_bare


@pytest.mark.parametrize(
    ("method", "shape", "word"),
    [
        ("GET", "reports/*", "access_reports"),
        ("GET", "satisfaction_ratings", "access_reports"),
        ("POST", "incidents", "manage_incidents"),
        ("POST", "conversations/*/messages", "POST messages"),
        ("GET", "contacts/*/notes", "contacts"),
    ],
)
def test_words_that_forbid(method, shape, word):
    """A resource, a permission, or one operation."""
    assert word in ROUTES[shape][method].words
    assert "manage_incidents" not in ROUTES["incidents"]["GET"].words
