"""What a list request means: its parameters, which conversations match, in which order, which page.

Pure. Every rule names its witness in the API reference: documented, seen, or a guess.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Literal
from urllib.parse import parse_qsl

from reamaze_async.sandbox.checks import check_numbers, check_words
from reamaze_async.sandbox.conversation import ARCHIVED, Conversation, Counting
from reamaze_async.sandbox.store import PAGE_SIZE, Key
from reamaze_async.sandbox.times import bounds

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


Counts = Literal["exact", "short", "replies"]
Templates = Literal["paged", "bare", "whole"]


@dataclass(frozen=True, slots=True)
class Habits:
    """Where public knowledge is silent or split: how this server behaves."""

    ignore_filter: bool = False
    """`filter` has no effect, as one live user reports (seen)."""
    ignore_sort: bool = False
    """`sort` has no effect, as that of words which the server doesn't know (seen)."""
    ignore_page: bool = False
    """`page` has no effect: every page is the first."""
    tag_match: Literal["all", "any"] = "all"
    """Whether `tag=a,b` wants all of the tags (guess) or any."""
    unknown_category: Literal[200, 404] = 200
    """An unknown channel's slug: an empty list (guess) or 404."""
    empty_page_count: Literal[0, 1] = 0
    """`page_count` when nothing matches (guess: 0)."""
    page_size: int | Callable[[int, int], int] = PAGE_SIZE
    """Always 30, whatever `page_size` or `per_page` ask for (documented; ignoring them: seen). Or
    what a function makes of the page's number and of how many list requests came before."""
    ties: Literal["fixed", "drawn"] = "fixed"
    """Things of equal rank (one instant, one name): by their ids (seen), or drawn anew for each
    request, as a database may that sorts by nothing else."""
    replicas: tuple[int, ...] = ()
    """There are several copies of every list, each so many changes behind; a request meets one
    of them by chance. Empty: one copy, up to date. Single reads and threads are always of now."""
    counts: Counts = "exact"
    """What lists of messages count: all; all but one; all but the first of each conversation
    (seen, by a reading of the documentation). They hold all the same."""
    message_count: Counting = "all"
    """What a conversation's `message_count` counts: all messages (guess), all but notes, or all
    but the first."""
    templates: Templates = "paged"
    """Response templates: pages with counts, pages without, or all at once without (guess)."""
    wrapped: bool = False
    """Single objects come under their root key (two clients look there: seen), or bare."""
    note_answers: Literal["array", "named", "wrapped", "one"] = "array"
    """What writing a note answers: all of the contact's as a bare array (documented), under
    `notes`, or the one alone, under `note` or bare (seen)."""
    article_update: Literal["whole", "slug"] = "whole"
    """Updating an article answers with all of it, or with its slug alone (seen)."""
    internal: Literal[2, 4] = 4
    """The number of an article's status Internal (two witnesses for 4, one for 2)."""

    def __post_init__(self) -> None:
        check_words(self)
        if not callable(self.page_size):
            check_numbers(int, page_size=self.page_size, least=1)


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

    def matches(self, conversation: Conversation, /) -> bool:
        """Whether every given parameter lets the conversation pass: they narrow each other."""
        return self._in_set(conversation) and all(
            (
                not self.tags or self._tagged(conversation),
                self.category is None or conversation.category.slug == self.category,
                self.origin is None or conversation.origin == self.origin,
                self.for_ is None or self.for_ in conversation.emails,
                self.for_id is None or self.for_id in conversation.ids,
                not self.data or self._has_data(conversation),
                self._in_time(conversation),
            )
        )

    def key(self, conversation: Conversation, /) -> Key:
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
        return is_tagged(conversation, self.tags, any_tag=self.any_tag)

    def _has_data(self, conversation: Conversation) -> bool:
        return has_data(conversation.data, self.data)

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
        tags=read_tags(params.get("tag", "")),
        any_tag=habits.tag_match == "any",
        category=params.get("category") or None,
        origin=read_origin(params.get("origin", "")),
        for_=params.get("for", "").strip().lower() or None,
        for_id=params.get("for_id", "").strip() or None,
        data=read_data(params),
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


def page_count(total: int, size: int, habits: Habits) -> int:
    """`total` over the page size, rounded up (documented by example)."""
    return -(-total // size) or habits.empty_page_count


def is_tagged(conversation: Conversation, tags: Iterable[str], *, any_tag: bool) -> bool:
    """Whether a conversation wears all of these tags, or any."""
    worn = {tag.casefold() for tag in conversation.tags}
    return (any if any_tag else all)(tag in worn for tag in tags)


def has_data(data: object, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether custom data holds all of these pairs, compared as text (guess)."""
    held = data if isinstance(data, dict) else {}
    return all(key in held and _text(held[key]) == value for key, value in pairs)


def read_tags(text: str) -> tuple[str, ...]:
    """Names with commas between them, made comparable."""
    return tuple(sorted({tag.strip().casefold() for tag in text.split(",")} - {""}))


def read_data(params: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The pairs of `data[key]=value`."""
    named = ((_DATA.fullmatch(name), value) for name, value in params.items())
    return tuple(sorted((found[1], value) for found, value in named if found))


def read_origin(text: str) -> int | None:
    """A number, or a name of the newer documentation; else None."""
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 10
        else ORIGINS.get(text.lower())
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
