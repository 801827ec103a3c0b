"""What a list request means: its parameters, which conversations match, in which order, which page.

Pure. Every rule names its witness in the API reference: documented, seen, or a guess.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import Literal
from urllib.parse import parse_qsl

from reamaze_async.sandbox.conversation import ARCHIVED, Conversation
from reamaze_async.sandbox.times import bounds

PAGE_SIZE = 30
"""Always, whatever `page_size` or `per_page` ask for (documented; ignoring them: seen)."""

FILTERS = frozenset({"archived", "open", "unassigned", "all"})
SETTLED = frozenset({2, 3, 4, 6, 8, 9})
"""Statuses that nobody needs to take up, so that `unassigned` leaves them out (guess)."""

ORIGINS = {
    "chat": 0, "native": 0, "email": 1, "twitter": 2, "facebook": 3, "classic": 6, "api": 7,
    "instagram": 8, "sms": 9, "voice": 10, "custom": 11, "whatsapp": 15, "staff": 16, "form": 17,
}  # fmt: skip
"""Names of origins in the newer documentation."""

BEYOND = 2**63
"""A page number that no list reaches."""

_LEADING_INTEGER = re.compile(r"\s*([+-]?[0-9]+)")
_DATA = re.compile(r"data\[(.+)\]", re.DOTALL)

Key = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Habits:
    """Where public knowledge is silent or split: how this server behaves."""

    ignore_filter: bool = False
    """`filter` has no effect, as one live user reports (seen)."""
    tag_match: Literal["all", "any"] = "all"
    """Whether `tag=a,b` wants all of the tags (guess) or any."""
    unknown_category: Literal[200, 404] = 200
    """An unknown channel's slug: an empty list (guess) or 404."""
    empty_page_count: Literal[0, 1] = 0
    """`page_count` when nothing matches (guess: 0)."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which conversations, in which order. Hashable: the key under which a view is kept."""

    filter: str | None = None
    sort: str | None = None
    tags: tuple[str, ...] = ()
    any_tag: bool = False
    category: str | None = None
    origin: int | None = None
    for_: str | None = None
    for_id: str | None = None
    data: tuple[tuple[str, str], ...] = ()
    start: int | None = None
    end: int | None = None

    def matches(self, conversation: Conversation) -> bool:
        """Whether every given parameter lets the conversation pass: they narrow each other."""
        return self._in_set(conversation) and all(
            (
                not self.tags or self._tagged(conversation),
                self.category is None or conversation.category.slug == self.category,
                self.origin is None or conversation.origin == self.origin,
                self.for_ is None or self.for_ in conversation.emails,
                self.for_id is None or self.for_id in map(str, conversation.user_ids),
                not self.data or self._has_data(conversation),
                self._in_time(conversation),
            )
        )

    def key(self, conversation: Conversation) -> Key:
        """What the list is sorted by, ascending: newest first, ties by id descending (seen)."""
        at: int | None = conversation.created
        if self.sort == "updated":
            at = conversation.customer_at
        elif self.sort == "changed":
            at = conversation.updated
        return (inf if at is None else -at, -conversation.id)

    def _in_set(self, conversation: Conversation) -> bool:
        status = conversation.status
        match self.filter:
            case "all":
                return True
            case "archived":
                return status == ARCHIVED
            case "open":
                return status == 0
            case "unassigned":
                return conversation.assignee is None and status not in SETTLED
        return status != ARCHIVED

    def _tagged(self, conversation: Conversation) -> bool:
        worn = {tag.casefold() for tag in conversation.tags}
        return (any if self.any_tag else all)(tag in worn for tag in self.tags)

    def _has_data(self, conversation: Conversation) -> bool:
        data = conversation.data or {}
        return all(key in data and _text(data[key]) == value for key, value in self.data)

    def _in_time(self, conversation: Conversation) -> bool:
        """Inclusive, by the latest customer message; never written to means out (guess)."""
        if self.start is None and self.end is None:
            return True
        at = conversation.customer_at
        if at is None:
            return False
        return (self.start is None or at >= self.start) and (self.end is None or at <= self.end)


@lru_cache(maxsize=4096)
def pairs(query_string: str) -> Mapping[str, str]:
    """The parameters of a query string; of a repeated one the last counts, as in Rails."""
    return dict(parse_qsl(query_string, keep_blank_values=True))


def read_query(params: Mapping[str, str], habits: Habits) -> Query:
    """What the parameters ask for; unknown, blank and junk ones are ignored (seen, guess)."""
    wanted = params.get("filter")
    sort = params.get("sort")
    start = bounds(params.get("start_date", ""))
    end = bounds(params.get("end_date", ""))
    return Query(
        filter=wanted if wanted in FILTERS and not habits.ignore_filter else None,
        sort=sort if sort in ("updated", "changed") else None,
        tags=_tags(params.get("tag", "")),
        any_tag=habits.tag_match == "any",
        category=params.get("category") or None,
        origin=_origin(params.get("origin", "")),
        for_=params.get("for", "").strip().lower() or None,
        for_id=params.get("for_id", "").strip() or None,
        data=_data(params),
        start=start[0] if start else None,
        end=end[1] if end else None,
    )


def page_number(text: str | None) -> int:
    """The page asked for: Ruby's `to_i`, and anything below 1 is 1 (guess)."""
    found = _LEADING_INTEGER.match(text or "")
    if not found:
        return 1
    digits = found[1]
    return max(1, int(digits)) if len(digits) < 20 else 1 if digits[0] == "-" else BEYOND


def page_count(total: int, habits: Habits) -> int:
    """`total` over 30, rounded up (documented by example)."""
    return -(-total // PAGE_SIZE) or habits.empty_page_count


def _tags(text: str) -> tuple[str, ...]:
    return tuple(sorted({tag.strip().casefold() for tag in text.split(",")} - {""}))


def _data(params: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    named = ((_DATA.fullmatch(name), value) for name, value in params.items())
    return tuple(sorted((found[1], value) for found, value in named if found))


def _origin(text: str) -> int | None:
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 10
        else ORIGINS.get(text.lower())
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


@dataclass(slots=True)
class View:
    """The conversations that match one query, kept in order while the world changes."""

    query: Query
    _keys: list[Key] = field(default_factory=list)
    _by_id: dict[int, tuple[Key, Conversation]] = field(default_factory=dict)

    @classmethod
    def over(cls, query: Query, conversations: Iterable[Conversation]) -> "View":
        """A view of those among `conversations` that match."""
        found = {c.id: (query.key(c), c) for c in conversations if query.matches(c)}
        return cls(query, sorted(key for key, _ in found.values()), found)

    def __len__(self) -> int:
        return len(self._keys)

    def settle(self, conversation: Conversation, *, exists: bool) -> None:
        """Put a conversation that has just changed into its place, or out."""
        old = self._by_id.pop(conversation.id, None)
        if old:
            del self._keys[bisect_left(self._keys, old[0])]
        if exists and self.query.matches(conversation):
            key = self.query.key(conversation)
            insort(self._keys, key)
            self._by_id[conversation.id] = (key, conversation)

    def slice(self, first: int, last: int) -> list[Conversation]:
        """The conversations at these positions, as many as there are."""
        return [self._by_id[-key[1]][1] for key in self._keys[first:last]]

    def everything(self) -> list[Conversation]:
        """All its conversations, in order."""
        return self.slice(0, len(self))

    def page(self, number: int) -> list[Conversation]:
        """The conversations of one page, numbered from 1."""
        return self.slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE)
