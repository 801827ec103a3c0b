"""Where attachments are told of: typed messages, raw ones, and files of them."""

import json

import msgspec

from reamaze_async import Attachment, Conversation, Message, attachments_in, attachments_of
from reamaze_async import attachments_in_file as in_file
from reamaze_async.sandbox import Sandbox


def test_attachment_without_an_address():
    """One that has none is left out; the others keep their positions."""
    files = (Attachment(url="https://h/1"), Attachment(), Attachment(url="https://h/3"))
    message = Message(body="x", attachments=files, conversation=Conversation(slug="a"))
    assert [(ref.url, ref.position, ref.conversation) for ref in attachments_of(message)] == [
        ("https://h/1", 0, "a"),
        ("https://h/3", 2, "a"),
    ]


def test_raw_message_that_says_something_else(tmp_path):
    """Raw and typed messages tell of the same attachments, under the same keys."""
    sandbox = Sandbox(60, seed=2, size="small")
    lines = [json.dumps(message.json()).encode() for message in sandbox.messages]
    typed = [
        ref for line in lines for ref in attachments_of(msgspec.json.decode(line, type=Message))
    ]
    (tmp_path / "messages.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    assert list(attachments_in(lines)) == list(in_file(tmp_path / "messages.ndjson")) == typed
    assert len(typed) > 5


def test_line_that_is_no_message():
    """It is passed over: what can't be read is told where messages are read."""
    assert list(attachments_in([b"{", b'{"attachments": 3}', b"[]", b'"attachments"'])) == []
