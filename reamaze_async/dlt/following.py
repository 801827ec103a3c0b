"""Following: how a table of the warehouse is kept like a list, run by run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, MutableMapping
from typing import Any, ClassVar

from reamaze_async.formats.table import Table
from reamaze_async.listings.raw import RawItem
from reamaze_async.session import ReamazeSession

from .columns import gone, record_of

Records = list[dict[str, Any]]
State = MutableMapping[str, Any]
"""How far the warehouse is, as dlt keeps it: what JSON can hold."""


class Following(ABC):
    """A list, and how it is read: as a whole when that is due, else what is new.

    Attributes:
        name: of the resource and its table.
        key: the column that tells rows apart.
        table: the columns, and a row of an item.
    """

    name: ClassVar[str]
    key: ClassVar[str]
    table: Table

    @property
    @abstractmethod
    def identity(self) -> Mapping[str, Any]:
        """What is listed: of another list, the whole is due."""

    @abstractmethod
    def whole(
        self, session: ReamazeSession, state: State, known: Collection[str]
    ) -> AsyncGenerator[Records, None]:
        """All items, and in the end those of `known` that have left.

        Args:
            session: whom to ask.
            state: changed once all was handed out.
            known: the keys in the warehouse.
        """

    @abstractmethod
    def news(self, session: ReamazeSession, state: State) -> AsyncGenerator[Records, None]:
        """What may be new since the last run.

        Args:
            session: whom to ask.
            state: changed once all was handed out.
        """

    def records(self, items: Iterable[RawItem]) -> Records:
        """The rows of some items."""
        return [record_of(self.table, self.table.row(item.json)) for item in items]

    def gone(self, keys: Iterable[str]) -> Records:
        """The records that delete some rows."""
        return [gone(self.key, key) for key in sorted(keys)]
