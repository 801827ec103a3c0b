"""Bad items."""

import json
import math

import pytest

from reamaze_async.sandbox import Flaw
from reamaze_async.sandbox.encoding import encode
from reamaze_async.sandbox.flaws import spoiled

ITEM = {"slug": "a", "name": "x", "status": 0, "tags": ["t"], "author": {"id": 1}, "note": None}
NO_JSON = {Flaw.CONTROL, Flaw.NOT_JSON, Flaw.BAD_UTF8, Flaw.DEEP}


def page_with(spoil):
    """The item between two good ones."""
    return b'[{"slug":"1"},%b,{"slug":"2"}]' % spoiled(encode(ITEM), ITEM, spoil)


@pytest.mark.parametrize("flaw", set(Flaw) - NO_JSON)
def test_flaw_that_spoils_its_neighbours(flaw):
    """The page is read all the same, and the good ones are there."""
    first, *odd, last = json.loads(page_with(flaw))
    assert (first, last) == ({"slug": "1"}, {"slug": "2"})
    assert odd != [ITEM]


@pytest.mark.parametrize("flaw", NO_JSON)
def test_flaw_that_is_no_json(flaw):
    """No decoder takes the page."""
    with pytest.raises((ValueError, RecursionError)):
        json.loads(page_with(flaw))


def test_no_key_is_left():
    """Neither with its name nor with a value."""
    (_, bare, _), (_, null, _) = map(json.loads, map(page_with, (Flaw.NO_KEY, Flaw.NULL_KEY)))
    assert set(bare) == {"status", "tags", "author", "note"}
    assert (null["slug"], null["name"], null["status"]) == (None, None, 0)


def test_numbers_that_are_none():
    """NaN, infinity, and four hundred digits."""
    assert math.isnan(json.loads(page_with(Flaw.NAN))[1]["flaw"])
    assert json.loads(page_with(Flaw.HUGE_NUMBER))[1]["flaw"] == [10**400, math.inf, -math.inf]


def test_anything_else():
    """The bytes themselves, or what a function makes of the item, which it may change."""
    assert spoiled(b"", ITEM, b"<b>") == b"<b>"
    assert spoiled(b"", ITEM, lambda item: item.pop("slug")) == b'"a"'
    assert ITEM["slug"] == "a"
