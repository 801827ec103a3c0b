"""A small list that changes while it is read, and the story that judges what a plan made of it.

Everything that can differ is a decision: what changes, which request is served next, which answer
comes first, when the consumer takes a page. Decisions are numbers from a list; when it runs out,
each is the quiet one, so that a short list is a simple world: hypothesis shrinks towards it, and a
seed makes a hundred thousand of them.
"""

import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Literal, Protocol

from hypothesis import strategies as st

from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Drift, Plan

WORLDS = int(os.environ.get("REAMAZE_WORLDS", "0"))
"""How many random worlds the long session tries; 0 for the short profile."""

TICK = 0.01
"""Seconds between any two events of a world."""
PAUSE = 60.0
"""Seconds of a long pause: a limit's window."""

Change = Literal[
    "none", "arrivals", "departures", "either", "both", "pauses", "jumps", "jumps and departures"
]
"""What happens: nothing, one way only, one way and then the other, anything, anything in pauses,
jumps to the front (of a list sorted by change), without or with departures."""


class Driven(Protocol):
    """What a world needs of a plan; the mutants have it too."""

    done: bool

    @property
    def doubts(self) -> Sequence[int]: ...
    def next_page(self) -> int | None: ...
    def arrived(self, read: PageRead) -> list[Batch]: ...
    def taken(self) -> None: ...


class Choices:
    """Decisions from a list of numbers; the first option when it has run out."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = iter(numbers)

    def below(self, options: int) -> int:
        """A number below `options`."""
        return next(self._numbers, 0) % options

    def often(self, percent: int) -> bool:
        """Yes in so many of a hundred; no when the list has run out."""
        return next(self._numbers, 0) % 100 >= 100 - percent


@dataclass(frozen=True)
class World:
    """Everything about one run.

    Attributes:
        size: items on a page.
        items: items at the beginning.
        change: what may happen to the list.
        eager: chance in a hundred that something happens between two events.
        burst: how many may arrive or leave at the same instant.
        pauses: chance in a hundred of a long pause.
        concurrency: requests in flight at most.
        ordered: as for `Plan`.
        grain: seconds between two ticks of the reader's clock; 0 for a fine one.
        numbers: the decisions.
        endless: whether they begin again when they have run out.
    """

    size: int = 2
    items: int = 6
    change: Change = "none"
    eager: int = 25
    burst: int = 1
    pauses: int = 0
    concurrency: int = 2
    ordered: bool = True
    grain: float = 0.0
    numbers: tuple[int, ...] = ()
    endless: bool = False

    def choices(self) -> Choices:
        """The decisions, from the first."""
        return Choices(cycle(self.numbers) if self.endless else self.numbers)

    @property
    def order_moves(self) -> bool:
        """Whether items jump to the front."""
        return self.change.startswith("jumps")

    def plan(self, drift: Drift = "repair", seen: Iterable[str] = ()) -> Plan:
        """A plan for reading it; what was seen makes it go on."""
        return Plan(
            concurrency=self.concurrency,
            ordered=self.ordered,
            drift=drift,
            order_moves=self.order_moves,
            seen=seen,
        )


@dataclass(frozen=True)
class Event:
    """An arrival (+1), a departure (-1) or a jump (0) of `key`, at a moment of the story."""

    moment: int
    step: int
    key: str


@dataclass(frozen=True)
class Served:
    """A page as the server read it, at a moment of the story."""

    moment: int
    number: int
    keys: tuple[str, ...]
    pages: int
    total: int
    marks: tuple[int, ...]


@dataclass
class Story:
    """What happened, in order of moments, and what came of it."""

    world: World
    order: list[str] = field(default_factory=list)
    """Every key there ever was, in the list's order."""
    at_first: frozenset[str] = frozenset()
    """What was in the list at the first read."""
    events: list[Event] = field(default_factory=list)
    reads: list[Served] = field(default_factory=list)
    yielded: list[str] = field(default_factory=list)
    doubts: tuple[int, ...] = ()
    most_in_flight: int = 0
    most_ahead: int = 0
    ended: bool = False
    page_count: int = 0

    @property
    def stayers(self) -> list[str]:
        """What was there from the first read to the last, in order."""
        first, last = self.reads[0].moment, self.reads[-1].moment
        left = {e.key for e in self.events if e.step < 0 and first < e.moment < last}
        return [key for key in self.order if key in self.at_first and key not in left]

    @property
    def missed(self) -> list[str]:
        """Stayers that were never handed out."""
        seen = set(self.yielded)
        return [key for key in self.stayers if key not in seen]

    @property
    def is_in_order(self) -> bool:
        """Whether the stayers were handed out in the list's order."""
        stayers = self.stayers
        kept = set(stayers)
        return [key for key in self.yielded if key in kept] == [
            key for key in stayers if key in set(self.yielded)
        ]

    @property
    def is_calm(self) -> bool:
        """Whether nothing happened from the first read to the last."""
        first, last = self.reads[0].moment, self.reads[-1].moment
        return not any(first < event.moment < last for event in self.events)

    @property
    def keeps_the_premise(self) -> bool:
        """Whether between any two reads of neighbours all went one way, by less than a page."""
        return all(self._is_gentle(*neighbours) for neighbours in self._neighbours())

    @property
    def moves_by_less_than_a_page(self) -> bool:
        """Whether less than a page of items moved between any two reads of neighbours."""
        size = self.world.size
        return all(len(self._steps(*neighbours)) < size for neighbours in self._neighbours())

    def _neighbours(self) -> Iterator[tuple[Served, Served]]:
        for upper in self.reads:
            yield from ((upper, it) for it in self.reads if it.number == upper.number + 1)

    def _steps(self, one: Served, other: Served) -> list[int]:
        begin, end = sorted((one.moment, other.moment))
        return [event.step for event in self.events if begin < event.moment < end]

    def _is_gentle(self, one: Served, other: Served) -> bool:
        steps = self._steps(one, other)
        return len(set(steps)) <= 1 and len(steps) < self.world.size


class Desk:
    """The list itself: an order that never changes, and who is in it now."""

    def __init__(self, items: int) -> None:
        self.order = [f"s{number:02}" for number in range(items)]
        self.here = set(self.order)
        self.marks = {key: -number for number, key in enumerate(self.order)}
        self._newest = 0

    @property
    def rows(self) -> list[str]:
        """Who is in the list, in order."""
        return [key for key in self.order if key in self.here]

    def arrive(self, choices: Choices) -> str:
        """Somebody new, anywhere (the front is the likeliest), or somebody back in place."""
        gone = [key for key in self.order if key not in self.here]
        if gone and choices.below(4) == 1:
            key = gone[choices.below(len(gone))]
        else:
            key = f"n{self._newest:02}"
            self._newest += 1
            place = choices.below(2 * len(self.order) + 1) - len(self.order)
            self.order.insert(max(place, 0), key)
            self.marks[key] = 0
        self.here.add(key)
        return key

    def jump(self, choices: Choices) -> str | None:
        """Somebody to the front, as the one changed last."""
        rows = self.rows
        if not rows:
            return None
        key = rows[choices.below(len(rows))]
        self.order.remove(key)
        self.order.insert(0, key)
        self.marks[key] = 1 + max(self.marks.values())
        return key

    def leave(self, choices: Choices) -> str | None:
        """Somebody, if there is anybody."""
        rows = self.rows
        if not rows:
            return None
        key = rows[choices.below(len(rows))]
        self.here.remove(key)
        return key


@dataclass
class _Request:
    number: int
    began: float
    served: Served | None = None


class Telling:
    """One run of a plan against a world: events one by one, as the choices will have it."""

    def __init__(self, world: World, plan: Driven) -> None:
        self.world = world
        self.plan = plan
        self.story = Story(world)
        self.choices = world.choices()
        self._desk = Desk(world.items)
        self._flying: list[_Request] = []
        self._shelf: list[Batch] = []
        self._moment = 0
        self._now = 0.0
        self._rises = self.choices.below(2) == 0

    def run(self, most_requests: int) -> Story:
        """Play it to its end, or till so many requests were made."""
        self._start()
        while not (self.plan.done and not self._shelf):
            if len(self.story.reads) > most_requests or not self._step():
                break
            self._start()
        story = self.story
        story.ended = self.plan.done and not self._shelf
        story.doubts = tuple(self.plan.doubts)
        story.order = self._desk.order
        return story

    def _start(self) -> None:
        while (number := self.plan.next_page()) is not None:
            self._flying.append(_Request(number, self._clock))
        story = self.story
        story.most_in_flight = max(story.most_in_flight, len(self._flying))
        story.most_ahead = max(story.most_ahead, len(self._flying) + len(self._shelf))

    @property
    def _clock(self) -> float:
        grain = self.world.grain
        return self._now // grain * grain if grain else self._now

    def _step(self) -> bool:
        """One event; False if nothing can happen any more."""
        self._moment += 1
        self._now += TICK
        options = [*self._flying, *self._shelf[:1]]
        if not options:
            return False
        self._weather()
        chosen = options[self.choices.below(len(options))]
        if isinstance(chosen, Batch):
            self._take()
        elif chosen.served is None:
            self._serve(chosen)
        else:
            self._answer(chosen)
        return True

    def _weather(self) -> None:
        """What happens to the list and to the clock before the next event."""
        under_way = any(request.served for request in self._flying)
        paused = not under_way and self.choices.often(self.world.pauses)
        if paused:
            self._now += PAUSE
        if self.world.change == "none" or (self.world.change == "pauses" and not paused):
            return
        if not self.choices.often(self.world.eager):
            return
        for _ in range(1 + self.choices.below(self.world.burst)):
            self._moment += 1
            self._change()

    def _change(self) -> None:
        if self.world.change == "jumps" or (self.world.order_moves and self.choices.below(2)):
            self._note(0, self._desk.jump(self.choices))
        elif self._is_rising():
            self._note(+1, self._desk.arrive(self.choices))
        else:
            self._note(-1, self._desk.leave(self.choices))

    def _is_rising(self) -> bool:
        match self.world.change:
            case "arrivals":
                return True
            case "departures" | "jumps and departures":
                return False
            case "either":  # one way for a while, then the other
                self._rises ^= self.choices.below(6) == 5
                return self._rises
            case _:
                return self.choices.below(2) == 0

    def _note(self, step: int, key: str | None) -> None:
        if key is not None:
            self.story.events.append(Event(self._moment, step, key))

    def _serve(self, request: _Request) -> None:
        self._moment += 1
        if self.world.pauses:
            request.began = self._clock  # it had waited for its turn
        rows, size = self._desk.rows, self.world.size
        keys = tuple(rows[(request.number - 1) * size : request.number * size])
        pages = -(-len(rows) // size)
        marks = tuple(self._desk.marks[key] for key in keys if self.world.order_moves)
        request.served = Served(self._moment, request.number, keys, pages, len(rows), marks)
        if not self.story.reads:
            self.story.at_first = frozenset(rows)
            self.story.page_count = max(pages, 1)
        self.story.reads.append(request.served)

    def _answer(self, request: _Request) -> None:
        self._flying.remove(request)
        self._shelf.extend(self.plan.arrived(self._read(request)))

    def _read(self, request: _Request) -> PageRead:
        served = request.served
        assert served is not None
        return PageRead(
            number=served.number,
            keys=served.keys,
            size=self.world.size,
            pages=served.pages,
            total=served.total,
            began=request.began,
            ended=self._clock,
            marks=served.marks,
        )

    def _take(self) -> None:
        batch = self._shelf.pop(0)
        self.story.yielded += [batch.read.keys[index] for index in batch.positions]
        self.plan.taken()


def tell(world: World, plan: Driven | None = None, most_requests: int = 1000) -> Story:
    """Read the world with this plan (`repair` unless given) and tell what happened."""
    return Telling(world, plan or world.plan()).run(most_requests)


def faults(story: Story) -> list[str]:
    """Which promises of `drift="repair"` the story breaks."""
    world = story.world
    told = {
        "it never ends": not story.ended,
        "something comes twice": len(set(story.yielded)) < len(story.yielded),
        "too many in flight": story.most_in_flight > world.concurrency,
        "too many in flight or not taken": story.most_ahead > 2 * world.concurrency,
        "a calm list costs more than its pages": world.change != "pauses"
        and story.is_calm
        and len(story.reads) != story.page_count,
    }
    found = [fault for fault, is_so in told.items() if is_so]
    return found or [*_losses(story), *_disorder(story)]


def _losses(story: Story) -> list[str]:
    change = story.world.change
    is_promised = story.keeps_the_premise or change == "pauses"
    # What jumps leaves the total alone: others may leave at the same time.
    is_promised |= story.world.order_moves and story.moves_by_less_than_a_page
    if story.missed and is_promised:
        return [f"lost: {story.missed}"]
    if story.missed and not story.doubts and change in ("arrivals", "departures"):
        return [f"lost, and not said: {story.missed}"]
    if story.doubts and story.keeps_the_premise:
        return [f"doubted without need: {story.doubts}"]
    return []


def _disorder(story: Story) -> list[str]:
    is_promised = story.world.ordered and not story.world.order_moves and story.keeps_the_premise
    return ["out of order"] if is_promised and not story.is_in_order else []


def random_world(seed: int, change: Change, *, burst: int = 1, pauses: int = 0) -> World:
    """A world like those of `worlds`, from a seed: seventy times faster than by hypothesis."""
    luck = random.Random(seed)
    long = luck.random() < 0.2
    return World(
        size=luck.randint(2, 4),
        items=luck.randint(0, 60 if long else 14),
        change=change,
        eager=95 if change == "pauses" else luck.choice((2, 5, 10, 25, 60)),
        burst=burst,
        pauses=pauses,
        concurrency=luck.choice((1, 2, 3, 4, 5, 8)),
        ordered=luck.random() < 0.7,
        grain=luck.choice((0.0, 0.0, 3 * TICK)),
        numbers=tuple(luck.choices(range(1000), k=luck.randint(0, 500 if long else 120))),
    )


@st.composite
def worlds(
    draw: st.DrawFn, change: Change, *, burst: int = 1, pauses: int = 0, ordered: bool | None = None
) -> World:
    """Worlds that change in this way."""
    return World(
        size=draw(st.integers(2, 4)),
        items=draw(st.integers(0, 14)),
        change=change,
        eager=95 if change == "pauses" else draw(st.sampled_from((5, 10, 25, 60))),
        burst=burst,
        pauses=pauses,
        concurrency=draw(st.integers(1, 5)),
        ordered=draw(st.booleans()) if ordered is None else ordered,
        grain=draw(st.sampled_from((0.0, 0.0, 3 * TICK))),
        numbers=tuple(draw(st.lists(st.integers(0, 999), max_size=100))),
    )
