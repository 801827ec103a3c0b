"""Checks of single values: what is refused is named, and told the remedy."""

from enum import Enum
from functools import partial
from typing import Any

import pytest

from reamaze_async import InvalidParameter, Status, validation
from reamaze_async.wire import fields

HUGE = 10**400


@pytest.mark.parametrize("number", [0, -1, True, 1.5, 1.0, "3", None, Status.SPAM])
def test_page_number_that_is_none(number: Any) -> None:
    """A page number is a whole number from 1, and `True` and `1.5` aren't."""
    with pytest.raises(InvalidParameter, match=r"^page=.* must be a whole number from 1\.$"):
        validation.page_number(number)


def test_page_number_that_is_one():
    """Any positive whole number is a page number, past the end too."""
    assert [validation.page_number(number) for number in (1, 7, 10**30)] == [1, 7, 10**30]


@pytest.mark.parametrize("value", [0, -3, True, 2.0, "8", None])
def test_count_that_is_none(value: Any) -> None:
    """A count is a whole number, not too small, or refused by name."""
    with pytest.raises(InvalidParameter, match=r"^concurrency=.* whole number from 1"):
        validation.whole("concurrency", value, least=1)


@pytest.mark.parametrize(
    "value", [0, -1, float("nan"), float("inf"), -float("inf"), HUGE, True, "30", None]
)
def test_span_that_is_none(value: Any) -> None:
    """A span of time is a positive, finite number, or refused by name."""
    with pytest.raises(InvalidParameter, match=r"^timeout=.* must be a positive number of seconds"):
        validation.seconds("timeout", value)


def test_span_of_nothing_where_it_makes_sense():
    """Where no wait at all makes sense, 0 is a span, and less is not."""
    assert validation.seconds("max_delay", 0, zero=True) == 0.0
    with pytest.raises(InvalidParameter, match=r"^max_delay=-1 must be a number of seconds"):
        validation.seconds("max_delay", -1, zero=True)


@pytest.mark.parametrize("value", [1, 0, "yes", None])
def test_flag_that_merely_looks_like_one(value: Any) -> None:
    """A flag is `True` or `False`, nothing that merely counts as such."""
    assert [validation.flag("ordered", flag) for flag in (True, False)] == [True, False]
    with pytest.raises(InvalidParameter, match=r"^ordered=.* must be True or False"):
        validation.flag("ordered", value)


def test_id_that_is_a_number():
    """An id is sent as text, and may be given as a whole number; `True` isn't one."""
    assert [validation.identifier("id", value) for value in (7, " 7 ", "a-7")] == ["7", "7", "a-7"]
    for value, why in (("", "is empty"), (True, "must be a string")):
        with pytest.raises(InvalidParameter, match=f"^id=.* {why}"):
            validation.identifier("id", value)


@pytest.mark.parametrize(
    "value", [10**5000, [-(10**5000)], {"a": 10**5000}], ids=["int", "list", "dict"]
)
def test_number_that_python_cannot_write(value: Any) -> None:
    """It is no number that can be sent, and its refusal can be read."""
    assert not validation.is_whole(value)
    message = str(validation.invalid("page", value, "must be smaller."))
    assert message.startswith(f"page=<{type(value).__name__} with a number that is too large")


class Marked(str):  # noqa: SLOT000 - as others write it
    """A string of its own kind, as a template's safe text is one."""

    def __str__(self) -> str:
        return "<b>another</b>"


class Word(str, Enum):  # noqa: UP042 - as older code has it
    """An enumeration of strings."""

    OPEN = "open"


@pytest.mark.parametrize("value", [Marked("open"), Word.OPEN])
@pytest.mark.parametrize(
    "check",
    [
        validation.text,
        validation.exact_text,
        partial(validation.choice, words=["open"]),
        fields.letters,
        fields.json_value,
    ],
)
def test_string_of_its_own_kind(check: Any, value: Any) -> None:
    """Its text is taken, and no more of it: JSON knows no other strings."""
    sent = check("filter", value)
    assert (sent, type(sent)) == ("open", str)


def test_value_that_fills_the_screen():
    """A refusal shows the beginning and the end of a long value."""
    error = validation.invalid("brand", "a" * 5000 + "z", "is too long.")
    assert str(error).startswith("brand='aaa")
    assert "...aaa" in str(error)
    assert len(str(error)) < 200
