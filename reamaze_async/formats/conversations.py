"""Conversations as rows: the fixed columns of CSV, Parquet and SQLite.

The last column, `raw`, holds a conversation's own JSON, so that nothing is lost.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from reamaze_async.models import Status
from reamaze_async.wire.lenient import without_half_pairs

from .table import Column, Row, Table, boolean, instant, integer, people, text, texts


def status_name(value: Any) -> str | None:
    """The name of a status, such as `on_hold`; null if nobody lists it."""
    number = integer(value)
    return _STATUS_NAMES.get(number) if number is not None else None


_STATUS_NAMES = {status.value: status.name.lower() for status in Status}


_JSON = msgspec.Raw(b"null")


class _Conversation(msgspec.Struct, gc=False):
    slug: Any = None
    subject: Any = None
    display_subject: Any = None
    status: Any = None
    created_at: Any = None
    updated_at: Any = None
    hold_until: Any = None
    origin: Any = None
    category: Any = None
    author: Any = None
    assignee: Any = None
    tag_list: Any = None
    followers: Any = None
    message_count: Any = None
    read_only: Any = msgspec.field(default=None, name="readOnly")
    message: Any = None
    last_customer_message: Any = None
    last_staff_message: Any = None
    data: msgspec.Raw = _JSON


_decode = msgspec.json.Decoder(_Conversation).decode


def _read(line: bytes) -> tuple[_Conversation, str]:
    """A conversation's fields, and its JSON as text."""
    try:
        return _decode(line), line.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_oddities(line)


def _read_oddities(line: bytes) -> tuple[_Conversation, str]:
    """Read JSON that msgspec refuses: with half an emoji, or a number beyond all bounds."""
    whole = without_half_pairs(line).decode(errors="replace")
    parts = json.loads(whole, parse_int=_number, parse_float=_number, parse_constant=str)
    data = msgspec.Raw(json.dumps(parts.pop("data", None)).encode())
    known = {field.encode_name: field.name for field in msgspec.structs.fields(_Conversation)}
    fields = {known[name]: value for name, value in parts.items() if name in known}
    return _Conversation(data=data, **fields), line.decode(errors="replace")


def _number(digits: str) -> int | float | str:
    """A number, or its digits as text if it is beyond all bounds."""
    if len(digits) < 300 and digits.lstrip("-").isdigit():
        return int(digits)
    return number if math.isfinite(number := float(digits)) else digits


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def conversation(line: bytes) -> Row:
    """The row of a conversation."""
    item, raw = _read(line)
    category, author, assignee = _part(item.category), _part(item.author), _part(item.assignee)
    message, data = _part(item.message), bytes(item.data)
    customer, staff = _part(item.last_customer_message), _part(item.last_staff_message)
    return (
        text(item.display_subject),
        text(item.subject),
        text(item.slug),
        integer(item.status),
        status_name(item.status),
        instant(item.created_at),
        instant(item.updated_at),
        instant(item.hold_until),
        integer(item.origin),
        integer(category.get("channel")),
        text(category.get("slug")),
        text(category.get("name")),
        text(category.get("email")),
        integer(author.get("id")),
        text(author.get("name")),
        text(author.get("email")),
        text(author.get("mobile")),
        integer(assignee.get("id")),
        text(assignee.get("name")),
        text(assignee.get("email")),
        texts(item.tag_list),
        people(item.followers),
        integer(item.message_count),
        boolean(item.read_only),
        text(message.get("body")),
        instant(customer.get("created_at")),
        text(customer.get("body")),
        instant(staff.get("created_at")),
        text(staff.get("body")),
        None if data == b"null" else data.decode(),
        raw,
    )


CONVERSATIONS = Table(
    "conversations",
    (
        Column("display_subject", "text"),
        Column("subject", "text"),
        Column("slug", "text"),
        Column("status", "integer"),
        Column("status_name", "text"),
        Column("created_at", "instant"),
        Column("updated_at", "instant"),
        Column("hold_until", "instant"),
        Column("origin", "integer"),
        Column("channel", "integer"),
        Column("category_slug", "text"),
        Column("category_name", "text"),
        Column("category_email", "text"),
        Column("author_id", "integer"),
        Column("author_name", "text"),
        Column("author_email", "text"),
        Column("author_mobile", "text"),
        Column("assignee_id", "integer"),
        Column("assignee_name", "text"),
        Column("assignee_email", "text"),
        Column("tags", "texts"),
        Column("followers", "people"),
        Column("message_count", "integer"),
        Column("read_only", "boolean"),
        Column("message", "text"),
        Column("last_customer_message_at", "instant"),
        Column("last_customer_message", "text"),
        Column("last_staff_message_at", "instant"),
        Column("last_staff_message", "text"),
        Column("data", "json"),
        Column("raw", "json"),
    ),
    conversation,
)
