"""Every way to send something through a session, by one step."""

from collections.abc import Awaitable, Callable

from reamaze_async import ReamazeSession

Call = Callable[[ReamazeSession], Awaitable[object]]

CALLS: dict[str, Call] = {
    "list": lambda session: anext(aiter(session.conversations.list())),
    "raw": lambda session: anext(session.conversations.list().raw()),
    "page": lambda session: session.conversations.page(1),
    "count": lambda session: session.conversations.count(),
    "get": lambda session: session.conversations.get("slug"),
    "thread": lambda session: anext(session.messages.list(conversation="a").pages()),
    "whole list": lambda session: anext(aiter(session.channels.list())),
    "several": lambda session: session.contacts.notes("a@example.com"),
    "report": lambda session: session.reports.volume(),
    "create": lambda session: session.messages.create("slug", "Hello"),
    "update": lambda session: session.conversations.update("slug", status=2),
    "delete": lambda session: session.contacts.delete_note("a@example.com", 7),
    "request": lambda session: session.request("GET", "/conversations"),
}
