"""Conversations as rows: the fixed columns of CSV, Parquet and SQLite.

The last column, `raw`, holds a conversation's own JSON, so that nothing is lost. Some columns stay
empty in an export of conversations, because a list doesn't hold what they are for (seen): see
`README.md`.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from enum import IntEnum
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import msgspec

from reamaze_async.models import ChannelType, Origin, Status
from reamaze_async.wire.lenient import without_half_pairs

from .table import Column, Row, Table, boolean, instant, integer, people, text, texts


def name_of(kind: type[IntEnum], number: int | None) -> str | None:
    """The name of an enum's number, such as `on_hold`; null if nobody lists it."""
    return None if number is None else _names(kind).get(number)


@cache
def _names(kind: type[IntEnum]) -> dict[int, str]:
    return {member.value: member.name.lower() for member in kind}


def admin_page(home: str | None, slug: str | None) -> str | None:
    """The page of a conversation for staff (a guess: the web app was seen on the older host)."""
    if home is None or not slug:
        return None
    host = home.removesuffix(".reamaze.io")
    web = f"{host}.reamaze.com" if host != home else home
    return f"{web}/admin/conversations/{quote(slug, safe='')}"


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_oddities(line)


def _read_oddities(line: bytes) -> tuple[_Conversation, str]:
    """Read JSON that msgspec refuses, field by field: what can't be read costs its own cell."""
    raw = line.decode(errors="replace")
    mended = without_half_pairs(line).decode(errors="replace").encode()
    try:
        parts = _parts(mended)
    except (msgspec.DecodeError, RecursionError):
        whole = _plain(mended)
        if not isinstance(whole, dict):
            return _Conversation(), raw
        parts = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in whole.items()}
    known = {field.encode_name: field.name for field in msgspec.structs.fields(_Conversation)}
    fields = {known[name]: part for name, part in parts.items() if name in known}
    data = fields.pop("data", _JSON)
    return _Conversation(data=data, **{name: _plain(part) for name, part in fields.items()}), raw


_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _plain(text: bytes | msgspec.Raw) -> Any:
    """A value of JSON, with what is no number of ours as text; null if it is nested too deep."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        with suppress(ValueError, RecursionError):
            return json.loads(
                bytes(text), parse_int=_number, parse_float=_number, parse_constant=str
            )
    return None


def _number(digits: str) -> int | float | str:
    """A number, or its digits as text if it is beyond all bounds."""
    if len(digits) < 300 and digits.lstrip("-").isdigit():
        return int(digits)
    return number if math.isfinite(number := float(digits)) else digits


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def row_of(line: bytes, home: str | None = None) -> Row:
    """The row of a conversation; `home` is where its brand lives."""
    item, raw = _read(line)
    category, author, assignee = _part(item.category), _part(item.author), _part(item.assignee)
    message, data = _part(item.message), bytes(item.data)
    customer, staff = _part(item.last_customer_message), _part(item.last_staff_message)
    slug, status = text(item.slug), integer(item.status)
    origin, channel = integer(item.origin), integer(category.get("channel"))
    return (
        text(item.display_subject),
        text(item.subject),
        slug,
        admin_page(home, slug),
        status,
        name_of(Status, status),
        instant(item.created_at),
        instant(item.updated_at),
        instant(item.hold_until),
        origin,
        name_of(Origin, origin),
        channel,
        name_of(ChannelType, channel),
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
        Column("url", "text"),
        Column("status", "integer"),
        Column("status_name", "text"),
        Column("created_at", "instant"),
        Column("updated_at", "instant"),
        Column("hold_until", "instant"),
        Column("origin", "integer"),
        Column("origin_name", "text"),
        Column("channel", "integer"),
        Column("channel_name", "text"),
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
    row_of,
)


def conversations(home: str | None) -> Table:
    """The table of a brand's conversations.

    Args:
        home: where the brand lives, such as `https://acme.reamaze.io`.
    """
    return replace(CONVERSATIONS, row=partial(row_of, home=home))
