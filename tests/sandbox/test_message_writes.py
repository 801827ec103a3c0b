"""POST of messages, over a real socket."""

import pytest

from reamaze_async.sandbox.message_writes import is_flag_or_day


async def said(client, it, **message):
    """The answer to a new message."""
    return await client.post(f"conversations/{it.slug}/messages", message={"body": "x"} | message)


async def test_message_of_the_tokens_user(client, sandbox):
    """201 and the documented keys; it is the newest of the thread and of the brand."""
    it = sandbox.conversations[9]
    count = it.message_count
    reply = await said(client, it, body="Hello\r\n<b>you</b>")
    assert (reply.status, reply.json["user"]["email"]) == (201, sandbox.email)
    assert reply.json["body"] == "Hello\r\n<b>you</b>"
    assert it.messages[-1] is sandbox.messages[0]
    assert (it.message_count, len(it.messages)) == (count + 1, count + 1)
    (first, *_) = (await client.get("messages")).items
    assert (first["body"], first["origin"]) == ("Hello\r\n<b>you</b>", 7)


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ({}, 0, 2),
        ({"suppress_autoresolve": True}, 0, 0),
        ({"visibility": 1}, 0, 0),
        ({"user": {"email": "new@example.com"}}, 2, 0),
        ({"user": {"email": "new@example.com"}}, 3, 3),
        ({"user": {"email": "new@example.com"}, "visibility": 1}, 2, 2),
    ],
)
async def test_status_that_a_message_leaves(client, sandbox, message, before, after):
    """Staff's resolves unless suppressed or a note; a customer's opens what was done."""
    it = sandbox.world.create(status=before)
    await said(client, it, **message)
    assert it.status == after


async def test_note_is_no_message_to_the_customer(client, sandbox):
    """It counts, but it is nobody's last message."""
    it = sandbox.world.create()
    await said(client, it, body="secret", visibility=1)
    single = (await client.get(f"conversations/{it.slug}")).json
    assert (single["last_staff_message"], single["message_count"]) == (None, 2)
    assert it.messages[-1].visibility == 1


async def test_writer_unknown_so_far_becomes_a_contact(client, sandbox):
    """By email or by telephone number."""
    it = sandbox.world.create()
    for email in ("new@example.com", "+14155550123"):
        await said(client, it, user={"email": email, "name": "New"})
        assert it.messages[-1].user.name == "New"
    assert sandbox.contacts[0].user.mobile == "+14155550123"
    assert it.customer_at == it.messages[-1].created


async def test_recipients_become_followers(client, sandbox):
    """Each once."""
    it = sandbox.world.create(followers=())
    for _ in range(2):
        await said(client, it, recipients=["cc@example.com"])
    assert [user.email for user in it.followers] == ["cc@example.com"]
    assert it.messages[-1].json()["recipients"] == [{"name": None, "email": "cc@example.com"}]


async def test_files_by_address(client, sandbox):
    """One, several, or both."""
    it = sandbox.world.create()
    files = ["https://x.example/b.pdf", "https://x.example/c.png"]
    await said(client, it, attachment="https://x.example/a.png", attachments=files)
    shown = [file["url"] for file in it.messages[-1].json()["attachments"]]
    assert shown == ["https://x.example/a.png", *files]


async def test_origin_id_seen_before_makes_no_second_message(client, sandbox):
    """It is answered by the message that has it (guess); elsewhere it is new."""
    it, other = sandbox.conversations[:2]
    first = await said(client, it, origin_id="mine-1")
    count = len(sandbox.messages)
    again = await said(client, it, origin_id="mine-1", body="y")
    assert (again.status, again.body, len(sandbox.messages)) == (200, first.body, count)
    assert (await said(client, other, origin_id="mine-1")).status == 201


async def test_attributes_without_their_root(client, sandbox):
    """Rails wraps them (seen)."""
    it = sandbox.conversations[0]
    reply = await client.post(f"conversations/{it.slug}/messages", body="bare", visibility=1)
    assert (reply.status, it.messages[-1].text) == (201, "bare")


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "  "}, "body"),
        ({"body": None}, "body"),
        ({"body": 7}, "body"),
        ({"visibility": 2}, "visibility"),
        ({"visibility": "1"}, "visibility"),
        ({"visibility": True}, "visibility"),
        ({"recipients": "cc@example.com"}, "recipients"),
        ({"recipients": ["nobody"]}, "recipients"),
        ({"attachment": "a.png"}, "attachment"),
        ({"attachments": ["ftp://x"]}, "attachments"),
        ({"suppress_autoresolve": "yes"}, "suppress_autoresolve"),
        ({"suppress_surveys": "soon"}, "suppress_surveys"),
        ({"user": "me@example.com"}, "user"),
        ({"user": {"name": "x"}}, "user.email"),
        ({"user": {"email": "x"}}, "user.email"),
    ],
)
async def test_message_refused(client, sandbox, message, field):
    """422 with the reason, and nothing is said."""
    it = sandbox.conversations[0]
    reply = await said(client, it, **message)
    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert sandbox.world.history == []


async def test_no_conversation_and_no_body(client, sandbox):
    """404, and 400 for what is no JSON object."""
    assert (await client.post("conversations/nobody/messages", message={"body": "x"})).status == 404
    path = f"conversations/{sandbox.conversations[0].slug}/messages"
    assert (await client.post(path, message=1)).status == 400
    assert (await client.send("POST", path, data=b"{")).status == 400


@pytest.mark.parametrize(
    ("value", "is_fine"), [(True, True), (0, True), ("2026-12-01", True), (3, False), ("x", False)]
)
def test_until_when_no_surveys(value, is_fine):
    """A flag or a day."""
    assert is_flag_or_day(value) is is_fine
