"""The sandbox over a real socket."""

import aiohttp

from reamaze_async.sandbox import Sandbox


async def test_every_conversation_is_served_once_newest_first():
    """The pages, one after another, are the truth."""
    async with Sandbox(95, seed=3) as sandbox:
        login = {"Authorization": aiohttp.encode_basic_auth(sandbox.email, sandbox.token)}
        async with aiohttp.ClientSession(sandbox.base_url, headers=login) as http:
            slugs = []
            for page in range(1, 5):
                query = f"?filter=all&page={page}"
                async with http.get(f"/api/v1/conversations.json{query}") as answer:
                    slugs += [item["slug"] for item in (await answer.json())["conversations"]]
        assert slugs == [conversation.slug for conversation in sandbox.conversations]
