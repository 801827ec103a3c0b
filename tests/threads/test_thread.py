"""A thread: how long the first customer waited for an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from reamaze_async import Conversation, Message, Thread, User, Visibility

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(minute: int | None, is_staff: bool | None = False, **more: Any) -> Message:
    """A message, so many minutes after noon."""
    at = None if minute is None else NOON + timedelta(minutes=minute)
    return Message(created_at=at, user=User(name="x", is_staff=is_staff), **more)


def answered_after(*messages: Message) -> float | None:
    """Minutes until the first response."""
    first = Thread(Conversation(slug="a"), messages).first_response
    return None if first is None else first.total_seconds() / 60


async def test_first_response_that_is_a_note(sandbox, session):
    """The first response is the first regular message of staff after the first customer's."""
    expected: dict[str, timedelta | None] = {}
    for it in sandbox.conversations:
        known = [one for one in it.messages if one.user]
        asked = next((one for one in known if not one.is_staff), None)
        later = known[known.index(asked) :] if asked else []
        answers = [one for one in later if one.is_staff and one.visibility == Visibility.REGULAR]
        expected[it.slug] = answers[0].created_at - asked.created_at if answers and asked else None
    threads = session.conversations.threads(filter="all")
    assert {one.conversation.slug: one.first_response async for one in threads} == expected


def test_note_that_counts_as_an_answer():
    """A note that only staff sees, or a message without a time, answers nobody."""
    note = said(1, is_staff=True, visibility=Visibility.INTERNAL_NOTE)
    unknown = said(None, is_staff=True)
    assert answered_after(said(0), note, unknown, said(5, is_staff=True)) == 5


def test_answer_before_the_question():
    """What staff wrote before the customer did answers nothing."""
    assert answered_after(said(0, is_staff=True), said(3)) is None
    assert answered_after(said(0, is_staff=True), said(3), said(9, is_staff=True)) == 6


def test_waiting_that_begins_anew():
    """The time counts from the first message of the customer, not from a reminder."""
    assert answered_after(said(0), said(4), said(9, is_staff=True), said(11, is_staff=True)) == 9


def test_writer_unknown():
    """Whoever has no user, or isn't said to be staff or not, neither asks nor answers."""
    nobody = Message(created_at=NOON, user=None)
    assert answered_after(nobody, said(1, is_staff=None), said(2, is_staff=True)) is None
