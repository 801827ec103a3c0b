"""What happens in the world between two list requests. Pure: luck is passed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from reamaze_async.sandbox import events
from reamaze_async.sandbox.checks import check_numbers, check_words
from reamaze_async.sandbox.world import World

CHANCES = ("arrive", "leave", "touch", "merge", "burst", "mixed", "contacts", "ratings")

MIX = {
    "create": 4,
    "insert": 1,
    "reopen": 2,
    "archive": 4,
    "delete": 2,
    "customer": 3,
    "staff": 2,
    "merge": 1,
}
"""How often each kind comes in the mixed churn that a bare chance asks for."""

OTHER_MIX = {"contact": 2, "leave": 1, "rate": 2}
"""The same for contacts and ratings: mixed churn brings one event of these too. It renames nobody,
since a new name shows in conversations that don't count as changed."""


@dataclass(frozen=True, slots=True)
class Churn:
    """Chances (0 to 1), per list request, that something happens right before it is answered.

    Attributes:
        arrive: A conversation enters, by `arrivals`.
        leave: A conversation leaves, by `departures`.
        touch: A customer or member of staff writes: it jumps under `sort`.
        merge: One conversation is absorbed by another.
        burst: Forty neighbours are archived at once.
        mixed: One event of any kind but a burst, and a contact or rating that comes or goes.
        contacts: A contact comes, goes (of those who wrote nothing), or has a new name.
        ratings: A customer rates what is done.
        where: "front": arrivals are new conversations only; "anywhere": as `arrivals` says.
        arrivals: Drawn evenly from "create" (new), "insert" (appears with an old date, in every
            list) and "reopen" (was archived, so it is no news to `filter=all`).
        departures: Drawn evenly from "archive" (leaves the default list) and "delete" (leaves
            every list).
    """

    arrive: float = 0.0
    leave: float = 0.0
    touch: float = 0.0
    merge: float = 0.0
    burst: float = 0.0
    mixed: float = 0.0
    contacts: float = 0.0
    ratings: float = 0.0
    where: Literal["front", "anywhere"] = "anywhere"
    arrivals: tuple[Literal["create", "insert", "reopen"], ...] = ("create", "insert", "reopen")
    departures: tuple[Literal["archive", "delete"], ...] = ("archive", "delete")

    def __post_init__(self) -> None:
        check_words(self)
        check_numbers(float, most=1, **{name: getattr(self, name) for name in CHANCES})

    def apply(self, world: World, random: Random) -> None:
        """Roll once for each chance, and make happen what comes up."""
        for chance, kinds in self._kinds():
            if random.random() < chance:
                kind = random.choices(list(kinds), list(kinds.values()))[0]
                EVENTS[kind](world)

    def _kinds(self) -> tuple[tuple[float, Mapping[str, int]], ...]:
        arrivals = ("create",) if self.where == "front" else self.arrivals
        return (
            (self.arrive, dict.fromkeys(arrivals, 1)),
            (self.leave, dict.fromkeys(self.departures, 1)),
            (self.touch, {"customer": 1, "staff": 1}),
            (self.merge, {"merge": 1}),
            (self.burst, {"burst": 1}),
            (self.mixed, MIX),
            (self.contacts, {"contact": 1, "leave": 1, "rename": 1}),
            (self.ratings, {"rate": 1}),
            (self.mixed, OTHER_MIX),
        )


EVENTS: dict[str, Callable[[World], object]] = {
    "create": World.create,
    "insert": World.insert,
    "reopen": World.reopen,
    "archive": World.archive,
    "delete": World.delete,
    "customer": World.touch,
    "staff": lambda world: world.touch(by="staff"),
    "merge": World.merge,
    "burst": World.archive_burst,
    "contact": events.arrive,
    "leave": events.leave,
    "rename": events.rename,
    "rate": events.rate,
}
