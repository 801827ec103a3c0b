"""Settings that can't be: each is refused by one sentence that names it."""

import pytest

from reamaze_async.sandbox import Churn, Habits, Limit, Sandbox
from reamaze_async.sandbox.checks import check_numbers


@pytest.mark.parametrize(
    ("setting", "known"),
    [
        ({"counts": "foo"}, "'exact', 'short', 'replies'"),
        ({"templates": "foo"}, "'paged', 'bare', 'whole'"),
        ({"size": "huge"}, "'small', 'normal', 'large'"),
        ({"wrong_login": 500}, "401, 403"),
    ],
)
def test_word_that_is_unknown(setting, known):
    """It is refused, and the words there are stand in the sentence."""
    ((name, value),) = setting.items()
    with pytest.raises(ValueError, match=rf"^{name}={value!r} is unknown: use one of {known}\.$"):
        Sandbox(1, **setting)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(Habits, "tag_match"), (Habits, "message_count"), (Limit, "window"), (Limit, "retry_after"),
     (Churn, "where")],
)  # fmt: skip
def test_word_of_other_settings(kind, setting):
    """Whatever lists words refuses others."""
    needed = {"requests": 5} if kind is Limit else {}
    with pytest.raises(ValueError, match=f"^{setting}='foo' is unknown"):
        kind(**needed, **{setting: "foo"})


COUNTED = ("conversations", "contacts", "messages", "staff", "port", "remember")
MEASURED = ("latency", "jitter", "latency_per_page", "stall")
SHARES = ("churn", "faults")


@pytest.mark.parametrize("name", [*COUNTED, *MEASURED, *SHARES, "tied"])
@pytest.mark.parametrize("value", [-1, "5", float("nan"), float("inf"), True])
def test_number_that_is_none(name, value):
    """A number that is too small, or no number, is refused."""
    with pytest.raises(ValueError, match=rf"^{name}={value!r} must be a (whole )?number from [01]"):
        Sandbox(**{"conversations": 1, name: value})


def test_pages_without_room():
    """A page holds one item at least."""
    with pytest.raises(ValueError, match="page_size=0 must be a whole number from 1"):
        Habits(page_size=0)


def test_smallest_numbers():
    """The least is let through, as is what isn't given; a part only where parts make sense."""
    check_numbers(int, least=1, tied=1, contacts=None)
    check_numbers(float, latency=0.5, jitter=0)
    with pytest.raises(ValueError, match=r"staff=0\.5 must be a whole number from 0\."):
        check_numbers(int, staff=0.5)
