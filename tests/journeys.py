"""A listing that is interrupted, and gone on with after anything may have happened to the list.

A journey has legs. Within a leg the list changes as its world says; between two legs it changes in
any way, and much. A leg ends anywhere: what was fetched and not written is gone, a page may be
written in part, and the note of the place may be older than what is written.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from msgspec import structs
from worlds import Batch, Change, Served, Telling, World, random_world, worlds

from reamaze_async.paging.cursor import Cursor
from reamaze_async.paging.plan import Drift, Plan


@dataclass(frozen=True)
class Journey:
    """Everything about one.

    Attributes:
        world: how the list changes within a leg.
        drift: as for `Plan`.
        legs: after how many events each leg but the last is cut off.
        upheaval: how much happens between two legs, at most.
        forgetful: chance in a hundred that a note of the place isn't made.
    """

    world: World
    drift: Drift = "repair"
    legs: tuple[int, ...] = (10,)
    upheaval: int = 12
    forgetful: int = 0


@dataclass
class Written:
    """What outlives a leg."""

    keys: list[str] = field(default_factory=list)
    cursor: Cursor = field(default_factory=Cursor)


class Travel(Telling):
    """One run of a journey."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.written = Written()
        self.starts = [0]
        self.moved = 0
        super().__init__(journey.world, self._plan())

    def _plan(self) -> Plan:
        world = self.journey.world
        return Plan(
            concurrency=world.concurrency,
            drift=self.journey.drift,
            empty_batches=True,
            order_moves=world.order_moves,
            cursor=self.written.cursor,
            seen=self.written.keys,
        )

    def travel(self, most_requests: int = 3000) -> "Travel":
        """All legs."""
        for events in self.journey.legs:
            self._start()
            for _ in range(events):
                if (self.plan.done and not self._shelf) or not self._step():
                    break
                self._start()
            self._break_off()
        self.run(most_requests)
        return self

    def _break_off(self) -> None:
        if self._shelf and self.choices.below(2):
            batch = self._shelf[0]
            part = batch.positions[: self.choices.below(len(batch.positions) + 1)]
            self._write(structs.replace(batch, positions=part, cursor=self.written.cursor))
        self._flying.clear()
        self._shelf.clear()
        for _ in range(self.choices.below(self.journey.upheaval + 1)):
            self._moment += 1
            self._upset()
        self._moment += 1
        self.starts.append(self._moment)
        self.plan = self._plan()

    def _upset(self) -> None:
        if self.journey.world.change == "jumps":
            self._change()
        elif self.choices.below(2):
            self._note(-1, self._desk.leave(self.choices))
        else:
            self._note(+1, self._desk.arrive(self.choices))

    def _take(self) -> None:
        self._write(self._shelf.pop(0))
        self.plan.taken()

    def _write(self, batch: Batch) -> None:
        keys = [batch.read.keys[index] for index in batch.positions]
        self.story.yielded += keys
        self.written.keys += keys
        is_vital = _promised(batch.cursor) != _promised(self.written.cursor)
        if is_vital or not self.choices.often(self.journey.forgetful):
            self.written.cursor = batch.cursor

    @property
    def keeps_the_premise(self) -> bool:
        """Whether within each leg all went one way, by less than a page, between neighbours."""
        return all(
            self.story._is_gentle(upper, lower)
            for upper in self.story.reads
            for lower in self.story.reads
            if lower.number == upper.number + 1 and self._leg(upper) == self._leg(lower)
        )

    def _leg(self, served: Served) -> int:
        return sum(start <= served.moment for start in self.starts)


def _promised(cursor: Cursor) -> tuple[object, ...]:
    return cursor.pass_number, cursor.top_mark, cursor.doubts, cursor.doubts_of_this_pass


def random_journey(seed: int, change: Change, drift: Drift = "repair") -> Journey:
    """A journey from a seed."""
    luck = random.Random(seed)
    world = replace(random_world(seed, change), ordered=True, items=luck.randint(0, 30))
    return Journey(
        world,
        drift,
        legs=tuple(luck.randint(1, 60) for _ in range(luck.randint(1, 4))),
        upheaval=luck.choice((0, 3, 12, 40)),
        forgetful=luck.choice((0, 0, 50, 90)),
    )


@st.composite
def journeys(draw: st.DrawFn, change: Change, drift: Drift = "repair") -> Journey:
    """Journeys whose legs change in this way."""
    return Journey(
        draw(worlds(change, ordered=True)),
        drift,
        legs=tuple(draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))),
        upheaval=draw(st.sampled_from((0, 3, 12, 40))),
        forgetful=draw(st.sampled_from((0, 50, 90))),
    )


def lost(travel: Travel) -> Sequence[str]:
    """What a finished journey lost without saying so."""
    return () if travel.story.doubts else travel.story.missed
