"""Brand, path, login, format, single reads, over a real socket."""

import aiohttp
import pytest

from reamaze_async.sandbox import Habits, Limit, Sandbox

FIELDS = [
    "subject", "slug", "created_at", "updated_at", "origin", "data", "external_data", "hold_until",
    "author", "assignee", "perma_url", "tag_list", "status", "display_subject", "category",
    "last_customer_message", "followers", "message", "readOnly", "message_count",
]  # fmt: skip
USER = [
    "id", "name", "data", "email", "twitter", "facebook", "instagram", "mobile", "friendly_name",
    "display_name",
]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["conversations", "conversations.json", "conversations/", "conversations.json/"]
)
async def test_list_with_and_without_suffix_and_slash(client, path):
    """The suffix `.json` and a trailing slash change nothing."""
    assert (await client.get(path)).json["total_count"] > 300


@pytest.mark.parametrize(
    "path",
    ["people", "conversations/a/b", "", "/", "/api/v2/conversations", "/api/v1", "/conversations"],
)
async def test_unknown_path(client, path):
    """What is no path of ours is 404, with or without a login."""
    reply = await client.send("GET", path, headers={})
    assert (reply.status, reply.json) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "conversations/a"), ("PATCH", "conversations")]
)
async def test_unknown_method(client, method, path):
    """What can't be done to a path is 404."""
    assert (await client.send(method, path)).status == 404


@pytest.mark.parametrize("accept", ["text/html", "", "application/xml, text/*"])
async def test_no_json_asked_for(client, accept):
    """Without a suffix and a header that asks for JSON: 406 and an empty body."""
    reply = await client.send("GET", "conversations", headers=client.login | {"Accept": accept})
    assert (reply.status, reply.body) == (406, b"")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html, application/json;q=0.5"])
async def test_json_asked_for(client, accept):
    """Each of these is enough."""
    reply = await client.send("GET", "conversations", headers=client.login | {"Accept": accept})
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("header", [None, "Bearer x", "Basic", "Basic ***", "Basic bm9jb2xvbg=="])
async def test_login_missing(client, header):
    """No credentials that can be read: 401 with a challenge, in text."""
    headers = {"Accept": "*/*"} | ({"Authorization": header} if header else {})
    reply = await client.send("GET", "conversations", headers=headers)
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Application"'
    assert reply.body == b"HTTP Basic: Access denied.\n"


@pytest.mark.parametrize("status", [401, 403])
async def test_login_wrong(connect, status):
    """Wrong credentials are 403, or 401 if set so."""
    async with Sandbox(1, wrong_login=status) as sandbox:
        client = await connect(sandbox)
        for pair in [("other@acme.example", sandbox.token), (sandbox.email, "0" * 64)]:
            headers = {"Accept": "*/*", "Authorization": aiohttp.encode_basic_auth(*pair)}
            assert (await client.send("GET", "conversations", headers=headers)).status == status


async def test_login_wrong_tells_in_json(client):
    """By default with an error in JSON."""
    headers = {"Accept": "*/*", "Authorization": aiohttp.encode_basic_auth("a@b.example", "x")}
    reply = await client.send("GET", "conversations", headers=headers)
    assert list(reply.json) == ["error"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("acme.reamaze.io", 200),
        ("ACME.reamaze.com:443", 200),
        ("localhost:1", 200),
        ("[::1]:80", 200),
        ("other.reamaze.io", 404),
        ("reamaze.io", 404),
    ],
)
async def test_brand_is_the_host(client, host, status):
    """Another brand's host is 404."""
    headers = client.login | {"Accept": "*/*", "Host": host}
    assert (await client.send("GET", "conversations", headers=headers)).status == status


async def test_envelope(client):
    """Page size, counts and then the list, in this order."""
    reply = await client.listed(filter="all")
    assert list(reply.json) == ["page_size", "page_count", "total_count", "conversations"]
    assert [*reply.json.values()][:3] == [30, 17, 500]


async def test_fields_in_the_order_of_real_answers(client):
    """All of them, with the odd keys; only `external_data` may be absent."""
    for item in (await client.listed(filter="all")).json["conversations"]:
        assert list(item) == [name for name in FIELDS if name in item]
        assert set(FIELDS) - set(item) <= {"external_data"}
        assert item["author"] is None or list(item["author"]) == USER
        for follower in item["followers"]:
            assert list(follower) == [*USER, "staff?", "customer?", "bot?"]


async def test_get_one_by_slug(client, sandbox):
    """The list's object, bare, and `last_staff_message`; odd slugs too."""
    odd = [c for c in sandbox.conversations if "$" in c.slug]
    assert odd
    for conversation in [sandbox.conversations[0], *odd]:
        found = (await client.get(f"conversations/{conversation.slug}")).json
        assert found == conversation.json() | {"last_staff_message": found["last_staff_message"]}


async def test_get_one_by_number(client, sandbox):
    """A slug that isn't found is looked up as a database id, but not as a reference."""
    conversation = sandbox.conversations[7]
    found = await client.get(f"conversations/{conversation.id}.json")
    assert found.json["slug"] == conversation.slug
    assert (await client.get(f"conversations/{conversation.id}", id_type="ref")).status == 404


async def test_get_one_by_reference_or_origin(client, sandbox):
    """`id_type=ref`; `id_type=origin` inside a category, without which it is 422."""
    it = sandbox.conversations[7]
    by_ref = await client.get(f"conversations/{it.ref}", id_type="ref")
    path, inside = f"conversations/{it.origin_id}", {"category": it.category.slug}
    by_origin = await client.get(path, id_type="origin", **inside)
    assert by_ref.json["slug"] == by_origin.json["slug"] == it.slug
    assert (await client.get(path, id_type="origin")).status == 422
    assert (await client.get(path, id_type="origin", category="nowhere")).status == 404
    assert (await client.get(path, id_type="origin", channel="twitter", **inside)).status == 404


async def test_get_one_unknown(client):
    """404 with an error in JSON."""
    for name in ("nobody-wrote-this", "0", "9" * 5000, "%24"):
        reply = await client.get(f"conversations/{name}")
        assert (reply.status, reply.json) == (404, {"error": "Not Found"})


async def test_unknown_category(client, connect):
    """An unknown channel lists nothing, or is 404 if set so."""
    assert (await client.listed(category="nowhere")).json["total_count"] == 0
    async with Sandbox(1, habits=Habits(unknown_category=404)) as strict:
        assert (await (await connect(strict)).listed(category="nowhere")).status == 404


async def test_gzip_on_request(client):
    """Compressed when asked for, and the same when unpacked."""
    headers = client.login | {"Accept": "*/*"}
    plain = await client.send("GET", "conversations", headers=headers | {"Accept-Encoding": "br"})
    zipped = await client.send("GET", "conversations", headers=headers)
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) < len(zipped.body) // 3
    assert zipped.body == plain.body


async def test_head(client):
    """The head of a GET and no body."""
    reply = await client.send("HEAD", "conversations")
    assert (reply.status, reply.body) == (200, b"")
    assert (await client.listed()).status == 200


async def test_page_is_remembered_only_while_the_world_stands_still(client, sandbox):
    """A change shows in the next answer."""
    first = (await client.listed()).slugs
    new = sandbox.world.create()
    assert (await client.listed()).slugs == [new.slug, *first[:-1]]
    sandbox.world.archive(new.slug)
    assert (await client.listed()).slugs == first


async def test_over_the_limit(connect):
    """429, before anything is looked at."""
    async with Sandbox(1, limit=Limit(1), clock=lambda: 0.0) as sandbox:
        client = await connect(sandbox)
        assert [(await client.listed()).status for _ in range(3)] == [200, 429, 429]


async def test_verbs_of_writing(client, sandbox):
    """Each meets its own refusals."""
    slug = sandbox.conversations[0].slug
    assert (await client.send("POST", "conversations", json={})).status == 400
    assert (await client.send("PUT", f"conversations/{slug}", json={})).status == 400
    assert (await client.send("PUT", "conversations/nobody", json={})).status == 404


@pytest.mark.parametrize(
    ("deny", "refused"),
    [
        ("access_reports", {"satisfaction_ratings", "reports/volume"}),
        (["reports"], {"reports/volume"}),
        (["messages", "staff"], {"messages", "staff"}),
        ((), set()),
    ],
)
async def test_what_the_role_forbids(connect, deny, refused):
    """403 in JSON for that, and nothing else."""
    paths = {"satisfaction_ratings", "reports/volume", "messages", "staff", "conversations"}
    async with Sandbox(40, deny=deny) as sandbox:
        client = await connect(sandbox)
        replies = {path: await client.get(path) for path in paths}
        assert {path for path, reply in replies.items() if reply.status == 403} == refused
        assert all("error" in replies[path].json for path in refused)


async def test_forbidden_writes(connect):
    """Reading stays allowed; a wrong login is still a wrong login."""
    async with Sandbox(40, deny=["manage_incidents", "POST messages"], wrong_login=401) as sandbox:
        client = await connect(sandbox)
        path = f"conversations/{sandbox.conversations[0].slug}/messages"
        assert (await client.post("incidents", incident={"title": "x"})).status == 403
        assert (await client.post(path, message={"body": "x"})).status == 403
        assert {(await client.get(name)).status for name in ("incidents", path)} == {200}
        assert (await client.send("POST", path, headers={"Accept": "*/*"})).status == 401


def test_word_that_forbids_nothing():
    """Refused at once, naming what there is."""
    with pytest.raises(ValueError, match="access_reports"):
        Sandbox(1, deny=["rumours"])
