"""Attached files, over a real socket."""

import pytest

from reamaze_async.sandbox.files import content, size_of


def attached(sandbox):
    """The first message with a file, and what is told of the file."""
    message = next(it for it in sandbox.messages if it.file)
    return message, message.json()["attachments"][0]


async def test_file_without_a_login(client, sandbox):
    """As long and of the type as told, the same bytes each time."""
    _, file = attached(sandbox)
    async with client.http.get(file["url"]) as answer:
        body = await answer.read()
        assert answer.content_type == file["file_content_type"]
    assert len(body) == file["file_file_size"]
    assert (await client.send("GET", file["url"][len(sandbox.base_url) :])).body == body


async def test_file_of_a_message_that_is_gone(client, sandbox):
    """404: a dead address."""
    message, file = attached(sandbox)
    sandbox.world.delete(message.conversation.slug)
    async with client.http.get(file["url"]) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", ["", "1/x.png", "x/receipt.pdf", "9" * 40 + "/receipt.pdf"])
async def test_file_that_never_was(client, path):
    """404."""
    assert (await client.send("GET", f"/attachments/{path}")).status == 404


def test_content_has_its_size():
    """To the byte, for every luck."""
    assert all(len(content(luck)) == size_of(luck) for luck in (0, 1, 299_999, 2**48))
