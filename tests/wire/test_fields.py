"""What is written: laid out as the API wants it, to the letter, or refused with the remedy."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import UNSET

from reamaze_async import InvalidParameter, Origin, Status, Visibility
from reamaze_async.wire import fields
from reamaze_async.wire.fields import Field, body_of

TABLE = (
    Field("title", fields.letters, is_needed=True),
    Field("note", fields.any_text),
    Field("body", fields.letters, "message.body"),
    Field("visibility", fields.number_of(Visibility, Visibility.COLLISION_DETECTED), "message.v"),
    Field("tags", fields.texts),
)


def refusal(check: Any, value: Any) -> str:
    """Why a value isn't sent."""
    with pytest.raises(InvalidParameter) as caught:
        check("x", value)
    return str(caught.value)


def test_attribute_left_out_but_sent():
    """What is left out isn't sent, None is null, an empty list is one; nothing is added."""
    assert body_of(TABLE, {}) == {}
    assert body_of(TABLE, {"title": UNSET, "note": None, "tags": []}) == {"note": None, "tags": []}


def test_attribute_in_another_place():
    """Attributes stand where the API wants them, flat or inside an object."""
    given = {"body": "a\r\n\tb ", "visibility": 1, "title": " t"}
    sent = {"title": " t", "message": {"body": "a\r\n\tb ", "v": 1}}
    assert body_of(TABLE, given) == sent


def test_attribute_misspelt():
    """A name that isn't in the table is an error, never a smaller write."""
    with pytest.raises(TypeError, match=r"^unexpected attribute: titel$"):
        body_of(TABLE, {"titel": "a"})


def test_needed_attribute_that_is_null():
    """Where null makes no sense it isn't sent."""
    with pytest.raises(InvalidParameter, match=r"^title=None can't be null: give it a value\.$"):
        body_of(TABLE, {"title": None})


def test_needed_attribute_that_is_left_out():
    """Something new isn't sent without it; a change may leave it as it is."""
    with pytest.raises(InvalidParameter, match=r"^title=UNSET can't be left out: give it a value"):
        body_of(TABLE, {"title": UNSET}, is_new=True)
    assert body_of(TABLE, {"title": UNSET}) == {}


NAIVE = datetime(2026, 1, 31, tzinfo=UTC).replace(tzinfo=None)
LOOP: list[Any] = []
LOOP.append(LOOP)

REFUSED = [
    (fields.letters, "", "is empty"),
    (fields.letters, " \r\n", "is empty"),
    (fields.letters, 3, "must be a string"),
    (fields.any_text, b"a", "must be a string"),
    (fields.any_text, "a\ud83d", "half of a surrogate pair"),
    *((fields.mobile, value, "E.164") for value in ("0155", "+1 415 555", "+0155512345", 155, "")),
    (fields.zero_or_one, 1, "True or False"),
    (fields.flag_or_day, "2026-01-31", "a date"),
    (fields.flag_or_day, datetime(2026, 1, 31, tzinfo=UTC), "a date"),
    (fields.moment, NAIVE, "has no time zone"),
    (fields.moment, "2026-01-31T09:00:00", "has no time zone"),
    (fields.moment, "soon", "ISO 8601"),
    (fields.moment, "", "is empty"),
    (fields.moment, date(2026, 1, 31), "aware datetime"),
    (fields.moment, 1769817600, "aware datetime"),
    *((fields.number_of(Status), value, "0 UNRESOLVED") for value in (10, -1, True, "open", 2.0)),
    (fields.number_of(Status), Status(77), "0 UNRESOLVED"),
    (fields.number_of(Status), Origin.EMAIL, "0 UNRESOLVED"),
    (fields.number_of(Visibility, Visibility.COLLISION_DETECTED), 2, "1 INTERNAL_NOTE."),
    (fields.word("a", "b"), "c", "use one of 'a', 'b'"),
    *((fields.texts, value, "must be a list") for value in ("abc", b"a", {"a"}, 3)),
    (fields.texts, ["a", ""], "is empty"),
    (fields.mapping, ["a"], "must be a mapping"),
    (fields.mapping, {1: "a"}, "must be a string"),
    (fields.mapping, {"a": float("nan")}, "can't be sent as JSON"),
    (fields.mapping, {"a": {"b": {1, 2}}}, "can't be sent as JSON"),
    (fields.mapping, {"a": LOOP}, "can't be sent as JSON"),
    (fields.mappings(), {"a": 1}, "must be a list of mappings"),
    (fields.mappings(), [3], "must be a mapping"),
    (fields.mappings(status=fields.word("up")), [{"status": "down"}], "is unknown"),
]


@pytest.mark.parametrize(("check", "value", "why"), REFUSED)
def test_value_that_would_be_misread(check: Any, value: Any, why: str) -> None:
    """What the server would refuse or misread is refused here, by name and with the remedy."""
    assert refusal(check, value).startswith("x")
    assert why in refusal(check, value)
    assert refusal(check, value).endswith(".")


EVENING = datetime(2026, 1, 31, 9, tzinfo=timezone(timedelta(hours=-8)))

SENT = [
    (fields.moment, EVENING, "2026-01-31T09:00:00-08:00"),
    (fields.moment, " 2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"),
    (fields.number_of(Status), Status.SPAM, 3),
    (fields.number_of(Status), 9, 9),
    (fields.flag_or_day, date(2026, 1, 31), "2026-01-31"),
    (fields.flag_or_day, False, False),
    (fields.zero_or_one, True, 1),
    (fields.slug_or_number, 7, 7),
    (fields.slug_or_number, " returns ", "returns"),
    (fields.mobile, "+15551234567", "+15551234567"),
    (fields.texts, ("VIP", " a,b "), ["VIP", " a,b "]),
    (fields.mapping, {"a": [1, None, {"b": "\n"}]}, {"a": [1, None, {"b": "\n"}]}),
    (fields.mappings(), [{"status": "x"}], [{"status": "x"}]),
    (fields.any_text, "", ""),
]


@pytest.mark.parametrize(("check", "value", "sent"), SENT)
def test_value_sent_as_another(check: Any, value: Any, sent: Any) -> None:
    """What is good is sent to the letter."""
    assert check("x", value) == sent
    assert type(check("x", value)) is type(sent)


def test_secret_that_an_error_shows():
    """A password is in no error, whatever is wrong with it."""
    for value in ("", 4711, "a\ud83d"):
        assert "4711" not in refusal(fields.secret, value)
        assert "isn't shown" in refusal(fields.secret, value)
