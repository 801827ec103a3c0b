"""Answers of several shapes: a single thing, all of a contact's things, or the one just written.

Notes and identities come as a bare array, under their name, or as a single one, bare or under its
root key (documented and seen, in turn). A good answer that only tells of an error is one (seen).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any, Generic, TypeVar

from reamaze_async.errors import DecodeError
from reamaze_async.validation import shown

from .decode import PageDecoder, check_json
from .parts import MALFORMED, parts_of
from .request import Request
from .response import complaint
from .whole import CountingDecoder, in_one_answer

Item = TypeVar("Item")

ERRORS = frozenset({"error", "errors"})
"""Keys of an answer that says what is wrong (seen)."""

_NO_ERROR = frozenset({b"null", b"false", b'""', b"[]", b"{}"})


def _parts(body: bytes) -> dict[str, Any]:
    """The parts of an object; none of what isn't one."""
    try:
        return parts_of(body)
    except MALFORMED:
        return {}


def any_keys(things: Sequence[Any]) -> list[str]:
    """The keys of things that nobody has to tell apart."""
    return ["any"] * len(things)


def single(pages: PageDecoder[Item], root: str = "") -> Callable[[Request, bytes], Item]:
    """A reader of a single thing, bare (documented) or under its root key (seen).

    Args:
        pages: decodes the thing.
        root: the key; empty: it never comes under one.
    """

    def read(request: Request, body: bytes) -> Item:
        item = pages.one(request, body, wrapper=root)
        _check_errors(request, body)
        if request.method == "GET":
            _check_fields(request, body, pages.fields | {root})
        return item

    return read


def nothing(request: Request, body: bytes) -> None:
    """An answer of which nothing is of use, such as to a DELETE.

    Raises:
        DecodeError: it isn't even JSON, such as a maintenance page, or tells of an error.
    """
    check_json(request, body)
    _check_errors(request, body)


def _check_errors(request: Request, body: bytes) -> None:
    told = (bytes(value) for name, value in _parts(body).items() if name in ERRORS)
    if not _NO_ERROR.issuperset(told):
        said = complaint(body)[0]
        raise DecodeError(**request.facts, reason=f"it tells of an error ({said})", place="$")


def _check_fields(request: Request, body: bytes, known: Set[str]) -> None:
    """Refuse other JSON than was asked for, such as a proxy's, for a thing without anything.

    To a write it is an answer like any other: its status says that it was done.
    """
    found = _parts(body)
    if found and known.isdisjoint(found):
        named = ", ".join(map(shown, sorted(found)[:3]))
        reason = f"it holds nothing of what was asked for, but {named}"
        raise DecodeError(**request.facts, reason=reason, place="$")


class SeveralDecoder(Generic[Item]):
    """Reads several things, however they come.

    Args:
        kind: their Struct.
        name: the key under which several may come.
        root: the key under which a single one may come.
    """

    def __init__(self, kind: type[Item], name: str, root: str) -> None:
        self._kind = kind
        self._name = name
        self._root = root

    def __call__(self, request: Request, body: bytes) -> tuple[Item, ...]:
        """All of them.

        Raises:
            DecodeError: it is something else.
        """
        pages = PageDecoder(self._name, self._kind, self._kind, any_keys)
        if self._is_single(body):
            return (single(pages, self._root)(request, body),)
        return tuple(
            CountingDecoder(self._name, pages, in_one_answer).typed(request, body).readable
        )

    def one(
        self, choose: Callable[[Sequence[Item]], Item | None]
    ) -> Callable[[Request, bytes], Item]:
        """A reader of the one that was written.

        Args:
            choose: which of several it is; None: it isn't there. A single one is it in any case.
        """

        def read(request: Request, body: bytes) -> Item:
            things = self(request, body)
            found = things[0] if self._is_single(body) else choose(things)
            if found is None:
                reason = f"the {self._root} that was written isn't there"
                raise DecodeError(**request.facts, reason=reason, place="$")
            return found

        return read

    def _is_single(self, body: bytes) -> bool:
        parts = _parts(body)
        return bool(parts) and self._name not in parts
