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
    "request": lambda session: session.request("GET", "/conversations"),
}
