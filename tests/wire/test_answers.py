"""Answers of several shapes: a single thing, several, the one that was written, an error."""

import msgspec
import pytest

from reamaze_async import DecodeError
from reamaze_async.wire.answers import SeveralDecoder, any_keys, nothing, single
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.request import Request


class Thing(msgspec.Struct):
    """Anything; nothing of it is needed."""

    id: int | None = None
    thing: str | None = None


REQUEST = Request("POST", "/api/v1/things")
several = SeveralDecoder(Thing, "things", "thing")


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (b'[{"id":1},{"id":2}]', [1, 2]),
        (b'{"things":[{"id":1}]}', [1]),
        (b'{"thing":{"id":1}}', [1]),
        (b'{"id":1,"thing":"x"}', [1]),
        (b"[]", []),
        (b'[{"id":"1"},{"id":[]}]', [1, None]),
        (b'[7,{"id":1},null]', [1]),
    ],
)
def test_shape_that_loses_a_thing(body, ids):
    """A bare array, under their name, a single one bare or under its root: all the same."""
    assert [thing.id for thing in several(REQUEST, body)] == ids


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"7", b'"a"', b'{"error":"x"}', b'{"errors":{"a":["b"]}}']
)
def test_answer_that_is_no_thing(body):
    """What holds no such thing is an error, not a thing without anything."""
    with pytest.raises(DecodeError):
        several(REQUEST, body)


def test_error_taken_for_a_thing():
    """A good answer that only tells of an error is told with its words."""
    read = single(PageDecoder("things", Thing, Thing, any_keys), "thing")
    assert read(REQUEST, b'{"thing":{"id":1}}') == Thing(1)
    with pytest.raises(DecodeError, match=r"it tells of an error \(Locked\)"):
        read(REQUEST, b'{"error":"Locked"}')


@pytest.mark.parametrize("body", [b'{"status":"maintenance"}', b'{"message":"Back soon","code":7}'])
def test_other_json_taken_for_a_thing(body):
    """What answers a question with something else holds no thing; what leaves all out is one."""
    asked = Request("GET", "/api/v1/things")
    for read in (single(PageDecoder("things", Thing, Thing, any_keys), "thing"), several):
        with pytest.raises(DecodeError, match=r"of what was asked for, but '(status|code)'"):
            read(asked, body)
        assert read(REQUEST, body) in (Thing(), (Thing(),))
    for bare in (b"{}", b'{"thing":{}}', b'{"id":null,"new":1}'):
        assert (
            single(PageDecoder("things", Thing, Thing, any_keys), "thing")(asked, bare) == Thing()
        )


def test_one_that_is_not_there():
    """The one that was written must be among those that come."""
    first = several.one(lambda things: next(iter(things), None))
    assert first(REQUEST, b'[{"id":1},{"id":2}]') == Thing(1)
    with pytest.raises(DecodeError, match="the thing that was written isn't there"):
        first(REQUEST, b"[]")


def test_nothing_of_use():
    """Any JSON and no body at all are as good as nothing; a web page isn't."""
    for body in (b"", b"{}", b"null", b" "):
        nothing(REQUEST, body)
    with pytest.raises(DecodeError):
        nothing(REQUEST, b"<html>")
