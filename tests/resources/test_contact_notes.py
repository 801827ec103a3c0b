"""Notes over real sockets: read, written, deleted, whatever shape the answer has."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from written import written

from reamaze_async import DecodeError, InvalidParameter, Note, NotFound
from reamaze_async.resources.contact_notes import _newest, _numbered
from reamaze_async.sandbox import Answer, Habits, Sandbox

SHAPES = ["array", "named", "wrapped", "one"]
AT = datetime(2026, 1, 31, 9, tzinfo=UTC)
TEXT = "Line one\r\nline two "


def email_of(sandbox: Sandbox, *, has_notes: bool = True) -> str:
    """Somebody with notes, or without."""
    found = (it for it in sandbox.contacts if it.user.email and bool(it.notes) is has_notes)
    return str(next(found).user.email)


def test_shape_that_nobody_tries():
    """All shapes of answers that the sandbox knows are tried here."""
    annotations: Any = Habits.__dataclass_fields__["note_answers"].type
    assert set(SHAPES) == set(get_args(annotations) or SHAPES)


@pytest.mark.parametrize("shape", SHAPES)
async def test_note_taken_for_another(connect, shape):
    """Whatever comes back, it is the note that was written, to the letter."""
    async with Sandbox(200, habits=Habits(note_answers=shape)) as sandbox:
        session, email = await connect(sandbox), email_of(sandbox)
        note = await session.contacts.add_note(email, TEXT, created_at=AT)
        sent = {"body": TEXT, "created_at": "2026-01-31T09:00:00+00:00"}
        assert written(sandbox) == ("POST", f"/contacts/{email}/notes", sent)
        assert (note.note, note.created_at) == (TEXT, AT)
        assert note in await session.contacts.notes(email)


@pytest.mark.parametrize("shape", SHAPES)
async def test_note_written_anew(connect, shape):
    """The note with that id is changed and comes back; then it is gone."""
    async with Sandbox(200, habits=Habits(note_answers=shape)) as sandbox:
        session, email = await connect(sandbox), email_of(sandbox)
        first = (await session.contacts.notes(email))[0]
        changed = await session.contacts.update_note(email, first.id, "new")
        path = f"/contacts/{email}/notes/{first.id}"
        assert written(sandbox) == ("PUT", path, {"body": "new"})
        assert (changed.id, changed.note) == (first.id, "new")
        assert await session.contacts.delete_note(email, str(first.id)) is None
        assert written(sandbox) == ("DELETE", path, None)
        assert first.id not in [it.id for it in await session.contacts.notes(email)]


async def test_contact_without_notes(sandbox, session):
    """No notes are no error."""
    assert await session.contacts.notes(email_of(sandbox, has_notes=False)) == ()


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("", {}),
        (" \n", {}),
        (None, {}),
        ("x", {"created_at": AT.replace(tzinfo=None)}),
        ("x", {"created_at": "yesterday"}),
        ("x", {"creator_email": ""}),
    ],
)
async def test_note_that_would_be_refused(sandbox, session, body, given):
    """One sentence, before anything is sent, from either verb."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.contacts.add_note("a@example.com", body, **given)
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.contacts.update_note("a@example.com", 7, body, **given)
    assert sandbox.requests == []


@pytest.mark.parametrize("key", ["", "..", None, True])
async def test_note_that_names_nothing(sandbox, session, key):
    """A note's key that can be none is refused before anything is sent."""
    for call in (
        session.contacts.delete_note("a@example.com", key),
        session.contacts.update_note("a@example.com", key, "x"),
    ):
        with pytest.raises(InvalidParameter, match=r"^note_id="):
            await call
    assert sandbox.requests == []


async def test_note_that_is_not_there(sandbox, session):
    """404, of either key."""
    with pytest.raises(NotFound):
        await session.contacts.delete_note(email_of(sandbox), 1)
    with pytest.raises(NotFound):
        await session.contacts.add_note("nobody@example.com", "x")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]"])
async def test_delete_that_says_nothing(sandbox, session, body):
    """Whatever a DELETE answers with is good; a maintenance page isn't, nor an error."""
    sandbox.script = lambda _: Answer(200, body)
    await session.contacts.delete_note("a@example.com", 7)
    for answer in (Answer.html(200, "Back soon"), Answer(200, b'{"error":"Locked"}')):
        sandbox.script = lambda _, answer=answer: answer
        with pytest.raises(DecodeError, match="may have been done"):
            await session.contacts.delete_note("a@example.com", 7)


def test_note_among_its_like():
    """Of several with one text the newest; of several at once the last number."""
    old, new = Note(id=1, note="a", created_at=AT), Note(id=2, note="a", created_at=AT)
    other = Note(id=3, note="b", created_at=AT)
    assert _newest([old, new, other], "a") is new
    assert _newest([old, other], "a, changed by the server") is other
    assert _newest([], "a") is None
    assert _numbered([old, new], "2") is new
    assert _numbered([old, new], 9) is None
    assert _numbered([old], 9) is None


async def test_note_dated_back(sandbox, session):
    """A note is told from a newer one with its text by the date that it was given."""
    email = email_of(sandbox)
    newer = await session.contacts.add_note(email, "called back")
    noted = await session.contacts.add_note(email, "called back", created_at=AT.isoformat())
    assert noted.created_at == AT
    assert noted.id != newer.id


async def test_other_note_in_place_of_the_one_that_was_written(sandbox, session):
    """Another of the contact's notes is never told as the one that was written anew."""
    sandbox.script = lambda _: Answer(200, b'[{"id":1,"note":"an older one"}]')
    with pytest.raises(DecodeError, match=r"isn't there.*may have been done"):
        await session.contacts.update_note("a@example.com", 9, "x")
    sandbox.script = lambda _: Answer(200, b'{"note":{"note":"x"}}')
    assert (await session.contacts.update_note("a@example.com", 9, "x")).note == "x"
