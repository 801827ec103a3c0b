"""Keys in paths: whatever they hold, each stays one part of its path."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async import InvalidParameter
from reamaze_async.wire.paths import fill, names

SPEAKABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"])).filter(str.strip)


@given(SPEAKABLE)
def test_key_that_changes_the_path(key: str) -> None:
    """Whatever a key holds, it stays one segment of the path and reads back as itself."""
    if key.strip() in (".", ".."):
        return
    path = fill("/contacts/{identifier}/notes", [key])
    start, contacts, found, notes = path.split("/")
    assert (start, contacts, notes) == ("", "contacts", "notes")
    assert unquote(found) == key.strip()
    assert path.isascii()
    assert not set(path) & set("?# ")


@pytest.mark.parametrize("key", ["", " ", None, 17, b"slug", ".", "..", "a\nb"])
def test_key_that_names_nothing(key: Any) -> None:
    """A key that is empty, no string or a step in a path is refused, under its name."""
    with pytest.raises(InvalidParameter) as caught:
        fill("/conversations/{slug}", [key])
    assert str(caught.value).startswith(f"slug={key!r} ")


def test_keys_in_each_others_place():
    """Several keys stand in their order; ids may be numbers, but no truths."""
    assert fill("/contacts/{identifier}/notes/{note_id}", ["a/b", 7]) == "/contacts/a%2Fb/notes/7"
    assert fill("/incidents/{id}", ["a-1"]) == "/incidents/a-1"
    with pytest.raises(InvalidParameter, match=r"^id=True "):
        fill("/incidents/{id}", [True])


def test_names_of_the_keys():
    """A path tells which keys it takes, in order."""
    assert names("/contacts/{identifier}/notes/{note_id}") == ("identifier", "note_id")
    assert names("/contacts") == ()
