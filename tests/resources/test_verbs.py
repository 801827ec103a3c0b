"""Keywords that stand in a `TypedDict` are told one by one all the same."""

import inspect
from typing import Any, TypedDict, Unpack

import pytest
from msgspec import UNSET

from reamaze_async import ReamazeSession
from reamaze_async.resources.verbs import Verbs


class Query(TypedDict, total=False):
    """What is asked."""

    word: str | None
    whole: bool


class Things(Verbs):
    """Verbs."""

    def find(self, key: str, /, *, drift: str = "repair", **conditions: Unpack[Query]) -> Any:
        """Give back what was given."""
        return key, drift, conditions

    def make(self, **attributes: Unpack[Query]) -> Any:
        """Likewise."""
        return attributes


def test_keyword_that_help_hides():
    """Each keyword is told with its default: None or False for reading, UNSET for writing."""
    find = inspect.signature(Things.find).parameters
    assert list(find) == ["self", "key", "drift", "word", "whole"]
    assert (find["word"].default, find["word"].kind.name) == (None, "KEYWORD_ONLY")
    assert find["whole"].default is False
    assert inspect.signature(Things.make).parameters["word"].default is UNSET


def test_call_that_is_another():
    """What is told changes nothing of a call."""
    things: Any = Things(None)  # type: ignore[arg-type]  # nothing is sent
    assert things.find("a", word="b") == ("a", "repair", {"word": "b"})
    assert things.make() == {}


@pytest.mark.parametrize(
    ("resource", "verb", "names"),
    [
        ("reports", "tags", ["start_date", "end_date", "brand"]),
        ("contacts", "add_note", ["identifier", "body", "creator_email", "created_at"]),
        ("staff", "create", ["name", "email", "password"]),
        ("conversations", "count", None),
    ],
)
def test_real_verb_that_help_hides(resource, verb, names):
    """So are the keywords of the session's own."""
    thing = getattr(ReamazeSession("acme", "me@acme.com", "token"), resource)
    found = inspect.signature(getattr(thing, verb)).parameters
    assert names is None or list(found) == names
    assert not [it for it in found.values() if it.kind is it.VAR_KEYWORD]


@pytest.mark.parametrize("verb", ["list", "page", "count"])
def test_switch_of_a_real_verb_that_is_null(verb):
    """A switch of the session's own verbs is told to be off, not null."""
    messages = ReamazeSession("acme", "me@acme.com", "token").messages
    found = inspect.signature(getattr(messages, verb)).parameters
    assert found["include_original_body"].default is False
