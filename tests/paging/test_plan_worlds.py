"""The promise of `drift`, over worlds that change between any two reads, in any order of answers.

`REAMAZE_WORLDS=100000` makes the long run of it; the suite makes a few hundred of each kind, and
lets hypothesis look for small ones.
"""

from collections.abc import Callable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import WORLDS, Change, World, faults, random_world, tell, worlds

from reamaze_async.paging import frontier, plan, seams
from reamaze_async.paging.changes_seen import ChangesSeen
from reamaze_async.paging.frontier import Frontier

FEW = 300

KINDS: dict[str, tuple[Change, dict[str, int]]] = {
    "nothing happens": ("none", {}),
    "nothing happens, with pauses": ("none", {"pauses": 10}),
    "arrivals": ("arrivals", {}),
    "departures": ("departures", {}),
    "many arrive at once": ("arrivals", {"burst": 6}),
    "many leave at once": ("departures", {"burst": 6}),
    "first one way, then the other": ("either", {}),
    "anything": ("both", {}),
    "anything at once, with pauses": ("both", {"burst": 4, "pauses": 5}),
    "anything in pauses": ("pauses", {"burst": 2, "pauses": 25}),
    "some jump to the front": ("jumps", {}),
    "some jump, others leave": ("jumps and departures", {}),
}


def read(world: World) -> list[str]:
    """What is wrong with how `repair` reads this world. Pauses: in a list known to move."""
    seen = {"elsewhere"} if world.change == "pauses" else ()
    return faults(tell(world, world.plan(seen=seen)))


# --- the promise ----------------------------------------------------------------------------------


@pytest.mark.timeout(3600 if WORLDS else 600)
@pytest.mark.parametrize("kind", KINDS)
def test_promise_broken(kind: str) -> None:
    """In every world: an end, no item twice, the window kept; and nothing lost as promised."""
    change, settings = KINDS[kind]
    for seed in range(WORLDS or FEW):
        world = random_world(seed, change, **settings)
        assert read(world) == [], world


@given(
    st.sampled_from(sorted(KINDS)).flatmap(lambda kind: worlds(KINDS[kind][0], **KINDS[kind][1]))
)
def test_smallest_world_that_breaks_it(world: World) -> None:
    """Likewise in the worlds that hypothesis thinks of, and makes small."""
    assert read(world) == []


@pytest.mark.parametrize("change", ["arrivals", "departures", "both"])
def test_list_that_moves_faster_than_it_is_read(change: Change) -> None:
    """A list that never rests is given up or finished, within a bound, and nothing comes twice."""
    for seed in range(20):
        luck = random_world(seed, change)
        world = World(3, 12, change, eager=100, numbers=luck.numbers or (7,), endless=True)
        story = tell(world)
        assert story.ended
        assert len(set(story.yielded)) == len(story.yielded)


@pytest.mark.parametrize("mode", ["verify", "ignore"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_modes(mode: plan.Drift, kind: str) -> None:
    """The other modes end too and hand nothing out twice; to ignore drift never costs a request."""
    change, settings = KINDS[kind]
    for seed in range(FEW // 5):
        world = random_world(seed, change, **settings)
        story = tell(world, world.plan(mode))
        assert story.ended
        assert len(set(story.yielded)) == len(story.yielded)
        assert mode == "verify" or len(story.reads) <= max(read.pages for read in story.reads) + 1


def test_verified_list_that_loses() -> None:
    """Verified, nothing is lost where repairing promises it."""
    for seed in range(FEW):
        for change in ("arrivals", "departures", "either"):
            world = random_world(seed, change)
            story = tell(world, world.plan("verify"))
            assert not (story.keeps_the_premise and story.missed), world


# --- what the promise is worth: each way to break it is found out ---------------------------------


Patch = Callable[[pytest.MonkeyPatch], None]


def no_repair(patch: pytest.MonkeyPatch) -> None:
    """Every page is taken for proven."""
    patch.setattr(Frontier, "_is_proven", lambda self, read: True)


def repair_only_on_unequal_totals(patch: pytest.MonkeyPatch) -> None:
    """Equal totals prove a seam whenever the pages were read."""
    patch.setattr(frontier, "holds", lambda upper, lower, *_: upper.total == lower.total)


def wrong_neighbour(patch: pytest.MonkeyPatch) -> None:
    """Of two neighbours the later read is read again."""
    older = ChangesSeen.older
    patch.setattr(ChangesSeen, "older", lambda self, a, b: b if older(self, a, b) is a else a)


def duplicates_kept(patch: pytest.MonkeyPatch) -> None:
    """What is known is new."""
    patch.setattr(frontier, "take_new", lambda keys, known: known.update(keys) or range(len(keys)))


def order_lost(patch: pytest.MonkeyPatch) -> None:
    """What is accepted at once is handed out lowest first."""
    arrived = Frontier.arrived
    patch.setattr(Frontier, "arrived", lambda self, read: arrived(self, read)[::-1])


def end_not_moved(patch: pytest.MonkeyPatch) -> None:
    """The list ends where the first accepted page said that it would."""
    ends: dict[Frontier, int] = {}
    patch.setattr(
        Frontier, "_ends", lambda self, read: read.number >= ends.setdefault(self, read.pages)
    )


def no_suspicion_by_time(patch: pytest.MonkeyPatch) -> None:
    """Reads may be any time apart."""
    patch.setattr(seams, "patience", lambda *_: inf)


MUTANTS: list[Patch] = [
    no_repair,
    repair_only_on_unequal_totals,
    wrong_neighbour,
    duplicates_kept,
    order_lost,
    end_not_moved,
    no_suspicion_by_time,
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_mutant_that_lives(mutant: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these faults in the plan breaks the promise in some of the worlds."""
    mutant(monkeypatch)
    assert any(
        read(random_world(seed, change, **settings))
        for seed in range(4 * FEW)
        for change, settings in KINDS.values()
    )
