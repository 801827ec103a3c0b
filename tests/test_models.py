"""What the API talks about: shapes, names, numbers, and a secret that no repr shows."""

import copy
import inspect
import logging
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from pprint import pformat
from traceback import TracebackException
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr
from samples import CONVERSATION, MESSAGE

from reamaze_async import (
    Attachment,
    Category,
    ChannelType,
    Conversation,
    Excerpt,
    Message,
    Origin,
    Page,
    Status,
    User,
    Visibility,
)

SECRET = CONVERSATION["perma_url"]
PACIFIC_STANDARD = timezone(timedelta(hours=-8))
KINDS = [Conversation, User, Category, Excerpt, Message, Attachment]
ENUMS = [Status, Origin, ChannelType, Visibility]


def decoded() -> Conversation:
    """The sample, decoded strictly."""
    return msgspec.json.decode(msgspec.json.encode(CONVERSATION), type=Conversation)


# --- numbers with names ---------------------------------------------------------------------------


STATUSES = """
0 UNRESOLVED 1 PENDING 2 RESOLVED 3 SPAM 4 ARCHIVED 5 ON_HOLD 6 AUTO_RESOLVED
7 CHATBOT_ASSIGNED 8 CHATBOT_RESOLVED 9 AI_SPAM
"""
ORIGINS = """
0 CHAT 1 EMAIL 2 TWITTER 3 FACEBOOK 6 CLASSIC_CHAT 7 API 8 INSTAGRAM 9 SMS 10 VOICE 11 CUSTOM
15 WHATSAPP 16 STAFF_OUTBOUND 17 CONTACT_FORM 19 INSTAGRAM_DM
"""
CHANNELS = """
1 EMAIL 2 TWITTER 3 FACEBOOK 6 CHAT 7 API 8 INSTAGRAM 9 SMS 10 VOICE 12 FACEBOOK_MESSENGER
13 FACEBOOK_LEAD 14 INSTAGRAM_AD 15 WHATSAPP 16 INSTAGRAM_DM
"""
VISIBILITIES = "0 REGULAR 1 INTERNAL_NOTE 2 COLLISION_DETECTED"


@pytest.mark.parametrize(
    ("kind", "names"),
    [(Status, STATUSES), (Origin, ORIGINS), (ChannelType, CHANNELS), (Visibility, VISIBILITIES)],
)
def test_number_under_another_name(kind: type[IntEnum], names: str) -> None:
    """Each number has the name that the API reference gives it, and no other number has one."""
    assert [f"{member.value} {member.name}" for member in kind] == re.findall(r"\d+ \w+", names)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("OPEN", "UNRESOLVED"),
        ("RESPONDED", "PENDING"),
        ("DONE", "RESOLVED"),
        ("AUTO_DONE", "AUTO_RESOLVED"),
        ("AI_AGENT_ASSIGNED", "CHATBOT_ASSIGNED"),
        ("AI_AGENT_DONE", "CHATBOT_RESOLVED"),
    ],
)
def test_newer_name_of_another_status(alias: str, name: str) -> None:
    """The newer docs' names are aliases of the older ones."""
    assert Status[alias] is Status[name]


@pytest.mark.parametrize("kind", ENUMS)
@pytest.mark.parametrize("number", [4711, 20, -1, 2**63])
def test_unlisted_number_that_gets_lost(kind: type[IntEnum], number: int) -> None:
    """A number that nobody lists decodes, keeps its number, and equals itself and the number."""
    member = msgspec.json.decode(str(number), type=kind)
    assert (member, member.value, int(member), f"{member}") == (number, number, number, str(number))
    assert member == kind(number)
    assert {member: 1}[kind(number)] == 1
    assert repr(member) == f"<{kind.__name__}.UNLISTED_{number}: {number}>"


@pytest.mark.parametrize("kind", ENUMS)
@pytest.mark.parametrize("number", [1, 4711])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_number_that_does_not_pickle(kind: type[IntEnum], number: int, protocol: int) -> None:
    """Listed or not, a number pickles and copies as itself."""
    member = kind(number)
    pickled = pickle.loads(pickle.dumps(member, protocol))
    for again in (pickled, copy.copy(member), copy.deepcopy(member)):
        assert (again, type(again), again.name) == (member, kind, member.name)


@pytest.mark.parametrize("value", ["open", None, 1.5])
def test_word_taken_for_a_number(value: Any) -> None:
    """What isn't a number is no status."""
    with pytest.raises(ValueError, match="is not a valid Status"):
        Status(value)


# --- one conversation -----------------------------------------------------------------------------


def test_field_that_ends_up_elsewhere():
    """Every field of a real-looking answer is there, under its name and as its type."""
    ana = User(
        id=812345678,
        name="Ana Silva",
        data={"plan": "gold", "(acme.myshopify.com) Total spent": None},
        email="ana@example.com",
        mobile="+15551234567",
        friendly_name="Ana",
        display_name="Ana Silva",
    )
    assert decoded() == Conversation(
        subject="Where is my parcel?",
        slug="where-is-my-parcel",
        created_at=datetime(2026, 3, 2, 9, 15, 4, 512000, PACIFIC_STANDARD),
        updated_at=datetime(2026, 3, 2, 19, 40, 10, 3000, UTC),
        origin=Origin.EMAIL,
        data={"order_number": "10442"},
        external_data={"X-Detected-Origin": "mail"},
        hold_until=datetime(2026, 4, 2, 16, tzinfo=UTC),
        author=ana,
        assignee=User(name="Leo Marsh", email="leo@acme.example"),
        perma_url=SECRET,
        tag_list=("shipping", "VIP"),
        status=Status.ON_HOLD,
        display_subject="Where is my parcel?",
        category=Category(
            name="Support",
            slug="support",
            email="support@acme.reamaze.com",
            channel=ChannelType.EMAIL,
            settings_display_html_email="1",
        ),
        last_customer_message=Excerpt(
            body="Any news?", created_at=datetime(2026, 3, 2, 19, 40, 9, 871000, UTC)
        ),
        last_staff_message=Excerpt(
            body="Soon.", created_at=datetime(2026, 3, 2, 18, 2, 33, 120000, UTC)
        ),
        followers=(msgspec.structs.replace(ana, is_staff=False, is_customer=True, is_bot=False),),
        message=Excerpt(body="My order 10442 has not come.", origin_id="<a1@mail.example.com>"),
        read_only=False,
        message_count=3,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_source_that_is_not_told(kind: type[Any]) -> None:
    """Each field says whether it is documented or only seen."""
    summary, _, fields = (inspect.getdoc(kind) or "").partition("Attributes:")
    told = [summary] if "all documented" in summary else re.split(r"\n    (?=\w)", fields.strip())
    assert [entry for entry in told if not re.search("documented|seen", entry)] == []


def test_offset_forgotten():
    """A timestamp keeps the offset that it came with."""
    created_at = decoded().created_at
    assert created_at is not None
    assert created_at.isoformat() == "2026-03-02T09:15:04.512000-08:00"


def test_field_that_is_needed():
    """Only the slug is needed: a conversation without anything else is one."""
    conversation = msgspec.json.decode(b'{"slug": "a"}', type=Conversation)
    assert conversation == Conversation(slug="a")
    assert {name: getattr(conversation, name) for name in ("author", "status", "tag_list")} == {
        "author": None,
        "status": None,
        "tag_list": (),
    }
    with pytest.raises(msgspec.ValidationError, match="missing required field `slug`"):
        msgspec.json.decode(b"{}", type=Conversation)


@pytest.mark.parametrize("name", [name for name in CONVERSATION if name != "slug"])
def test_field_that_must_not_be_missing(name: str) -> None:
    """Any field but the slug may be missing."""
    rest = {key: value for key, value in CONVERSATION.items() if key != name}
    assert msgspec.convert(rest, Conversation).slug == CONVERSATION["slug"]


def test_key_that_is_no_name():
    """`staff?`, `customer?`, `bot?` and `readOnly` get names that Python can say, both ways."""
    encoded = msgspec.json.decode(msgspec.json.encode(decoded()))
    assert encoded["readOnly"] is False
    follower = encoded["followers"][0]
    assert (follower["staff?"], follower["customer?"], follower["bot?"]) == (False, True, False)


def test_message_that_ends_up_elsewhere():
    """Every field of a message is there too; without any it is a message all the same."""
    user = msgspec.convert(MESSAGE["user"], User)
    message = msgspec.json.decode(msgspec.json.encode(MESSAGE), type=Message)
    assert message == Message(
        body="Hello, here is a picture.",
        visibility=Visibility.INTERNAL_NOTE,
        origin=Origin.SMS,
        origin_id="SM1",
        created_at=datetime(2026, 3, 2, 17, 15, 4, 512000, UTC),
        updated_at=datetime(2026, 3, 2, 17, 15, 5, tzinfo=UTC),
        user=user,
        recipients=(User(name="Leo Marsh", email="leo@acme.example"),),
        direct_recipients=(user,),
        attachments=(Attachment(file_file_name="a.png", url="https://x.example/a", is_image=True),),
        conversation=Conversation(slug="where-is-my-parcel"),
        original_body="<p>Hello</p>",
    )
    assert pickle.loads(pickle.dumps(message)) == message
    assert msgspec.json.decode(b"{}", type=Message) == Message()


@pytest.mark.parametrize("kind", KINDS)
def test_struct_that_changes(kind: type[Any]) -> None:
    """A model is frozen, and made by keywords alone."""
    with pytest.raises(TypeError):
        kind("a")
    thing = kind(slug="a") if kind is Conversation else kind()
    with pytest.raises(AttributeError, match="immutable"):
        thing.slug = "b"


def test_conversation_that_does_not_pickle():
    """A conversation pickles and copies whole, with numbers that nobody lists."""
    odd = msgspec.structs.replace(decoded(), status=Status(77), origin=Origin(78))
    pickled = pickle.loads(pickle.dumps(odd))
    for again in (pickled, copy.copy(odd), copy.deepcopy(odd)):
        assert again == odd
        assert (again.perma_url, type(again.status)) == (SECRET, Status)


# --- the secret link ------------------------------------------------------------------------------


@pytest.mark.parametrize("show", [repr, str, format, "%s %r".__mod__, pformat, pretty_repr])
def test_secret_link_shown(show: Any) -> None:
    """No way to show a conversation, alone or within something, shows its secret link."""
    conversation = decoded()
    page = Page(number=1, page_size=30, page_count=1, total_count=1, items=(conversation,))
    for thing in (conversation, [conversation], {"x": conversation}, page):
        shown = show((thing, thing))
        assert "where-is-my-parcel" in shown
        assert "perma" not in shown
        assert "b0f1" not in shown


def test_secret_link_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does a log record, nor a traceback with its local variables."""
    conversation = decoded()
    logging.getLogger("app").warning("%s %r", conversation, [conversation])
    with pytest.raises(ZeroDivisionError) as caught:
        1 // (conversation.status == Status.SPAM)
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    shown = caplog.text + "".join(trace.format())
    assert "where-is-my-parcel" in shown
    assert "b0f1" not in shown


def test_secret_link_lost():
    """The secret link is data like any other: in the attribute and in what is encoded."""
    conversation = decoded()
    assert conversation.perma_url == SECRET
    assert msgspec.to_builtins(conversation)["perma_url"] == SECRET


def test_repr_that_hides_more():
    """A repr shows every other field, as it would be written."""
    shown = repr(decoded())
    names = {name for name in Conversation.__struct_fields__ if name != "perma_url"}
    assert {name for name in names if f"{name}=" in shown} == names
    assert shown.startswith("Conversation(slug='where-is-my-parcel', subject='Where is my parcel?'")


@given(st.text(max_size=20))
def test_secret_link_of_any_look(secret: str) -> None:
    """Whatever the secret link looks like, a repr is the same with and without it."""
    assert repr(Conversation(slug="a", perma_url=secret)) == repr(Conversation(slug="a"))


@pytest.mark.parametrize(
    ("member", "word"),
    [
        (Status.UNRESOLVED, "unresolved"),
        (Status.OPEN, "unresolved"),
        (Status.ON_HOLD, "on hold"),
        (Status(4711), "4711"),
        (Origin.STAFF_OUTBOUND, "staff outbound"),
        (Origin(-1), "-1"),
    ],
)
def test_status_printed_as_a_number(member: Any, word: str) -> None:
    """A member prints as its words, padded too; asked for as a number, and in JSON, it is one."""
    assert (str(member), f"{member}", f"{member:>20}") == (word, word, word.rjust(20))
    assert (f"{member:d}", msgspec.json.encode(member)) == (
        str(member.value),
        str(member.value).encode(),
    )
