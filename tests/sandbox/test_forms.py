"""What writes may be given."""

import pytest

from reamaze_async.sandbox import Answer
from reamaze_async.sandbox.forms import (
    Field,
    Form,
    is_email,
    is_flag,
    is_flat,
    is_mobile,
    is_moment,
    is_object,
    is_text,
    is_url,
    json_of,
    list_of,
    one_of,
)
from reamaze_async.sandbox.http import Incoming

FORM = Form("it", (Field("name", is_text, is_needed=True), Field("on", is_flag)))


def sent(body, kind="application/json"):
    """A request with this body."""
    return Incoming("POST", "/", {"content-type": kind}, body, keep_alive=True)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (is_text, ["", "a"], [1, None, []]),
        (is_flag, [True, False, 0, 1], ["1", 2, None]),
        (is_email, ["a@b"], ["@", "a@", "a", 1]),
        (is_mobile, ["+14155550123", "+1234567"], ["+123456", "14155550123", "+1415x", "+", 1]),
        (is_url, ["http://a", "https://a"], ["//a", "ftp://a", 1]),
        (is_flat, [{}, {"a": 1, "b": None}], [{"a": {}}, {"a": []}, []]),
        (
            is_moment,
            ["2026-01-01", "2026-01-01T00:00Z"],
            ["soon", "9999-12-31T23:59-12:00", 5, None],
        ),
        (is_object, [{}, {"a": {}}], [[], "", None]),
        (one_of(0, 1), [0, 1], [True, "1", 1.0, 2]),
        (list_of(is_text), [[], ["a"]], ["a", [1], None]),
    ],
)
def test_check_that_is_too_strict_or_too_loose(check, good, bad):
    """Each value on its side."""
    assert all(check(value) for value in good)
    assert not any(check(value) for value in bad)


def test_new_things_must_have_and_old_ones_keep():
    """Blank is as good as missing; null clears what need not be."""
    assert FORM.errors({}, is_new=True) == {"name": ["can't be blank"]}
    assert FORM.errors({}, is_new=False) == {}
    assert FORM.errors({"name": " ", "on": None}, is_new=False) == {"name": ["can't be blank"]}
    for wrong in ("x", "  "):
        assert FORM.errors({"name": "x", "on": wrong}, is_new=True) == {"on": ["is invalid"]}
    assert FORM.errors({"name": "x", "on": ""}, is_new=True) == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"it": 1}', b'{"name": "x"}', b"[" * 10**5])
def test_body_without_its_root(body):
    """400; unless it may be loose or flat."""
    answer = FORM.accept(sent(body), is_new=True)
    assert isinstance(answer, Answer)
    assert answer.status == 400


def test_loose_and_flat_bodies():
    """A root that is there counts all the same."""
    loose, flat = Form("it", FORM.fields, is_loose=True), Form(None, FORM.fields)
    assert loose.read(sent(b'{"name": "x"}')) == {"name": "x"}
    assert loose.read(sent(b'{"it": {"name": "y"}, "name": "x"}')) == {"name": "y"}
    assert flat.read(sent(b'{"name": "x"}')) == {"name": "x"}


def test_what_else_is_wrong_is_asked_last():
    """Only where each attribute by itself will do."""
    asked = []
    form = {"is_new": True, "also": lambda given: asked.append(given) or {"base": ["no"]}}
    assert FORM.accept(sent(b'{"it": {}}'), **form).status == 422
    assert FORM.accept(sent(b'{"it": {"name": "x"}}'), **form).status == 422
    assert asked == [{"name": "x"}]


def test_json_that_is_not_called_so():
    """Is none."""
    assert json_of(sent(b"{}", "text/plain")) is None
