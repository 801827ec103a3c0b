"""The attachments that messages, typed or raw, refer to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from reamaze_async.models import Message
from reamaze_async.resources.messages import ENDPOINT, key_of
from reamaze_async.wire.parts import MALFORMED


class AttachmentRef(NamedTuple):
    """An attachment of a message.

    Attributes:
        url: where it is.
        name: what it is called; None if it isn't said.
        conversation: the slug of its conversation; None if it isn't said.
        message: the key of its message.
        position: which one of that message's attachments it is.
        size: in bytes, as the message says; None if it doesn't.
    """

    url: str
    name: str | None
    conversation: str | None
    message: str
    position: int
    size: int | None = None


def attachments_of(message: Message) -> Iterator[AttachmentRef]:
    """The attachments of a message that have an address."""
    if message.attachments:
        slug = message.conversation.slug if message.conversation else None
        key = key_of(message)
        for position, one in enumerate(message.attachments):
            if one.url:
                name, size = one.file_file_name, one.file_file_size
                yield AttachmentRef(one.url, name, slug, key, position, size)


def attachments_in(lines: Iterable[bytes]) -> Iterator[AttachmentRef]:
    """The attachments of raw messages, one by one, such as the lines of an export."""
    for line in lines:
        if b'"attachments"' not in line:
            continue
        with suppress(*MALFORMED):
            yield from attachments_of(ENDPOINT.pages.item(line))


def attachments_in_file(path: str | os.PathLike[str]) -> Iterator[AttachmentRef]:
    """The attachments of an NDJSON export of messages, line by line.

    Raises:
        OSError: it can't be read.
    """
    with Path(path).open("rb") as file:
        yield from attachments_in(file)
