"""What tests of listings read, and how they wait until nothing more is asked."""

from collections.abc import AsyncIterator
from typing import Any

from loops import turns

from reamaze_async import Listing
from reamaze_async.sandbox import Sandbox

PAGES = 17
"""Of the sandbox that tests get from the fixture, with `filter="all"`."""


def truth(sandbox: Sandbox) -> list[str]:
    """The slugs of `filter="all"`, as they should come."""
    return [conversation.slug for conversation in sandbox.conversations]


async def slugs(listing: AsyncIterator[Any] | Listing[Any]) -> list[str]:
    """What a listing hands out, to its end."""
    return [conversation.slug async for conversation in listing]


async def quiet(sandbox: Sandbox) -> None:
    """Wait until the client asks for nothing more."""
    asked = -1
    while asked != len(sandbox.requests):
        asked = len(sandbox.requests)
        await turns(50)
