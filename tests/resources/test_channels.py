"""Channels over real sockets: all in one answer, one by its slug."""

import pytest
from written import asked

from reamaze_async import ChannelType, ChannelVisibility, InvalidParameter, NotFound
from reamaze_async.sandbox import Habits, Sandbox


async def test_channels_of_another_kind(sandbox, session):
    """Only those of the kind asked for come; no page is asked for, since there is none."""
    found = [channel async for channel in session.channels.list(channel="email")]
    assert {channel.channel for channel in found} == {ChannelType.EMAIL}
    assert sandbox.requests[0].params == {"channel": "email"}
    assert await session.channels.count(channel="email") == len(found)
    assert asked(sandbox) == {"channel": "email"}


@pytest.mark.parametrize("wrapped", [True, False])
async def test_channel_whose_type_is_taken_for_a_wrapper(connect, wrapped):
    """A channel has a field `channel` of its own, which is no root key."""
    async with Sandbox(5, habits=Habits(wrapped=wrapped)) as sandbox:
        for truth in sandbox.channels:
            found = await (await connect(sandbox)).channels.get(truth.slug)
            assert (found.slug, found.name) == (truth.slug, truth.name)
            assert found.visibility in set(ChannelVisibility)
            assert found.brand.name == "Acme"


@pytest.mark.parametrize("slug", ["", "..", 3, None])
async def test_slug_that_is_none(sandbox, session, slug):
    """What can be no slug is refused, and so is an unknown kind."""
    with pytest.raises(InvalidParameter, match=r"^slug="):
        await session.channels.get(slug)
    with pytest.raises(InvalidParameter, match=r"^channel='fax'"):
        await session.channels.count(channel="fax")
    assert sandbox.requests == []


async def test_channel_that_is_not_there(session):
    """404, as itself."""
    with pytest.raises(NotFound):
        await session.channels.get("a/b")
