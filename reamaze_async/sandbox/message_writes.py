"""POST of messages: what is refused, and what it does to the conversation. Pure."""

from datetime import date
from typing import Any

from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.forms import (
    BLANK,
    INVALID,
    UNLISTED,
    Errors,
    Field,
    Form,
    Given,
    is_flag,
    is_mobile,
    is_object,
    is_text,
    is_url,
    list_of,
    one_of,
)
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.message import NOTE, REGULAR, Message
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.world import World

API_ORIGIN = 7
RESOLVED = 2


def is_flag_or_day(value: object) -> bool:
    """True, false, or the day until which no surveys are sent (seen)."""
    if not isinstance(value, str):
        return is_flag(value)
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def is_address(value: object) -> bool:
    """An email, or a telephone number (seen)."""
    return isinstance(value, str) and ("@" in value or is_mobile(value))


FIELDS = (
    Field("body", is_text, is_needed=True),
    Field("visibility", one_of(REGULAR, NOTE), reason=UNLISTED),
    Field("recipients", list_of(is_address)),
    Field("attachment", is_url),
    Field("attachments", list_of(is_url)),
    Field("suppress_notifications", is_flag),
    Field("suppress_autoresolve", is_flag),
    Field("suppress_surveys", is_flag_or_day),
)
"""What a message may have, alone or inside a new conversation (documented; reasons a guess)."""

FORM = Form(
    "message",
    (*FIELDS, Field("user", is_object)),
    is_loose=True,
)


def create(world: World, conversation: Conversation, incoming: Incoming) -> Answer:
    """POST /conversations/{slug}/messages: 201 with the message (guess), 422 with the reasons."""
    given = FORM.accept(incoming, is_new=True, also=_wrong_user)
    if isinstance(given, Answer):
        return given
    known = _known(conversation, given)
    if known:
        return Answer.of(known.written())
    return Answer.of(_posted(world, conversation, given).written(), 201)


def _wrong_user(given: Given) -> Errors:
    user = given.get("user")
    if not isinstance(user, dict) or is_address(user.get("email")):
        return {}
    return {"user.email": [INVALID if user.get("email") else BLANK]}


def _known(conversation: Conversation, given: Given) -> Message | None:
    """The message of this conversation that has this `origin_id` already (guess)."""
    origin_id = given.get("origin_id")
    if origin_id in (None, ""):
        return None
    return next((it for it in conversation.messages if it.origin_id == str(origin_id)), None)


def _posted(world: World, conversation: Conversation, given: Given) -> Message:
    """The new message. A regular one of staff resolves the conversation unless suppressed.

    That staff's message does so is documented; that the status is then Done, not Responded, and
    that a suppressed one leaves it as it was, are guesses.
    """
    user, visibility = writer(world, given.get("user")), given.get("visibility") or REGULAR
    recipients, origin_id = people_of(world, given), given.get("origin_id")
    by_staff = user is None or user.is_staff
    changes: dict[str, Any] = {"followers": _together(conversation.followers, recipients)}
    if by_staff and visibility == REGULAR and not given.get("suppress_autoresolve"):
        changes["status"] = RESOLVED
    return world.say(
        conversation,
        user,
        by_staff=by_staff,
        changes=changes,
        origin=API_ORIGIN,
        text=str(given["body"]),
        visibility=visibility,
        origin_id=None if origin_id in (None, "") else str(origin_id),
        recipients=recipients,
        attachments=attachments(given),
    )


def writer(world: World, given: Any) -> User | None:
    """Whom a message is from: who is named, a contact if nobody knows it, else the token's user."""
    if not given:
        return world.people.me
    data: JSON | None = given.get("data") if isinstance(given.get("data"), dict) else None
    name = str(given["name"]) if given.get("name") else None
    return world.contact(str(given["email"]), name, data or None)


def people_of(world: World, given: Given) -> tuple[User, ...]:
    """The recipients, contacts made where nobody knows them."""
    return tuple(world.contact(str(named)) for named in given.get("recipients") or ())


def attachments(given: Given) -> tuple[str, ...]:
    """The addresses of files, under either name."""
    one, more = given.get("attachment"), given.get("attachments") or ()
    return (*([str(one)] if one else []), *map(str, more))


def _together(followers: tuple[User, ...], more: tuple[User, ...]) -> tuple[User, ...]:
    """Recipients become followers (documented), each once."""
    new = [user for user in more if not any(user is known for known in followers)]
    return (*followers, *new)
