"""Things of one kind: kept, listed in order while they change, remembered as they were. Pure."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Any, Generic, Protocol, TypeVar

PAGE_SIZE = 30
"""Of every paged list (documented)."""

MOST_VIEWS = 64

Key = tuple[Any, int]
"""What a list is sorted by, ascending: the order itself, then a number that breaks ties."""


class Identified(Protocol):
    """Whatever has a database id."""

    @property
    def id(self) -> int:
        """The id, never used again."""


Item = TypeVar("Item", bound=Identified)
Selected_contra = TypeVar("Selected_contra", contravariant=True)

_order_of = itemgetter(0)


class Selection(Protocol[Selected_contra]):
    """Which things, in which order. Hashable: the key under which a view is kept."""

    def matches(self, item: Selected_contra, /) -> bool:
        """Whether the list holds this thing."""

    def key(self, item: Selected_contra, /) -> Key:
        """Where in the list it stands."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Change(Generic[Item]):
    """One thing changed.

    Attributes:
        kind: What happened.
        slug: The slug of a conversation or an article, else the id.
        before: How it stood until then; None when it was not there.
        id: Its database id.
    """

    kind: str
    slug: str
    before: Item | None
    id: int = 0


@dataclass(slots=True)
class View(Generic[Item]):
    """The things that one query selects, kept in order while they change."""

    query: Selection[Item]
    _keys: list[Key] = field(default_factory=list)
    _by_key: dict[Key, Item] = field(default_factory=dict)
    _key_of: dict[int, Key] = field(default_factory=dict)

    @classmethod
    def over(cls, query: Selection[Item], items: Iterable[Item]) -> "View[Item]":
        """A view of those among `items` that match."""
        by_key = {query.key(item): item for item in items if query.matches(item)}
        return cls(query, sorted(by_key), by_key, {item.id: key for key, item in by_key.items()})

    def __len__(self) -> int:
        return len(self._keys)

    def settle(self, item: Item, *, exists: bool) -> None:
        """Put a thing that has just changed into its place, or take it out."""
        old = self._key_of.pop(item.id, None)
        if old:
            del self._keys[bisect_left(self._keys, old)], self._by_key[old]
        if exists and self.query.matches(item):
            key = self._key_of[item.id] = self.query.key(item)
            insort(self._keys, key)
            self._by_key[key] = item

    def slice(self, first: int, last: int, ties: Random | None = None) -> list[Item]:
        """The things at these positions, as many as there are.

        Args:
            first: The first position, from 0.
            last: The position after the last one.
            ties: Dice that order things of equal rank anew; None: by their ids.
        """
        keys = self._keys[first:last] if ties is None else self._shuffled(first, last, ties)
        return [self._by_key[key] for key in keys]

    def everything(self) -> list[Item]:
        """All its things, in order."""
        return self.slice(0, len(self))

    def page(self, number: int, size: int = PAGE_SIZE, ties: Random | None = None) -> list[Item]:
        """The things of one page, numbered from 1."""
        return self.slice((number - 1) * size, number * size, ties)

    def _shuffled(self, first: int, last: int, dice: Random) -> list[Key]:
        keys, last = self._keys, min(last, len(self._keys))
        if first >= last:
            return []
        begin = bisect_left(keys, keys[first][0], key=_order_of)
        end = last
        while end < len(keys) and keys[end][0] == keys[last - 1][0]:
            end += 1
        equals = [list(group) for _, group in groupby(keys[begin:end], _order_of)]
        for group in equals:
            dice.shuffle(group)
        return [key for group in equals for key in group][first - begin : last - begin]


class Store(Generic[Item]):
    """All things of one kind, with the lists that were asked for and the changes there were."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items: dict[int, Item] = {item.id: item for item in items}
        self._views: dict[Selection[Item], View[Item]] = {}
        self.history: list[Change[Item]] = []
        """The changes, oldest first."""

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: Item) -> bool:
        return item.id in self._items

    def get(self, number: int | str) -> Item | None:
        """The thing with this id, which may be a text as paths hold it."""
        if isinstance(number, str):
            is_number = number.isascii() and number.isdigit() and len(number) < 20
            number = int(number) if is_number else -1
        return self._items.get(number)

    def everything(self) -> list[Item]:
        """All there are, in the order of their making."""
        return list(self._items.values())

    def view(self, query: Selection[Item]) -> View[Item]:
        """The list that a query asks for, kept in order from now on."""
        view = self._views.get(query)
        if view is None:
            if len(self._views) >= MOST_VIEWS:
                del self._views[next(iter(self._views))]
            view = self._views[query] = View.over(query, self._items.values())
        return view

    def lagging(self, query: Selection[Item], lag: int) -> View[Item]:
        """The list that a copy shows which is so many changes behind."""
        if not lag or not self.history:
            return self.view(query)
        befores = {change.id: change.before for change in reversed(self.history[-lag:])}
        now = [item for item in self.view(query).everything() if item.id not in befores]
        return View.over(query, [*now, *(item for item in befores.values() if item)])

    def mark(self) -> int:
        """This moment, to ask about later."""
        return len(self.history)

    def stayed(self, mark: int, query: Selection[Item]) -> list[Item]:
        """What matched at every moment since `mark`, in the list's order now."""
        missed = {
            change.id
            for change in self.history[mark:]
            if change.before is None or not query.matches(change.before)
        }
        return [item for item in self.view(query).everything() if item.id not in missed]

    def seen(self, mark: int, query: Selection[Item]) -> frozenset[str]:
        """The slugs or ids of what matched at some moment since `mark`; no list holds more."""
        now = {name_of(item) for item in self.view(query).everything()}
        once = {it.slug for it in self.history[mark:] if it.before and query.matches(it.before)}
        return frozenset(now | once)

    def changed(self, mark: int) -> frozenset[str]:
        """The slugs or ids of what changed in any way since `mark`."""
        return frozenset(change.slug for change in self.history[mark:])

    def put(self, item: Item, kind: str, before: Item | None = None) -> None:
        """Take in a new thing, or note that one has changed.

        Args:
            item: As it is now.
            kind: What happened.
            before: A copy of how it stood; None: it is new.
        """
        self._items[item.id] = item
        self._note(kind, item, before)
        self.settle(item)

    def remove(self, item: Item, kind: str = "delete") -> None:
        """Take a thing out, for good."""
        del self._items[item.id]
        self._note(kind, item, item)
        self.settle(item)

    def settle(self, item: Item) -> None:
        """Put a thing into its place in every list, without a word in the history."""
        for view in self._views.values():
            view.settle(item, exists=item.id in self._items)

    def _note(self, kind: str, item: Item, before: Item | None) -> None:
        self.history.append(Change(kind, name_of(item), before, item.id))


def name_of(item: Identified) -> str:
    """The slug of a conversation or an article, the id that a status page shows, else the id."""
    return str(getattr(item, "slug", None) or getattr(item, "key", item.id))
