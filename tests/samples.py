"""What the API answers with, as clients have seen it."""

import json
from typing import Any

from reamaze_async.wire.request import Request

USER = {
    "id": 812345678,
    "name": "Ana Silva",
    "data": {"plan": "gold", "(acme.myshopify.com) Total spent": None},
    "email": "ana@example.com",
    "twitter": None,
    "facebook": None,
    "instagram": None,
    "mobile": "+15551234567",
    "friendly_name": "Ana",
    "display_name": "Ana Silva",
}

CONVERSATION: dict[str, Any] = {
    "subject": "Where is my parcel?",
    "slug": "where-is-my-parcel",
    "created_at": "2026-03-02T09:15:04.512-08:00",
    "updated_at": "2026-03-02T11:40:10.003-08:00",
    "origin": 1,
    "data": {"order_number": "10442"},
    "external_data": {"X-Detected-Origin": "mail"},
    "hold_until": "2026-04-02T09:00:00.000-07:00",
    "author": USER,
    "assignee": {"name": "Leo Marsh", "email": "leo@acme.example"},
    "perma_url": "https://acme.reamaze.com/conversations/where-is-my-parcel/perma?token=b0f1c3",
    "tag_list": ["shipping", "VIP"],
    "status": 5,
    "display_subject": "Where is my parcel?",
    "category": {
        "name": "Support",
        "slug": "support",
        "email": "support@acme.reamaze.com",
        "channel": 1,
        "settings_display_html_email": "1",
    },
    "last_customer_message": {"body": "Any news?", "created_at": "2026-03-02T11:40:09.871-08:00"},
    "last_staff_message": {"body": "Soon.", "created_at": "2026-03-02T10:02:33.120-08:00"},
    "followers": [USER | {"staff?": False, "customer?": True, "bot?": False}],
    "message": {"body": "My order 10442 has not come.", "origin_id": "<a1@mail.example.com>"},
    "readOnly": False,
    "message_count": 3,
}

MESSAGE: dict[str, Any] = {
    "body": "Hello, here is a picture.",
    "visibility": 1,
    "origin": 9,
    "origin_id": "SM1",
    "created_at": "2026-03-02T09:15:04.512-08:00",
    "updated_at": "2026-03-02T09:15:05.000-08:00",
    "user": USER,
    "recipients": [{"name": "Leo Marsh", "email": "leo@acme.example"}],
    "direct_recipients": [USER],
    "attachments": [{"file_file_name": "a.png", "url": "https://x.example/a", "image?": True}],
    "conversation": {"slug": "where-is-my-parcel"},
    "original_body": "<p>Hello</p>",
}

PAGE_4 = Request("GET", "/api/v1/conversations", "page=4", page=4)


def page_of(*items: Any, **envelope: Any) -> bytes:
    """A page of a listing; items are objects, or bytes as they are."""
    counts = {"page_size": 30, "page_count": 9, "total_count": 261} | envelope
    head = _compact(counts).removesuffix(b"}")
    texts = (item if isinstance(item, bytes) else _compact(item) for item in items)
    return b'%s,"conversations":[%s]}' % (head, b",".join(texts))


def _compact(value: Any) -> bytes:
    """JSON without blanks, as servers write it."""
    return json.dumps(value, separators=(",", ":")).encode()
