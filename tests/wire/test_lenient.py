"""The slow way to read an item: what one odd value costs, by type and by place."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import CONVERSATION, USER

from reamaze_async import ChannelType, Conversation, Excerpt, Origin, Status, User
from reamaze_async.wire.lenient import salvage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)
SOUND = msgspec.convert(CONVERSATION, Conversation)


def salvaged(**fields: Any) -> Conversation:
    """A conversation with these fields, as the API names them."""
    return salvage({"slug": "a"} | fields, Conversation)


def test_sound_item_changed():
    """What fits is read as the strict way reads it."""
    assert salvage(CONVERSATION, Conversation) == SOUND


@pytest.mark.parametrize(
    ("given", "instant"),
    [
        ("2026-03-02T09:15:04.512", datetime(2026, 3, 2, 9, 15, 4, 512000, UTC)),
        ("2026-03-02 09:15:04", datetime(2026, 3, 2, 9, 15, 4, 0, UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        (" 2026-03-02T09:15:04Z ", datetime(2026, 3, 2, 9, 15, 4, 0, UTC)),
        (1772442904, datetime(2026, 3, 2, 9, 15, 4, 0, UTC)),
        (1772442904.5, datetime(2026, 3, 2, 9, 15, 4, 500000, UTC)),
        ("", None),
        ("yesterday", None),
        ("2026-02-30T00:00:00Z", None),
        (10**20, None),
        (float("nan"), None),
        (True, None),
        ([], None),
    ],
)
def test_odd_time(given: Any, instant: datetime | None) -> None:
    """A time without offset is UTC, a number a Unix time, and what is none is missing."""
    assert salvaged(created_at=given).created_at == instant


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("message_count", "12", 12),
        ("message_count", 12.0, 12),
        ("message_count", 12.5, None),
        ("message_count", float("inf"), None),
        ("message_count", 2**80, 2**80),
        ("message_count", True, None),
        ("subject", 10442, "10442"),
        ("subject", 0.5, "0.5"),
        ("subject", 10**30, str(10**30)),
        ("subject", True, None),
        ("subject", {"text": "x"}, None),
        ("readOnly", 1, True),
        ("readOnly", "false", False),
        ("readOnly", "perhaps", None),
        ("status", "3", Status.SPAM),
        ("status", 2**80, Status(2**80)),
        ("status", "open", None),
        ("status", True, None),
        ("origin", "77", Origin(77)),
        ("origin", [1], None),
        ("data", "", None),
        ("data", [], None),
        ("data", {"a": [1, {}]}, {"a": [1, {}]}),
        ("tag_list", None, ()),
        ("tag_list", "vip", ()),
        ("tag_list", ["vip", None, 7, ["x"]], ("vip", "7")),
        ("author", "Ana", User(name="Ana")),
        ("author", "", None),
        ("assignee", "leo@acme.example", User(email="leo@acme.example")),
        ("message", "Hello", Excerpt(body="Hello")),
        ("author", [], None),
        ("author", {}, User()),
        ("followers", {}, ()),
        ("followers", [None, {"name": "Ana"}, "Leo"], (User(name="Ana"), User(name="Leo"))),
        ("message", {"body": 5, "created_at": "2026-03-02"}, None),
    ],
)
def test_odd_value(field: str, given: Any, kept: Any) -> None:
    """A value is read as what it was meant to be, or the field is missing; the rest stays."""
    if field == "message" and isinstance(given, dict):
        kept = Excerpt(body="5", created_at=datetime(2026, 3, 2, tzinfo=UTC))
    item = salvage(CONVERSATION | {field: given}, Conversation)
    name = "read_only" if field == "readOnly" else field
    assert getattr(item, name) == kept
    assert item == msgspec.structs.replace(SOUND, **{name: kept})


def test_odd_value_deep_inside():
    """An odd value inside an object costs that value, not the object."""
    author = USER | {"id": "a-7", "data": 5, "staff?": "yes", "mobile": 15551234567}
    expected = msgspec.structs.replace(
        SOUND.author, id=None, data=None, is_staff=None, mobile="15551234567"
    )
    assert salvaged(author=author).author == expected
    category = salvaged(category={"slug": "support", "channel": "16", "email": []}).category
    assert category is not None
    assert (category.slug, category.channel) == ("support", ChannelType.INSTAGRAM_DM)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "Object missing required field `slug`"),
        ({"subject": "a"}, "Object missing required field `slug`"),
        ({"slug": None}, r"Expected `str`, got `null` - at `\$.slug`"),
        ({"slug": ["a"]}, r"Expected `str`, got `array` - at `\$.slug`"),
        ([], "Expected `object`, got `array`"),
        (None, "Expected `object`, got `null`"),
        ("a", "Expected `object`, got `str`"),
    ],
)
def test_item_without_its_key(item: Any, message: str) -> None:
    """An item without a slug is none, and the error says what and where."""
    with pytest.raises(msgspec.ValidationError, match=f"^{message}$"):
        salvage(item, Conversation)


def test_number_for_a_slug():
    """A slug that came as a number is its digits, as for any text."""
    assert salvage({"slug": 17}, Conversation).slug == "17"


class Inner(msgspec.Struct):
    """With a needed field, as a later model may have."""

    key: str


class Outer(msgspec.Struct):
    """Around it."""

    slug: str
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()


def test_object_without_its_own_key():
    """An inner object that lacks what it needs is missing, and takes nothing else with it."""
    item = {"slug": "a", "inner": {"key": None}, "inners": [{}, {"key": "b"}]}
    assert salvage(item, Outer) == Outer(slug="a", inners=(Inner(key="b"),))


@given(st.sampled_from(sorted(set(CONVERSATION) - {"slug"})), JSON)
def test_value_that_costs_more_than_its_field(field: str, value: Any) -> None:
    """Whatever any field holds, only that field may suffer."""
    item = salvage(CONVERSATION | {field: value}, Conversation)
    name = "read_only" if field == "readOnly" else field
    others = {other for other in Conversation.__struct_fields__ if other != name}
    assert all(getattr(item, other) == getattr(SOUND, other) for other in others)


def places(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Where each value inside an object is."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (key,)
        if isinstance(item, dict | list):
            yield from ((key, *place) for place in places(item))


@settings(max_examples=400)
@given(st.sampled_from(sorted(places(CONVERSATION), key=str)), JSON)
def test_value_deep_inside_that_costs_the_item(place: tuple[str | int, ...], value: Any) -> None:
    """Whatever any place in an item holds, the item survives, but for its slug."""
    item = copy.deepcopy(CONVERSATION)
    outer: Any = item
    for key in place[:-1]:
        outer = outer[key]
    outer[place[-1]] = value
    if place != ("slug",):
        assert salvage(item, Conversation).slug == CONVERSATION["slug"]


@given(st.dictionaries(st.sampled_from(sorted(CONVERSATION)), JSON))
def test_naive_time(fields: dict[str, Any]) -> None:
    """Whatever comes, a timestamp is aware or None."""
    item = salvage(fields | {"slug": "a"}, Conversation)
    excerpts = [item.message, item.last_customer_message, item.last_staff_message]
    times = [item.created_at, item.updated_at, item.hold_until]
    times += [excerpt.created_at for excerpt in excerpts if excerpt]
    assert all(time.utcoffset() is not None for time in times if time)


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_time_of_another_instant(face: datetime, minutes: int) -> None:
    """A time is the instant that was written, whatever the offset."""
    moment = face.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert salvaged(created_at=moment.isoformat(" ")).created_at == moment
