"""Bytes to objects: no page lost for an odd field, no item changed, every error with its place."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import CONVERSATION, PAGE_4, page_of

from reamaze_async import Conversation, DecodeError, Status
from reamaze_async.wire import decode


class Outline(msgspec.Struct):
    """What paging needs."""

    slug: str
    status: Any = None


PAGES = decode.PageDecoder(
    "conversations", Conversation, Outline, lambda things: [thing.slug for thing in things]
)
WAYS = [PAGES.typed, PAGES.raw]


def failure(read: Any, body: bytes, *arguments: Any) -> tuple[str, str | None, bool]:
    """How a body can't be read: reason, place, garbled or not."""
    with pytest.raises(DecodeError) as caught:
        read(PAGE_4, body, *arguments)
    error = caught.value
    assert str(error).startswith("GET /api/v1/conversations page 4: the answer can't be read: ")
    assert error.__cause__ is None
    return error.reason, error.place, error.is_garbled


# --- a page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", WAYS)
def test_page_whose_counts_get_mixed_up(read: Any) -> None:
    """A page says how long it is, how many pages there are, and how many items."""
    content = read(PAGE_4, page_of({"slug": "a"}, page_size=20, page_count=7, total_count=123))
    assert (content.size, content.pages, content.total) == (20, 7, 123)


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize("page_count", [0, 1])
def test_empty_list_taken_for_a_failure(read: Any, page_count: int) -> None:
    """A list without items is a list, whether it counts no page or one."""
    content = read(PAGE_4, page_of(page_count=page_count, total_count=0))
    assert (content.pages, content.total) == (page_count, 0)
    assert (list(content.items), list(content.outlines)) == ([], [])


def test_items_as_structs():
    """Typed, items are Structs in order, and tell themselves what paging needs."""
    content = PAGES.typed(PAGE_4, page_of(CONVERSATION, {"slug": "b"}))
    assert list(content.items) == [
        msgspec.convert(CONVERSATION, Conversation),
        Conversation(slug="b"),
    ]
    assert content.outlines is content.items


@pytest.mark.parametrize(
    "parts",
    [
        b'"conversations":[{"slug":"a"} ,{"slug":"b"}\n,{"slug":"c"}]',
        b'"meta":{"conversations":[{"slug":"a"}]},"conversations":[]',
        b'"conversations":[{"slug":"a"}],"conversations":[{"slug":"b"}]',
        rb'"conversations":[{"slug":"a"}],"\u0063onversations":[]',
        rb'"an\"conversations":[{"slug":"a"}],"\u0063onversations":[{"slug":"b"}]',
        b'"otherlistnm":[{"slug":"a"}],"conversations":[]',
        b'"conversations":[{"slug":"a"}],"others":[{"slug":"b"},{"slug":"c"}]',
        b'"others":[{"slug":"b"},{"slug":"c"}],"conversations":[{"slug":"a"},{"slug":"d"}]',
        b'"conversations":[{"slug":"a"},{"slug":"d"}],"other":{"slug":"b"},"slug":["}]"]',
    ],
)
def test_items_of_another_list(parts):
    """Raw, the items are those of the page's list as JSON has it, without the blanks around."""
    body = b'{%b,"page_count":9,"total_count":261}' % parts
    items = PAGES.raw(PAGE_4, body).items
    assert [json.loads(item) for item in items] == json.loads(body)["conversations"]
    assert [item.strip() for item in items] == list(items)


def test_items_as_they_came():
    """Raw, each item is its own bytes, and an outline says what paging needs."""
    odd = b'{ "slug":"a",\n "status" : 4, "new": {"x": [1e400, 12345678901234567890123, 1.10]},'
    odd += '"a": 1, "a": 2, "é": "\\u00e9 \\"\\/ € \\ud83d\\ude00"}'.encode()
    content = PAGES.raw(PAGE_4, page_of(odd, b'{"slug": "b"}'))
    assert list(content.items) == [odd, b'{"slug": "b"}']
    assert list(content.outlines) == [Outline("a", 4), Outline("b")]
    assert all(type(item) is bytes for item in content.items)


KEYS = st.sampled_from(["slug", "a", "conversations"])
VALUES = st.recursive(
    st.sampled_from([1, '},{"slug":', '"}],"x":[{"slug"', "\\"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(KEYS, values, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.dictionaries(KEYS, VALUES), st.dictionaries(KEYS, VALUES))))
def test_items_cut_where_one_begins_inside_another(parts: list[Any]) -> None:
    """However items begin, and whatever stands inside them, each comes as it was."""
    items = [
        json.dumps(above | {"slug": f"s{number}"} | below | {"slug": f"s{number}"}).encode()
        for number, (above, below) in enumerate(parts)
    ]
    items = [item.replace(b", ", b",").replace(b": ", b":") for item in items]
    content = PAGES.raw(PAGE_4, page_of(*items))
    assert list(content.items) == items
    assert list(content.keys) == [f"s{number}" for number in range(len(items))]


@pytest.mark.parametrize("read", WAYS)
def test_unknown_key_in_an_envelope(read: Any) -> None:
    """What is new in an envelope or an item is no reason to refuse it."""
    content = read(PAGE_4, page_of({"slug": "a", "new": {}}, current_page=4, error=None))
    assert [outline.slug for outline in content.outlines] == ["a"]


@pytest.mark.parametrize("read", WAYS)
def test_page_size_left_out(read: Any) -> None:
    """A page that doesn't say how long it is has the documented 30."""
    assert read(PAGE_4, b'{"page_count":1,"total_count":0,"conversations":[]}').size == 30


# --- odd items ------------------------------------------------------------------------------------

ODD = {
    "null author": b'{"slug": "a", "author": null}',
    "unknown status": b'{"slug": "a", "status": 4711}',
    "huge status": b'{"slug": "a", "status": 123456789012345678901234567890}',
    "time without offset": b'{"slug": "a", "created_at": "2026-03-02T09:15:04"}',
    "word for a number": b'{"slug": "a", "message_count": "many"}',
    "number too large for a float": b'{"slug": "a", "data": {"x": 1e400}}',
    "number too large for a count": b'{"slug": "a", "message_count": 1e400}',
    "number of 5000 digits": b'{"slug": "a", "data": {"x": 1%s}}' % (b"0" * 5000),
    "key twice": b'{"slug": "b", "slug": "a", "subject": 1, "subject": []}',
    "half a character": b'{"slug": "a", "subject": "\\ud83d"}',
    "half a character and more": b'{"slug": "a", "subject": "\\ud83d", "data": ""}',
    "half a character in a key": b'{"slug": "a", "data": {"\\uDE00": 1}}',
    "half a character in the unknown": b'{"slug": "a", "new": "\\ud83d\\ud83d\\ude00"}',
    "empty string for an object": b'{"slug": "a", "data": "", "category": ""}',
}


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize("item", ODD.values(), ids=ODD)
def test_page_lost_for_an_odd_field(read: Any, item: bytes) -> None:
    """One odd field costs neither its page nor its item, typed or raw."""
    content = read(PAGE_4, page_of(CONVERSATION, item, {"slug": "z"}))
    assert [outline.slug for outline in content.outlines] == ["where-is-my-parcel", "a", "z"]


def test_neighbour_of_an_odd_item():
    """The items beside an odd one are read as if it weren't there."""
    content = PAGES.typed(PAGE_4, page_of(CONVERSATION, {"slug": "a", "status": "3", "data": 5}))
    assert list(content.items) == [
        msgspec.convert(CONVERSATION, Conversation),
        Conversation(slug="a", status=Status.SPAM),
    ]


def test_half_a_character_kept():
    """Half a character becomes U+FFFD; whole ones and what only looks so stay."""
    item = rb'{"slug": "a", "subject": "\ud83d \ude00 \ud83d\uDE00 \\ud83d \u00e9"}'
    body = page_of(item)
    [conversation] = PAGES.typed(PAGE_4, body).items
    assert conversation.subject == "� � 😀 \\ud83d é"
    [raw] = PAGES.raw(PAGE_4, body).items
    assert raw == rb'{"slug": "a", "subject": "\ufffd \ufffd \ud83d\uDE00 \\ud83d \u00e9"}'


@given(st.lists(st.text(st.characters(categories=["L", "P", "Cs"]), max_size=5), max_size=3))
def test_halves_anywhere(texts: list[str]) -> None:
    """Wherever halves of characters stand, every item is there, and good UTF-8."""
    body = page_of(*({"slug": f"s{index}", "subject": text} for index, text in enumerate(texts)))
    slugs = [f"s{index}" for index in range(len(texts))]
    assert [item.slug for item in PAGES.typed(PAGE_4, body).items] == slugs
    items = PAGES.raw(PAGE_4, body).items
    assert [msgspec.json.decode(item)["slug"] for item in items] == slugs


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(set(CONVERSATION) - {"slug"})), JSON)
def test_page_lost_for_any_field(field: str, value: Any) -> None:
    """Whatever any field but the slug holds, the page survives, and raw items don't change."""
    item = json.dumps(CONVERSATION | {field: value}).replace("Infinity", "1e999").encode()
    body = page_of({"slug": "a"}, item, {"slug": "z"})
    assert [c.slug for c in PAGES.typed(PAGE_4, body).items] == ["a", "where-is-my-parcel", "z"]
    if b"\\ud" not in item:
        assert PAGES.raw(PAGE_4, body).items[1] == item


# --- items that can't be read ---------------------------------------------------------------------

KEYLESS = {
    "no key": (b'{"subject": "b"}', "object missing required field `slug`", ""),
    "null for a key": (b'{"slug": null}', "expected `str`, got `null`", ".slug"),
    "object for a key": (b'{"slug": {"a": 1}}', "expected `str`, got `object`", ".slug"),
    "empty key": (b'{"slug": ""}', "its key is empty", ""),
}
NO_OBJECT = {
    "null": (b"null", "expected `object`, got `null`", ""),
    "list": (b"[]", "expected `object`, got `array`", ""),
    "text": (b'"a"', "expected `object`, got `str`", ""),
}


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize("odd", KEYLESS | NO_OBJECT)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_neighbours_lost_for_one_item(read: Any, odd: str, place: int) -> None:
    """An item without a key costs itself, wherever it stands; what and where is told."""
    item, reason, inner = (KEYLESS | NO_OBJECT)[odd]
    items: list[Any] = [{"slug": "a"}, {"slug": "b"}]
    items.insert(place, item)
    content = read(PAGE_4, page_of(*items))
    [(position, one)] = content.unreadable.items()
    assert (position, one.reason) == (place, reason)
    assert one.place == f"$.conversations[{place}]{inner}"
    assert one.json == (item if odd in KEYLESS else None)
    assert content.items[place] is content.outlines[place] is one
    assert len(content.readable) == 2


def test_two_keyless_items_taken_for_one():
    """Items without a key are told apart, and known again, by their bytes."""
    bodies = [page_of({"x": 1}, {"x": 2}), page_of({"x": 2})]
    keys = [[one.key for one in PAGES.raw(PAGE_4, b).unreadable.values()] for b in bodies]
    assert keys[0][0] != keys[0][1] == keys[1][0]


DEEP = b"[" * 100_000 + b"]" * 100_000

NO_JSON = {
    "nan": (b'{"slug": "b", "data": {"x": NaN}}', "it isn't valid JSON"),
    "infinity": (b'{"slug": "b", "data": -Infinity}', "it isn't valid JSON"),
    "control character": (b'{"slug": "b", "subject": "a\x01\n"}', "it isn't valid JSON"),
    "wrong escape": (b'{"slug": "b", "subject": "\\x41"}', "it isn't valid JSON"),
    "comma too many": (b'{"slug": "b",}', "it isn't valid JSON"),
    "nothing": (b"", "it is empty"),
    "bad UTF-8": (b'{"slug": "b", "subject": "\xff"}', "it isn't UTF-8"),
    "too deep": (b'{"slug": "b", "data": %s}' % DEEP, "it is nested too deep"),
}


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize("odd", NO_JSON)
def test_page_that_is_no_json_for_one_item(read: Any, odd: str) -> None:
    """What isn't JSON is told at once, since it may pass; if it stays, it costs its item alone."""
    item, reason = NO_JSON[odd]
    body = page_of({"slug": "a", "subject": '[{"\\,'}, item, b'{"slug": "c", "x": "\\ud83d"}')
    with pytest.raises(DecodeError):
        read(PAGE_4, body)
    content = read(PAGE_4, body, splits=True)
    [one] = content.unreadable.values()
    assert (one.reason, one.place, one.json) == (reason, "$.conversations[1]", None)
    assert [outline.slug for outline in (content.outlines[0], content.outlines[2])] == ["a", "c"]


@pytest.mark.parametrize(
    ("counts", "read_as"),
    [
        ({"page_count": "9"}, (30, 9, 261)),
        ({"page_count": 9.0, "total_count": "261"}, (30, 9, 261)),
        ({"page_size": None}, (30, 9, 261)),
        ({"page_size": "20"}, (20, 9, 261)),
        ({"page_size": 0}, (30, 9, 261)),
        ({"page_count": None}, (30, 9, 261)),
        ({"page_count": "9", "page_size": -5}, (30, 9, 261)),
        ({"page_count": -1, "total_count": -1}, (30, 0, 0)),
        ({"page_count": 10**400, "page_size": 10**20}, (30, 9, 261)),
    ],
)
@pytest.mark.parametrize("read", WAYS)
def test_count_in_quotes(read: Any, counts: Any, read_as: tuple[int, int, int]) -> None:
    """Counts are read as any number is: in quotes, with a point; and done without if they may."""
    content = read(PAGE_4, page_of({"slug": "a"}, **counts))
    assert (content.size, content.pages, content.total) == read_as


@pytest.mark.parametrize("counts", [{"total_count": -1}, {"page_count": -3, "total_count": 9}])
@pytest.mark.parametrize("read", WAYS)
def test_senseless_count_of_a_list_that_seems_empty(read: Any, counts: Any) -> None:
    """Nothing on page 1 and a negative count aren't an empty list; on a later page they may be."""
    body = page_of(**counts)
    with pytest.raises(DecodeError, match=f"expected `int` >= 0 .*{next(iter(counts))}"):
        read(msgspec.structs.replace(PAGE_4, page=1), body)
    assert read(PAGE_4, body).total == max(0, counts["total_count"])


# --- what can't be read ---------------------------------------------------------------------------


@pytest.mark.parametrize("read", [*WAYS, PAGES.total, lambda *given: PAGES.one(*given, "x")])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"<!DOCTYPE html><html>Maintenance</html>", "it is HTML"),
        (b"\n\n  <html>", "it is HTML"),
        (b"Retry later\n", "it isn't valid JSON"),
        (page_of(CONVERSATION)[:-20], "it isn't valid JSON"),
        (page_of(CONVERSATION) + b"x", "it isn't valid JSON"),
        (page_of(b'{"slug": "a", "subject": "\x01"}'), "it isn't valid JSON"),
        (page_of(b'{"slug": "a", "subject": NaN}'), "it isn't valid JSON"),
        (page_of(b'{"slug": "a", "subject": "\\ud83d", }'), "it isn't valid JSON"),
        (page_of(b'{"slug": "a", "data": {"x": %s}}' % DEEP), "it is nested too deep"),
    ],
)
def test_garbage_taken_for_an_answer(read: Any, body: bytes, reason: str) -> None:
    """What isn't JSON is an error that says what it looks like, and may pass."""
    assert failure(read, body) == (reason, None, True)


@pytest.mark.parametrize("read", WAYS)
def test_bad_utf_8_handed_out(read: Any) -> None:
    """Bad UTF-8 in an item is an error, in raw items too: no file is spoilt with it."""
    reason, _, is_garbled = failure(read, page_of(b'{"slug": "a", "subject": "\xff"}'))
    assert (reason, is_garbled) == ("it isn't UTF-8", True)


def test_bad_utf_8_beside_an_odd_item():
    """Bad UTF-8 is called so, with its place, when items are read one by one."""
    body = page_of({"slug": "a", "message_count": "x"}, b'{"slug": "b", "subject": "\xff"}')
    assert failure(PAGES.typed, body) == ("it isn't UTF-8", "$.conversations[1]", True)


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (b"[]", "expected `object`, got `array`", "$"),
        (b'"ok"', "expected `object`, got `str` (it says 'ok')", "$"),
        (b"null", "expected `object`, got `null`", "$"),
        (b"{}", "object missing required field `page_count`", "$"),
        (
            b'{"error": "Not allowed"}',
            "object missing required field `page_count` (it says 'Not allowed')",
            "$",
        ),
        (
            b'{"page_count":1,"total_count":1,"messages":[]}',
            "object missing required field `conversations`",
            "$",
        ),
        (page_of(total_count=None), "expected `int`, got `null`", "$.total_count"),
        (page_of(total_count="many"), "expected `int`, got `str`", "$.total_count"),
        (
            b'{"page_count":1,"total_count":1,"conversations":null}',
            "expected `array`, got `null`",
            "$.conversations",
        ),
    ],
)
def test_answer_of_another_shape(read: Any, body: bytes, reason: str, place: str) -> None:
    """JSON of another shape is an error that says what is wrong and where, and won't pass."""
    assert failure(read, body) == (reason, place, False)


# --- one item, one number, any JSON ---------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"slug": "a", "status": 3},
        {"conversation": {"slug": "a", "status": 3}},
        {"conversation": {"slug": "a", "status": "3", "data": 5}},
        {"slug": "a", "status": "3", "data": 5},
        {"slug": "a", "status": 3, "message": {}, "author": ""},
        {"status": 200, "conversation": {"slug": "a", "status": 3}},
    ],
)
def test_one_item_bare_or_wrapped(body: Any) -> None:
    """One item is read bare or wrapped, odd or not."""
    one = PAGES.one(PAGE_4, json.dumps(body).encode(), "conversation")
    assert (one.slug, one.status) == ("a", Status.SPAM)


@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (b"[]", "expected `object`, got `array`", "$"),
        (b"{}", "object missing required field `slug`", "$"),
        (
            b'{"errors": ["No such thing"]}',
            "object missing required field `slug` (it says 'No such thing')",
            "$",
        ),
        (b'{"slug": {}, "message": {"body": "private"}}', "expected `str`, got `object`", "$.slug"),
        (b'{"conversation": null}', "object missing required field `slug`", "$"),
        (b'{"conversation": {}}', "object missing required field `slug`", "$.conversation"),
        (b'{"conversation": {"slug": null}}', "expected `str`, got `null`", "$.conversation.slug"),
    ],
)
def test_one_item_that_is_none(body: bytes, reason: str, place: str) -> None:
    """What is no such item is an error that says what is wrong and where."""
    assert failure(PAGES.one, body, "conversation") == (reason, place, False)


@pytest.mark.parametrize("body", [b'{"slug":"a","subject":"\xff"}', b'{"x":{"slug":"a\xff"}}'])
def test_one_item_in_bad_utf_8(body: bytes) -> None:
    """Bad UTF-8 in a single item is a DecodeError like any other."""
    reason, _, is_garbled = failure(PAGES.one, body, "x")
    assert (reason, is_garbled) == ("it isn't UTF-8", True)


def test_half_a_character_in_one_item():
    """Half a character costs a single item no more than a page."""
    for body in (b'{"slug":"a","subject":"\\ud800"}', b'{"x":{"slug":"a","subject":"\\ud800"}}'):
        assert PAGES.one(PAGE_4, body, "x").subject == "�"


def test_count_that_needs_a_whole_page():
    """A count is read from the envelope alone, whatever the items look like."""
    assert PAGES.total(PAGE_4, b'{"total_count": 41, "conversations": [{"slug": 5}, null]}') == 41
    assert failure(PAGES.total, b'{"total_count": -1}')[:2] == (
        "expected `int` >= 0", "$.total_count"
    )  # fmt: skip
    assert failure(PAGES.total, b'{"page_count": 2}')[:2] == (
        "object missing required field `total_count`",
        "$",
    )


def test_key_of_an_item_read_back():
    """What paging needs of an item can be read from its own bytes again."""
    assert PAGES.outline(b'{"slug": "a", "x": 1}') == Outline("a")
    with pytest.raises(msgspec.DecodeError):
        PAGES.outline(b'{"slug": "a"')


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"[1, 2]", b'"ok"', b'{"a": 1e400}'])
def test_any_json(body: bytes) -> None:
    """Any JSON is handed out as it came, and so is nothing at all."""
    assert decode.check_json(PAGE_4, body) == body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "it is HTML"),
        (b'{"a": ', "it isn't valid JSON"),
        (b'{"a": "\xff"}', "it isn't UTF-8"),
        (DEEP, "it is nested too deep"),
    ],
)
def test_page_of_maintenance_handed_out(body: bytes, reason: str) -> None:
    """What isn't JSON is not handed out as if it were."""
    assert failure(decode.check_json, body) == (reason, None, True)
