"""Answers and error bodies."""

import json

from reamaze_async.sandbox.responses import NO_LOGIN, Answer, reason, too_many, unprocessable


def test_json_answer():
    """Says that it is JSON."""
    answer = Answer.of({"a": [1]}, 201)
    assert (answer.status, answer.body) == (201, b'{"a":[1]}')
    assert answer.headers == {"Content-Type": "application/json; charset=utf-8"}


def test_html_answer():
    """Says that it is HTML, and is."""
    answer = Answer.html(502, "502 Bad Gateway")
    assert answer.headers == {"Content-Type": "text/html; charset=utf-8"}
    assert b"<h1>502 Bad Gateway</h1>" in answer.body


def test_zipped_once():
    """However often it is sent."""
    answer = Answer(200, b"x" * 999)
    assert answer.zipped is answer.zipped


def test_unprocessable():
    """An object of lists under `errors`."""
    assert json.loads(unprocessable({"base": ["no"]}).body) == {"errors": {"base": ["no"]}}


def test_too_many():
    """Text by default, and a header only when told."""
    assert too_many(as_json=False, retry_after=None).body == b"Retry later\n"
    assert too_many(as_json=True, retry_after="3").headers["Retry-After"] == "3"


def test_reasons():
    """Of every status, known or not."""
    assert (reason(429), reason(599)) == ("Too Many Requests", "Unknown")
    assert NO_LOGIN.status == 401
