"""Lists without counts of pages: bare arrays, one answer for all, pages alone."""

from typing import Any

import msgspec
import pytest

from reamaze_async import DecodeError
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.request import Request
from reamaze_async.wire.whole import CountingDecoder, in_one_answer, so_far


class Thing(msgspec.Struct):
    """Anything."""

    id: int


PAGES = PageDecoder("things", Thing, Thing, lambda things: [f"key {thing.id}" for thing in things])
WHOLE = CountingDecoder("things", PAGES, in_one_answer)
PAGED = CountingDecoder("things", PAGES, so_far)


def counts(decoder: Any, count: int, page: int | None = None) -> tuple[int, int, int, int]:
    """The counts of a bare array, and how many items came."""
    body = msgspec.json.encode([{"id": number} for number in range(count)])
    read = decoder.typed(Request("GET", "/api/v1/things", page=page), body)
    return read.size, read.pages, read.total, len(read.items)


@pytest.mark.parametrize(
    "body", [b' [{"id":1},{"id":2}]', b'{"total_count":9,"things":[{"id":1},{"id":2}]}']
)
def test_list_in_one_answer(body):
    """A bare array and one under its name are one page each; its length is what counts."""
    request = Request("GET", "/api/v1/things")
    read = WHOLE.raw(request, body)
    assert (read.pages, read.total, read.items) == (1, 2, [b'{"id":1}', b'{"id":2}'])
    assert WHOLE.typed(request, body).items == [Thing(1), Thing(2)]
    assert WHOLE.total(request, body) == 2


def test_empty_list():
    """A list of nothing has no page, whoever counts."""
    assert counts(WHOLE, 0) == (1, 0, 0, 0)
    assert counts(PAGED, 0, 1) == (30, 0, 0, 0)


def test_pages_without_counts():
    """A page tells what stands on it and above; more than a page at once are all."""
    assert counts(PAGED, 30, 1) == (30, 2, 30, 30)
    assert counts(PAGED, 11, 2) == (30, 2, 41, 11)
    assert counts(PAGED, 41, 1) == (41, 1, 41, 41)


def test_counts_of_null():
    """A server that tells null for its counts doesn't count."""
    body = b'{"page_size":null,"page_count":null,"total_count":null,"things":[{"id":1}]}'
    for decoder in (PAGED, WHOLE):
        read = decoder.raw(Request("GET", "/api/v1/things", page=1), body)
        assert (read.pages, read.total, read.items) == (1, 1, [b'{"id":1}'])


def test_counts_that_are_there():
    """Counts that a server tells are taken as they are."""
    body = b'{"page_size":30,"page_count":5,"total_count":150,"things":[{"id":1}]}'
    read = PAGED.typed(Request("GET", "/api/v1/things", page=1), body)
    assert (read.size, read.pages, read.total) == (30, 5, 150)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":"x"}', b'{"things":3}', b'"a"', b"[1"])
def test_answer_that_is_no_list(body):
    """What holds no list is an error, not an empty list."""
    for read in (WHOLE.typed, WHOLE.raw, WHOLE.total, PAGED.typed):
        with pytest.raises(DecodeError):
            read(Request("GET", "/api/v1/things", page=1), body)
