"""One database of everything: what belongs together, and what analysts ask first."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from reamaze_async.formats.account import table_of_account, write

STAFF = {"name": "Kim", "email": "kim@acme.example", "staff?": True}
ANA = {"name": "Ana", "email": "ana@example.com", "staff?": False}


def message(slug: str, minute: int, user: Any, **facts: Any) -> bytes:
    """A message of a conversation."""
    fields = {
        "body": f"{slug} {minute}",
        "created_at": f"2026-03-02T09:{minute:02}:00.250Z",
        "user": user,
        "visibility": 0,
        "conversation": {"slug": slug, "id": len(slug)},
    }
    return json.dumps(fields | facts).encode()


MESSAGES = [
    message("answered", 30, STAFF),
    message("answered", 20, STAFF, visibility=1),
    message("answered", 10, ANA),
    message("answered", 5, STAFF),
    message("waiting!!", 40, ANA),
    message("outbound", 1, STAFF),
    message("nobody", 3, STAFF),
    message("nobody", 2, None),
    message("together!!!", 7, STAFF),
    message("together!!!", 7, ANA),
]
SLUGS = ("answered", "waiting!!", "outbound", "nobody", "together!!!", "empty")


@pytest.fixture
def base(tmp_path) -> Iterator[sqlite3.Connection]:
    """A database of some conversations, their messages, a rating and a contact."""
    conversations = [
        json.dumps({"slug": slug, "category": {"slug": "support"}}).encode() for slug in SLUGS
    ]
    contents = {
        table_of_account("channels"): [b'{"slug": "support"}'],
        table_of_account("incidents"): [b'{"id": "i", "incidents_systems": [{"system_id": "s"}]}'],
        table_of_account("systems"): [b'{"id": "s"}'],
        table_of_account("contacts"): [b'{"_id": 7, "notes": [{"id": 1, "note": "vip"}]}'],
        table_of_account("satisfaction_ratings"): [b'{"id": "1", "conversation_id": "8"}'],
        table_of_account("messages"): MESSAGES,
        table_of_account("conversations"): conversations,
    }
    write(contents, [{"resource": "staff", "state": "whole", "items": 3}], tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        yield base


def test_first_response_of_another(base):
    """The first regular answer of staff after the first customer message; null if there is none."""
    found = dict(base.execute("SELECT slug, seconds FROM first_responses"))
    assert found == dict.fromkeys(SLUGS) | {"answered": 1200.0, "together!!!": 0.0}


def test_thread_in_disorder(base):
    """Each thread stands oldest first, with places from 1."""
    question = "SELECT position, body FROM threads WHERE slug = 'answered' ORDER BY position"
    assert base.execute(question).fetchall() == [
        (1, "answered 5"), (2, "answered 10"), (3, "answered 20"), (4, "answered 30"),
    ]  # fmt: skip


def test_number_that_nobody_tells(base):
    """Conversations get their number from the messages, so that ratings join."""
    numbers = dict(base.execute("SELECT slug, id FROM conversations"))
    # Two that claim one number: the first keeps it.
    assert numbers["answered"] in (8, None)
    assert (numbers["waiting!!"], numbers["empty"]) == (9, None)
    joined = base.execute(
        "SELECT slug FROM satisfaction_ratings AS r JOIN conversations AS c "
        "ON c.id = r.conversation_id"
    ).fetchall()
    assert len(joined) == 1


REFERENCES = {
    "messages": {
        ("conversation_slug", "conversations", "slug"),
        ("category_slug", "channels", "slug"),
    },
    "satisfaction_ratings": {("conversation_id", "conversations", "id")},
    "conversations": {("category_slug", "channels", "slug")},
    "contact_notes": {("contact", "contacts", "key")},
    "attachments": {("message", "messages", "key")},
    "message_recipients": {("message", "messages", "key")},
    "incident_systems": {("incident", "incidents", "id"), ("system_id", "systems", "id")},
}


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_that_is_not_declared(base, name):
    """What refers to what is declared, to columns that are unique; and not enforced."""
    rows = base.execute(f"PRAGMA foreign_key_list({name})").fetchall()
    assert {(row[3], row[2], row[4]) for row in rows} == REFERENCES[name]
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    assert base.execute("PRAGMA foreign_keys").fetchone() == (0,)


def test_message_of_a_conversation_that_is_gone(tmp_path):
    """Things move while they are read: what refers to nothing is there all the same."""
    contents = {
        table_of_account("messages"): MESSAGES,
        table_of_account("conversations"): [b'{"slug": "answered"}', b'{"subject": "no key"}'],
    }
    write(contents, [{"resource": "x"}], tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM messages").fetchone() == (10,)
        assert dict(base.execute("SELECT * FROM first_responses"))["answered"] == 1200


@pytest.mark.parametrize("names", [("messages",), ("conversations",), ("staff", "systems")])
def test_database_of_some(tmp_path, names):
    """Without the others, what refers to them refers to nothing; views are there if they can be."""
    lines = MESSAGES if names == ("messages",) else []
    contents = {table_of_account(name): lines for name in names}
    write(contents, [{"resource": name} for name in names], tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        question = "SELECT name FROM sqlite_master WHERE type = 'view'"
        views = {name for (name,) in base.execute(question)}
        assert views == ({"threads", "first_responses"} if names == ("messages",) else set())
        for view in views:
            base.execute(f"SELECT * FROM {view}").fetchall()
        assert base.execute(f"SELECT * FROM pragma_foreign_key_list('{names[0]}')").fetchall() == []


def test_reference_to_a_number_that_nobody_tells(tmp_path):
    """Without messages conversations lack their numbers; references to those are sound still."""
    names = ("conversations", "satisfaction_ratings")
    contents = {table_of_account(name): [] for name in names}
    write(contents, [{"resource": name} for name in names], tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []


def test_number_that_two_claim(tmp_path):
    """Two conversations that say one number cost no row."""
    lines = [b'{"slug": "a", "id": 5}', b'{"slug": "b", "id": 5}', b'{"slug": "c", "id": 6}']
    contents = {table_of_account("conversations"): lines, table_of_account("messages"): []}
    write(contents, [{"resource": "x"}], tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        assert dict(base.execute("SELECT slug, id FROM conversations")) == {
            "a": None, "b": None, "c": 6,
        }  # fmt: skip


def test_error_of_the_database(tmp_path):
    """It is one of the system, for those who tell of disks."""
    (tmp_path / "x.sqlite").mkdir()
    with pytest.raises(OSError, match="directory"):
        write({}, [{"resource": "x"}], tmp_path / "x.sqlite")
