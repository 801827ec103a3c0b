"""How a list is served: which copy of it, which page, in which envelope, with which counts."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from reamaze_async.sandbox import search
from reamaze_async.sandbox.encoding import JSON, encode
from reamaze_async.sandbox.flaws import Spoil, spoiled
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.resources import MESSAGES, TEMPLATES, Resource
from reamaze_async.sandbox.responses import JSON_TYPE, Answer
from reamaze_async.sandbox.rules import Habits, page_count, page_number, pairs
from reamaze_async.sandbox.search import Search
from reamaze_async.sandbox.store import Selection, View, name_of
from reamaze_async.sandbox.world import World

MOST_KEPT = 256 * 1024 * 1024
"""Bytes of pages remembered."""


class Lists:
    """Serves every list of a world.

    Args:
        world: What is served.
        habits: Where public knowledge is silent or split.
        seed: Decides which copy, and the order of what has equal rank.
    """

    def __init__(self, world: World, habits: Habits, seed: int = 1) -> None:
        if any(lag < 0 for lag in habits.replicas):
            message = f"replicas={habits.replicas!r}: so many changes behind, 0 or more each"
            raise ValueError(message)
        self.flaws: dict[str, Spoil] = {}
        self._world = world
        self._habits = habits
        self._dice = Random(f"lists {seed}")
        self._asked = 0
        self._pages = Pages()
        self._is_steady = (
            not habits.replicas and habits.ties == "fixed" and isinstance(habits.page_size, int)
        )

    def answer(
        self,
        resource: Resource,
        incoming: Incoming,
        query: Selection[Any] | None = None,
        items: Iterable[Any] | None = None,
    ) -> Answer:
        """One page of a list.

        Args:
            resource: Of what.
            incoming: The request, whose parameters say which page.
            query: What the list holds; None: what the parameters ask for.
            items: Choose among these; None: among all there are.
        """
        self._asked += 1
        if not self._is_steady or self.flaws:
            return self._made(resource, incoming, query, items)
        page = self._pages.get(incoming.target, self._world.version)
        if page is None:
            page = self._made(resource, incoming, query, items)
            self._pages.keep(incoming.target, page)
        return page

    def encoded(self, resource: Resource, item: Any, params: Mapping[str, str]) -> bytes:
        """One item's bytes in a list, with its flaw if it has one."""
        if name_of(item) in self.flaws:
            return self.spoiled(item, resource.show(item, params))
        return resource.encoded(item, params)

    def spoiled(self, item: Any, shown: JSON) -> bytes:
        """The bytes of what is shown of an item, with its flaw if it has one."""
        made, flaw = encode(shown), self.flaws.get(name_of(item))
        return made if flaw is None else spoiled(made, shown, flaw)

    def _made(
        self,
        resource: Resource,
        incoming: Incoming,
        query: Selection[Any] | None,
        items: Iterable[Any] | None,
    ) -> Answer:
        params = self._honoured(incoming)
        query = query or resource.query(params, self._habits)
        view = self._view(resource, query, items)
        number = page_number(params.get("page"))
        size = self._size(resource, view, number)
        dice = self._dice if self._habits.ties == "drawn" else None
        shown = view.page(1 if self._is_whole(resource) else number, size, dice)
        listed = b",".join([self.encoded(resource, item, params) for item in shown])
        head = self._head(resource, self._total(resource, view, items), size)
        if resource.envelope == "bare":
            body = b"[" + listed + b"]"
        else:
            body = b'{%b"%b":[%b]}' % (head, resource.name.encode(), listed)
        return Answer(200, body, {"Content-Type": JSON_TYPE})

    def _honoured(self, incoming: Incoming) -> Mapping[str, str]:
        """The parameters that have an effect on this server."""
        habits, params = self._habits, pairs(incoming.query)
        ignored = {"sort"} if habits.ignore_sort else set()
        ignored |= {"page"} if habits.ignore_page else set()
        return {name: it for name, it in params.items() if name not in ignored}

    def _view(
        self, resource: Resource, query: Selection[Any], items: Iterable[Any] | None
    ) -> View[Any]:
        if items is not None:
            return View.over(query, items)
        store = resource.store(self._world)
        replicas = self._habits.replicas
        return store.lagging(query, self._dice.choice(replicas) if replicas else 0)

    def _is_whole(self, resource: Resource) -> bool:
        return resource.envelope != "paged" or (
            resource is TEMPLATES and self._habits.templates == "whole"
        )

    def _size(self, resource: Resource, view: View[Any], number: int) -> int:
        if self._is_whole(resource):
            return len(view) or 1
        size = self._habits.page_size
        return size if isinstance(size, int) else size(number, self._asked)

    def _total(self, resource: Resource, view: View[Any], items: Iterable[Any] | None) -> int:
        total, counts = len(view), self._habits.counts
        if resource is not MESSAGES or counts == "exact":
            return total
        if counts == "short":
            return max(0, total - 1)
        assert isinstance(view.query, Search)
        return len(self._view(resource, view.query.narrowed(search.REPLY), items))

    def _head(self, resource: Resource, total: int, size: int) -> bytes:
        if resource.envelope == "counted":
            return b'"total_count":%d,' % total
        if resource is TEMPLATES and self._habits.templates != "paged":
            return b""
        pages = page_count(total, size, self._habits)
        return b'"page_size":%d,"page_count":%d,"total_count":%d,' % (size, pages, total)


class Pages:
    """Remembers answers to list requests as long as the world stands still."""

    def __init__(self) -> None:
        self._version = 0
        self._kept: dict[str, Answer] = {}
        self._size = 0

    def get(self, target: str, version: int) -> Answer | None:
        """The answer to this request, if the world is still the same."""
        if version != self._version:
            self._version, self._kept, self._size = version, {}, 0
        return self._kept.get(target)

    def keep(self, target: str, answer: Answer) -> None:
        """Remember an answer, and forget all others when it gets too much."""
        self._size += len(answer.body)
        if self._size > MOST_KEPT:
            self._kept, self._size = {}, len(answer.body)
        self._kept[target] = answer
