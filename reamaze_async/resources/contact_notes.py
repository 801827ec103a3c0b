"""Notes about contacts: what staff know of a customer.

Answers vary: all of the contact's notes (documented) or the one that was written (seen).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from reamaze_async.account_models import Contact, Note
from reamaze_async.validation import text
from reamaze_async.wire import fields
from reamaze_async.wire.answers import SeveralDecoder, nothing
from reamaze_async.wire.fields import Field, Given
from reamaze_async.wire.schema import Child, several, within
from reamaze_async.wire.values import time_of

from .endpoints import Operation, Resource


class NoteFields(TypedDict, total=False):
    """What a note may be given beside its text; see `add_note`."""

    creator_email: Given[str]
    created_at: Given[datetime | str]


NOTE = (
    Field("body", fields.letters, is_needed=True),
    Field("creator_email", text),
    Field("created_at", fields.moment),
)

NOTES = Operation("GET", "/contacts/{identifier}/notes", "contacts.notes", "all of them")
ADD_NOTE = Operation("POST", "/contacts/{identifier}/notes", "contacts.add_note", fields=NOTE)
UPDATE_NOTE = Operation(
    "PUT", "/contacts/{identifier}/notes/{note_id}", "contacts.update_note", fields=NOTE
)
DELETE_NOTE = Operation(
    "DELETE", "/contacts/{identifier}/notes/{note_id}", "contacts.delete_note", "nothing"
)

OPERATIONS = (NOTES, ADD_NOTE, UPDATE_NOTE, DELETE_NOTE)

CHILD = Child(
    "contact_notes",
    owner="contact",
    columns=(
        *several("text", "id", "note"),
        *several("instant", "created_at", "updated_at"),
        *within("creator", "name", "email"),
    ),
    shown=("note",),
)
"""The columns of the notes that contacts hold."""

_notes = SeveralDecoder(Note, "notes", "note")


class ContactNotes(Resource[Contact]):
    """The verbs of `session.contacts` that are about notes."""

    async def notes(self, identifier: str, /) -> tuple[Note, ...]:
        """All notes about a contact.

        Args:
            identifier: the contact's email.

        Raises:
            InvalidParameter: the identifier is empty or no string.
            NotFound: there is no such contact.
            ReamazeError: the answer could not be fetched.
        """
        return await self._ask(NOTES.request(identifier), _notes)

    async def add_note(
        self, identifier: str, /, body: str, **attributes: Unpack[NoteFields]
    ) -> Note:
        """Write a note about a contact; it is sent once.

        Args:
            identifier: the contact's email.
            body: the text, sent to the letter.
            creator_email: who writes. Default: the token's user.
            created_at: when it was written: an aware `datetime`, or ISO 8601 with an offset.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Returns:
            The note; where all of the contact's come back (documented), the newest with that text,
            and with that `created_at` if one was given.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            NotFound: there is no such contact.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        request = ADD_NOTE.request(identifier, given={"body": body, **attributes})
        at = time_of(attributes.get("created_at"))
        return await self._send(request, _notes.one(lambda notes: _newest(notes, body, at)))

    async def update_note(
        self,
        identifier: str,
        note_id: str | int,
        /,
        body: str,
        **attributes: Unpack[NoteFields],
    ) -> Note:
        """Write a note anew; it is sent once.

        Args:
            identifier: the contact's email.
            note_id: the note's id.
            body: the text, sent to the letter.
            creator_email: as for `add_note`.
            created_at: as for `add_note`.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            NotFound: there is no such contact or note.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        request = UPDATE_NOTE.request(identifier, note_id, given={"body": body, **attributes})
        return await self._send(request, _notes.one(lambda notes: _numbered(notes, note_id)))

    async def delete_note(self, identifier: str, note_id: str | int, /) -> None:
        """Delete a note; it is sent once.

        Args:
            identifier: the contact's email.
            note_id: the note's id.

        Raises:
            InvalidParameter: a key is empty, or would change the path.
            NotFound: there is no such contact or note.
            ReamazeError: no good answer came.
        """
        await self._send(DELETE_NOTE.request(identifier, note_id), nothing)


# --- which of several notes was written -----------------------------------------------------------


def _newest(notes: Sequence[Note], body: str, at: datetime | None = None) -> Note | None:
    """The newest with this text and time; the newest of all where the server has changed them."""
    found = [note for note in notes if note.note == body] or notes
    if at is not None:  # One that is dated back isn't the newest of those with its text.
        found = [note for note in found if _is_of(note, at)] or found
    return max(found, key=_age, default=None)


def _is_of(note: Note, at: datetime) -> bool:
    """Whether a note was made at a time, which the server may round."""
    return note.created_at is not None and abs(note.created_at - at) < timedelta(seconds=1)


def _age(note: Note) -> tuple[float, int]:
    at = note.created_at.timestamp() if note.created_at else 0.0
    return at, note.id if isinstance(note.id, int) else 0


def _numbered(notes: Sequence[Note], note_id: str | int) -> Note | None:
    """The one with this id."""
    return next((note for note in notes if str(note.id) == str(note_id).strip()), None)
