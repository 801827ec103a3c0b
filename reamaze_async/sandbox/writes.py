"""POST and PUT of conversations: what is refused, and what changes. Pure."""

from typing import Any

from reamaze_async.sandbox import responses
from reamaze_async.sandbox.conversation import ON_HOLD, Conversation
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import EMAIL, User
from reamaze_async.sandbox.forms import (
    BLANK,
    INVALID,
    MISSING,
    UNLISTED,
    Errors,
    Field,
    Form,
    Given,
    is_moment,
    is_object,
    is_text,
    one_of,
)
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.message import REGULAR
from reamaze_async.sandbox.message_writes import (
    API_ORIGIN,
    FIELDS,
    RESOLVED,
    attachments,
    is_address,
    people_of,
    writer,
)
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.times import bounds
from reamaze_async.sandbox.world import World


def is_tags(value: object) -> bool:
    """A list of texts, or one text with commas in it (seen)."""
    return is_text(value) or (isinstance(value, list) and all(map(is_text, value)))


FORM = Form(
    "conversation",
    (
        Field("subject", is_text),
        Field("tag_list", is_tags),
        Field("status", one_of(*range(10)), reason=UNLISTED),
        Field("hold_until", is_moment),
        Field("data", is_object),
    ),
)
"""What any conversation may be given, by itself; the rest depends on the world."""
MESSAGE = Form("message", FIELDS)


def create(world: World, incoming: Incoming) -> Answer:
    """POST /conversations: 201 with the object (guess), 422 with the reasons."""
    given = FORM.read(incoming)
    if given is None:
        return responses.BAD_REQUEST
    errors = _missing(world, given) | _wrong(given) | _unknown_assignee(world, given)
    if errors:
        return responses.unprocessable(errors)
    return Answer.of(_created(world, given).single(), 201)


def update(world: World, conversation: Conversation, incoming: Incoming) -> Answer:
    """PUT /conversations/{slug}: 200 with the object, 422 with the reasons."""
    given = FORM.read(incoming)
    if given is None:
        return responses.BAD_REQUEST
    errors = _wrong(given) | _unmovable(world, given) | _unassignable(world, given)
    if errors:
        return responses.unprocessable(errors)
    changed = world.change(conversation.slug, "update", **_changes(world, conversation, given))
    return Answer.of(changed.single())


def _missing(world: World, given: Given) -> Errors:
    """What a new conversation must have: category, body, the user's email (documented, seen)."""
    errors: Errors = {}
    category, email = given.get("category"), _part(given, "user").get("email")
    if not category:
        errors["category"] = [BLANK]
    elif world.channel(str(category)) is None:
        errors["category"] = [INVALID]
    message = MESSAGE.errors(_part(given, "message"), is_new=True)
    errors |= {f"message.{name}": reasons for name, reasons in message.items()}
    if not email:
        errors["user.email"] = [BLANK]
    elif not is_address(email):
        errors["user.email"] = [INVALID]
    return errors


def _wrong(given: Given) -> Errors:
    """What neither a new nor an old conversation may be given (status 5: documented)."""
    errors = FORM.errors(given, is_new=False)
    if given.get("status") == ON_HOLD and not given.get("hold_until"):
        errors["hold_until"] = [BLANK]
    return errors


def _unknown_assignee(world: World, given: Given) -> Errors:
    is_unknown = given.get("assignee") and _assignee(world, given) is None
    return {"assignee": [MISSING]} if is_unknown else {}


def _unassignable(world: World, given: Given) -> Errors:
    """An assignee must be an object with an email (documented), or null (guess: nobody)."""
    named = given.get("assignee")
    if named is not None and not (isinstance(named, dict) and named.get("email")):
        return {"assignee": [INVALID]}
    return _unknown_assignee(world, given)


def _unmovable(world: World, given: Given) -> Errors:
    """A conversation moves to mail channels only, and to a brand only with one (documented)."""
    errors: Errors = {}
    if "category" in given:
        channel = world.channel(str(given["category"]))
        if channel is None or channel.channel != EMAIL:
            errors["category"] = [INVALID]
    if given.get("brand") not in (None, world.brand):
        errors["brand"] = [MISSING]
    elif given.get("brand") and "category" not in given:
        errors["category"] = [BLANK]
    return errors


def _created(world: World, given: Given) -> Conversation:
    user, message = _part(given, "user"), _part(given, "message")
    author = writer(world, user)
    fields: dict[str, Any] = {"customer_at": None} if author and author.is_staff else {}
    return world.create(
        subject=given.get("subject"),
        status=_status(given, author),
        tags=_tags(given.get("tag_list")),
        category=str(given["category"]),
        origin=API_ORIGIN,
        author=author,
        assignee=_assignee(world, given),
        followers=people_of(world, message),
        data=_part(given, "data"),
        text=str(message["body"]),
        visibility=message.get("visibility") or REGULAR,
        attachments=attachments(message),
        hold_until=_hold_until(given) if given.get("status") == ON_HOLD else None,
        **fields,
    )


def _changes(world: World, conversation: Conversation, given: Given) -> dict[str, Any]:
    """The fields to set. Tags are replaced, data is merged (guesses)."""
    changes: dict[str, Any] = {}
    if "tag_list" in given:
        changes["tags"] = _tags(given["tag_list"])
    if given.get("status") not in (None, ""):
        changes["status"] = given["status"]
    if given.get("hold_until"):
        changes["hold_until"] = _hold_until(given)
    if "assignee" in given:
        changes["assignee"] = _assignee(world, given)
    if "category" in given:
        changes["category"] = world.channel(str(given["category"]))
    if _part(given, "data"):
        changes["data"] = {**(conversation.data or {}), **_part(given, "data")}
    return changes


def _part(given: Given, name: str) -> JSON:
    part = given.get(name)
    return part if isinstance(part, dict) else {}


def _status(given: Given, author: User | None) -> int:
    """As given; else open, but resolved when staff wrote it, unless suppressed (documented)."""
    if given.get("status") not in (None, ""):
        return int(given["status"])
    resolves = (
        author and author.is_staff and not _part(given, "message").get("suppress_autoresolve")
    )
    return RESOLVED if resolves else 0


def _hold_until(given: Given) -> int | None:
    found = bounds(str(given.get("hold_until") or ""))
    return found[0] if found else None


def _assignee(world: World, given: Given) -> User | None:
    """Both spellings are taken: an email, and an object that holds one."""
    named = given.get("assignee")
    email = named.get("email") if isinstance(named, dict) else named
    user = world.user(str(email))
    return user if user and user.is_staff else None


def _tags(given: object) -> tuple[str, ...]:
    """A list, or names with commas between them (seen); each once, in the order given."""
    names = given if isinstance(given, list) else str(given or "").split(",")
    return tuple(dict.fromkeys(name for given in names if (name := str(given).strip())))
