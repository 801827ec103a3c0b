"""Staff over real sockets: listed, and taken on."""

import logging
from itertools import count

import pytest
from written import written

from reamaze_async import ConnectionFailed, InvalidParameter, UnprocessableEntity
from reamaze_async.sandbox import Fault, Sandbox
from reamaze_async.sandbox.entities import User


async def test_newcomers_while_reading(connect):
    """Whoever was there throughout comes once; arrivals enter at the end."""
    async with Sandbox(10, staff=200) as sandbox:
        watch, numbers = sandbox.watch("staff"), count(1)
        join = sandbox.world.people.join
        sandbox.before = lambda _: join(User(n := next(numbers), "New", f"{n}@new.example"))
        found = [it.email async for it in (await connect(sandbox)).staff.list()]
        assert {it.email for it in watch.stayed()} <= set(found)
        assert len(set(found)) == len(found)


async def test_permission_under_another_name(session):
    """A role's keys stay the API's own; only its two own questions get names."""
    member = await anext(aiter(session.staff.list()))
    assert "manage_staff?" in member.role.permissions
    assert {type(member.role.is_admin), type(member.role.is_default)} == {bool}


async def test_member_sent_changed(sandbox, session):
    """The body holds what was given, and nothing beside."""
    made = await session.staff.create("New One", "new@acme.example", password="s3cret pass")
    sent = {"name": "New One", "email": "new@acme.example", "password": "s3cret pass"}
    assert written(sandbox) == ("POST", "/staff", {"staff": sent})
    assert made.email == sandbox.staff[-1].email


@pytest.mark.parametrize(
    "given",
    [
        {"name": "", "email": "a@b"},
        {"name": "x", "email": ""},
        {"name": "x", "email": "a@b", "password": 4711},
    ],
)
async def test_member_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent, which shows no password."""
    with pytest.raises(InvalidParameter, match=r"\.$") as caught:
        await session.staff.create(**given)
    assert "4711" not in str(caught.value)
    assert sandbox.requests == []


async def test_password_in_a_log(sandbox, session, caplog):
    """Neither a log nor an error shows a password, however the write ends."""
    caplog.set_level(logging.DEBUG)
    sandbox.script = lambda _: Fault.RESET
    with pytest.raises(ConnectionFailed, match="may have been done") as caught:
        await session.staff.create("x", "new@acme.example", password="s3cret pass")
    assert "s3cret" not in f"{caught.value!r}{caplog.text}"
    assert len(sandbox.requests) == 1


async def test_member_that_is_there_already(sandbox, session):
    """422 names the field."""
    with pytest.raises(UnprocessableEntity) as caught:
        await session.staff.create("x", sandbox.staff[0].email)
    assert list(caught.value.errors) == ["email"]
