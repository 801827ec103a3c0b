"""One message, and the JSON it is served as."""

from datetime import datetime

import pytest

from reamaze_async.sandbox import World
from reamaze_async.sandbox.files import KINDS


@pytest.fixture(scope="module")
def messages():
    """All of one world, newest conversation first."""
    return [message for it in World(800, seed=1).conversations for message in it.messages]


def test_keys_of_real_answers(messages):
    """In their order; `meta` only for some, `original_body` only if asked for."""
    keys = list(messages[0].json())
    assert keys[:6] == ["body", "visibility", "origin", "origin_id", "created_at", "updated_at"]
    assert keys[6:11] == ["user", "recipients", "direct_recipients", "attachments", "conversation"]
    assert {"meta" in message.json() for message in messages} == {True, False}
    assert not any("original_body" in message.json() for message in messages)


def test_html_is_there_for_some(messages):
    """Null where a message has none."""
    found = [message.json(original_body=True)["original_body"] for message in messages]
    assert {body is None for body in found} == {True, False}


def test_conversation_inside(messages):
    """Its id and followers, and the channel with its id."""
    it = messages[0]
    shown = it.json()["conversation"]
    assert (shown["id"], shown["slug"]) == (it.conversation.id, it.conversation.slug)
    assert set(shown["category"]) == {"id", "name", "slug", "email", "channel"}
    assert len(shown["followers"]) == len(it.conversation.followers)


def test_attachments_of_a_few(messages):
    """With a question mark in the key, images and others."""
    found = [file for message in messages for file in message.json()["attachments"]]
    assert 0 < len(found) < len(messages) / 5
    assert {file["image?"] for file in found} == {True, False}
    assert {file["file_file_name"] for file in found} == {name for name, _ in KINDS}
    assert len({file["url"] for file in found}) == len(found)


def test_attachments_given():
    """Named after their addresses, whatever those look like."""
    urls = ("https://x.example/a/b%20c.png?d=/e", "https://x.example/")
    files = World(0).create(text="x", attachments=urls).messages[0].json()["attachments"]
    assert [file["file_file_name"] for file in files] == ["b c.png", "file"]
    assert [file["image?"] for file in files] == [True, False]


def test_answer_to_a_post_is_short(messages):
    """The documented keys alone."""
    shown = set(messages[0].written())
    assert shown == {"body", "visibility", "created_at", "origin_id", "user", "conversation"}


def test_moments_are_those_that_are_served(messages):
    """Aware, to the millisecond."""
    it = messages[5]
    assert datetime.fromisoformat(it.json()["created_at"]) == it.created_at


def test_body_of_the_list_is_the_body_of_the_message():
    """`message` and `last_customer_message` are the thread's own."""
    for it in World(300).conversations:
        item, own = it.json(), {message.body for message in it.messages}
        assert item["message"] is None or item["message"]["body"] == it.messages[0].body
        assert (item["last_customer_message"] or {"body": it.messages[0].body})["body"] in own
