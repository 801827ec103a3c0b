"""POST and PUT of conversations, over a real socket."""

import pytest

from reamaze_async.sandbox import Sandbox

NEW = {
    "category": "support",
    "subject": "Hello & welcome",
    "message": {"body": "Where is it?"},
    "user": {"email": "New@example.com", "name": "New Person"},
}


async def post(client, **changes):
    """A new conversation, with what `changes` put in its place."""
    return await client.send("POST", "conversations", json={"conversation": NEW | changes})


async def put(client, slug, **changes):
    """Changes of a conversation."""
    return await client.send("PUT", f"conversations/{slug}", json={"conversation": changes})


async def test_create(client, sandbox):
    """201, the object, at the front of the list, its contact made."""
    reply = await post(client, tag_list=["a", " b ", "a", ""], data={"k": "v"})
    assert reply.status == 201
    assert (await client.get(f"conversations/{reply.json['slug']}")).body == reply.body
    it = sandbox.conversations[0]
    assert (it.slug, it.subject, it.status, it.origin) == ("hello-welcome", NEW["subject"], 0, 7)
    assert (it.tags, it.data, it.message_count) == (("a", "b"), {"k": "v"}, 1)
    assert sandbox.world.user("new@EXAMPLE.com") is it.author
    assert reply.json["message"] == {"body": "Where is it?"}
    assert reply.json["last_customer_message"]["body"] == "Where is it?"


async def test_create_with_everything(client, sandbox):
    """Assignee in both spellings, recipients as followers, tags with commas, a hold."""
    staff = sandbox.world.staff[1]
    message = {"body": "x", "recipients": ["cc@example.com"]}
    hold = {"status": 5, "hold_until": "2026-12-01T10:00:00-08:00"}
    for assignee in (staff.email, {"email": staff.email}):
        reply = await post(client, assignee=assignee, message=message, tag_list="a, b", **hold)
        assert reply.json["assignee"]["email"] == staff.email
        assert reply.json["followers"][0]["email"] == "cc@example.com"
        assert reply.json["tag_list"] == ["a", "b"]
        assert reply.json["hold_until"] == "2026-12-01T10:00:00.000-08:00"


@pytest.mark.parametrize(("suppress", "status"), [(False, 2), (True, 0)])
async def test_create_by_staff_resolves(client, sandbox, suppress, status):
    """Unless suppressed; and no customer has written then."""
    message = {"body": "x", "suppress_autoresolve": suppress}
    user = {"email": sandbox.world.staff[0].email}
    reply = await post(client, user=user, message=message)
    assert (reply.json["status"], reply.json["last_customer_message"]) == (status, None)
    assert reply.json["last_staff_message"] is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"category": None}, "category"),
        ({"category": "nowhere"}, "category"),
        ({"message": {}}, "message.body"),
        ({"message": "text"}, "message.body"),
        ({"message": {"body": "x", "visibility": 2}}, "message.visibility"),
        ({"message": {"body": "x", "attachments": ["x"]}}, "message.attachments"),
        ({"message": {"body": "x", "suppress_surveys": "x"}}, "message.suppress_surveys"),
        ({"user": {"name": "x"}}, "user.email"),
        ({"user": {"email": "no address"}}, "user.email"),
        ({"status": 99}, "status"),
        ({"status": "open"}, "status"),
        ({"status": 5}, "hold_until"),
        ({"status": 5, "hold_until": "soon"}, "hold_until"),
        ({"assignee": "nobody@example.com"}, "assignee"),
        ({"assignee": {"name": "Robin"}}, "assignee"),
    ],
)
async def test_create_refused(client, sandbox, changes, field):
    """422 with the reasons by field, and nothing is made."""
    reply = await post(client, **changes)
    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert all(isinstance(reason, str) for reason in reply.json["errors"][field])
    assert len(sandbox.conversations) == 500


async def test_create_names_every_reason(client):
    """All at once."""
    reply = await client.send("POST", "conversations", json={"conversation": {}})
    assert set(reply.json["errors"]) == {"category", "message.body", "user.email"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"category": "support"}', b'{"conversation": 1}']
)
async def test_body_that_makes_no_sense(client, sandbox, body):
    """400 for what is no JSON or lacks the root key, in POST and PUT."""
    headers = client.login | {"Accept": "*/*", "Content-Type": "application/json"}
    slug = sandbox.conversations[0].slug
    for method, path in (("POST", "conversations"), ("PUT", f"conversations/{slug}")):
        reply = await client.send(method, path, data=body, headers=headers)
        assert (reply.status, reply.json) == (400, {"status": 400, "error": "Bad Request"})


async def test_body_not_called_json(client):
    """The content type counts."""
    reply = await client.send("POST", "conversations", data=b'{"conversation": {}}')
    assert reply.status == 400


async def test_body_in_chunks(client):
    """A length isn't needed."""

    async def body():
        yield b'{"conversation": '
        yield b'{"category": "x"}}'

    headers = client.login | {"Accept": "*/*", "Content-Type": "application/json"}
    reply = await client.send("POST", "conversations", data=body(), headers=headers)
    assert "category" in reply.json["errors"]


async def test_update(client, sandbox):
    """200 with the object; what isn't named stays."""
    it = sandbox.world.create(tags=["a"], data={"k": "v"}, subject="Before")
    staff = sandbox.world.staff[2]
    changes = {
        "tag_list": ["b"],
        "data": {"n": "1"},
        "status": 2,
        "assignee": {"email": staff.email},
    }
    reply = await put(client, it.slug, **changes, category="wholesale-b2b")
    assert reply.status == 200
    assert (it.tags, it.data, it.status) == (("b",), {"k": "v", "n": "1"}, 2)
    assert (it.assignee, it.category.slug, it.subject) == (staff, "wholesale-b2b", "Before")
    assert (await client.listed(sort="changed")).slugs[0] == it.slug


async def test_update_puts_on_hold(client, sandbox):
    """With a date; another status ends it."""
    it = sandbox.world.create()
    reply = await put(client, it.slug, status=5, hold_until="2026-12-01T10:00:00-08:00")
    assert reply.json["hold_until"] == "2026-12-01T10:00:00.000-08:00"
    assert (await put(client, it.slug, status=0)).json["hold_until"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": 5}, "hold_until"),
        ({"hold_until": "soon"}, "hold_until"),
        ({"assignee": "robin@acme.example"}, "assignee"),
        ({"assignee": {"name": "Robin"}}, "assignee"),
        ({"status": 10}, "status"),
        ({"assignee": {"email": "nobody@example.com"}}, "assignee"),
        ({"category": "sms"}, "category"),
        ({"category": "nowhere"}, "category"),
        ({"brand": "acme"}, "category"),
        ({"category": "support", "brand": "other"}, "brand"),
    ],
)
async def test_update_refused(client, sandbox, changes, field):
    """422 with the reasons by field, and nothing changes."""
    it = sandbox.conversations[0]
    reply = await put(client, it.slug, **changes)
    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert sandbox.world.history == []


async def test_customers_are_no_assignees(client, sandbox):
    """Only staff is."""
    customer = next(c.author.email for c in sandbox.conversations if c.author and c.author.email)
    assert sandbox.world.user(customer)
    assert (await put(client, sandbox.conversations[0].slug, assignee=customer)).status == 422


async def test_update_of_the_unknown(client):
    """404."""
    assert (await put(client, "nobody", status=2)).status == 404


async def test_update_by_number(client, sandbox):
    """The database id is taken in place of the slug, as in reading."""
    it = sandbox.conversations[3]
    assert (await put(client, it.id, tag_list="x, y", brand=None)).json["slug"] == it.slug
    assert it.tags == ("x", "y")


async def test_archived_by_hand_leaves_the_list(connect):
    """What one client writes, another lists."""
    async with Sandbox(40) as sandbox:
        client = await connect(sandbox)
        slug = (await client.listed()).slugs[3]
        await put(client, slug, status=4)
        assert slug not in await client.everything()


async def test_created_with_its_first_message(client, sandbox):
    """Body, files and visibility are the thread's; the writer may have a telephone only."""
    files = ["https://x.example/a.png"]
    message = {"body": "secret\r\n", "visibility": 1, "attachments": files}
    await post(client, message=message, user={"email": "+14155550123"})
    (first,) = sandbox.conversations[0].messages
    assert (first.body, first.visibility, first.user.mobile) == (
        "secret\r\n", 1, "+14155550123"
    )  # fmt: skip
    assert [file["url"] for file in first.json()["attachments"]] == files


async def test_nobody_assigned_any_more(client, sandbox):
    """Null takes the assignee away (guess)."""
    it = sandbox.world.create(assignee=sandbox.world.staff[0])
    assert (await put(client, it.slug, assignee=None)).json["assignee"] is None


@pytest.mark.parametrize("status", [5, 0])
async def test_hold_until_without_a_status(client, sandbox, status):
    """Counts for what is on hold already (seen), else for nothing."""
    it = sandbox.world.create(status=status, hold_until=1 if status else None)
    reply = await put(client, it.slug, hold_until="2026-12-01T10:00:00-08:00")
    held = "2026-12-01T10:00:00.000-08:00" if status else None
    assert (reply.status, reply.json["hold_until"]) == (200, held)


async def test_created_with_a_date_but_not_on_hold(client):
    """The date counts for nothing."""
    reply = await post(client, hold_until="2026-12-01T10:00:00-08:00")
    assert (reply.status, reply.json["hold_until"]) == (201, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", 5),
        ("subject", ["a"]),
        ("tag_list", {"a": 1}),
        ("tag_list", ["a", 1]),
        ("status", True),
        ("status", "soon"),
        ("hold_until", "9999-12-31T23:59:59-12:00"),
        ("hold_until", "0001-01-01T00:00:00+14:00"),
        ("data", "x"),
    ],
)
async def test_value_of_another_kind(client, sandbox, name, value):
    """422 from either verb: neither an answer that says done to what isn't, nor a broken server."""
    slug = sandbox.conversations[0].slug
    for reply in (await post(client, **{name: value}), await put(client, slug, **{name: value})):
        assert reply.status == 422
        assert name in reply.json["errors"]


async def test_status_of_nothing(client, sandbox):
    """An empty text is as good as null, as in Rails."""
    slug = sandbox.conversations[0].slug
    was = (await client.get(f"conversations/{slug}")).json["status"]
    assert (await put(client, slug, status="")).json["status"] == was
    assert (await post(client, status="")).json["status"] == 0
