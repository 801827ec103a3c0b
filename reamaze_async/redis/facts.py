"""What processes tell each other: the entries of the log, and the script's calls and replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

SCRIPT = "log.lua"
MICROSECOND = 1e-6


@cache
def script() -> str:
    """The script's source."""
    return files(__package__).joinpath(SCRIPT).read_text("utf-8")


class Began(msgspec.Struct, frozen=True, array_like=True, tag="began"):
    """A turn was taken: a request is about to be sent.

    Attributes:
        turn: its name.
        process: who has it.
        endpoint: the family of requests.
        waited: seconds that its caller has waited for it.
    """

    turn: str
    process: str
    endpoint: str
    waited: float


class Ended(msgspec.Struct, frozen=True, array_like=True, tag="ended"):
    """A request has ended; the fields of `Outcome`."""

    turn: str
    status: int | None
    sent: bool
    retry_after: float | None
    date: float | None


class Lost(msgspec.Struct, frozen=True, array_like=True, tag="lost"):
    """Nobody has told of a turn for longer than its lease: its process is thought dead."""

    turn: str


class Held(msgspec.Struct, frozen=True, array_like=True, tag="held"):
    """Nothing may begin until then, in microseconds of the server's clock."""

    until: int


Fact = Began | Ended | Lost | Held

_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def encode(fact: Began | Ended) -> str:
    """A fact as JSON."""
    return msgspec.json.encode(fact).decode()


def decode(entry: str) -> tuple[float, Fact]:
    """When a fact of the log happened, in seconds of the server's clock, and the fact."""
    when, _, text = entry.partition(" ")
    return int(when) * MICROSECOND, _decoder.decode(text)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a process tells and asks by one run of the script.

    Attributes:
        number: counts this process's calls.
        epoch: the life of the log that it has read; empty before its first call.
        fresh: a name for a new life, if one has to begin.
        seen: how many entries it has read.
        last: the last of them.
        begun: how many began-entries it has seen, by the server's count.
        moved: likewise those that could speak against a turn.
        hold: microseconds for which nothing may begin if the log isn't the one it has read.
        rest: the same, where another process has held a new log already: until what this one knows
            of no longer counts.
        lease: microseconds after which a turn that nobody renews is lost.
        retain: microseconds for which entries and named limits are kept at least.
        keep: entries that are kept at least.
        limit: the limit that this process names; empty for none.
        limits: all that are named, as it knows.
        ended: turns, facts, and 1 for those that could speak against a turn.
        adopted: turns under way that a new log may not know, and their facts.
        renewed: turns that are still under way.
        wanted: turns to begin, and their facts.
        not_before: microseconds of the server's clock at which it was decided that they may.
        spare: how many may have begun that it hasn't seen, without changing that.
    """

    number: int
    epoch: str
    fresh: str
    seen: int
    last: str
    begun: int
    moved: int
    hold: int
    rest: int
    lease: int
    retain: int
    keep: int
    limit: str
    limits: str
    ended: list[tuple[str, str, int]]
    adopted: list[tuple[str, str]]
    renewed: list[str]
    wanted: list[tuple[str, str]]
    not_before: int
    spare: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What the script answers.

    Attributes:
        now: the server's clock, in seconds.
        epoch: the life of its log.
        is_whole: whether `entries` are all there are, instead of the new ones.
        is_lost: whether the log that the caller has read is gone.
        total: how many entries there have been.
        begun: how many of them tell of a turn.
        moved: how many of them could speak against one.
        limits: the limits that are named.
        granted: the wanted turns that have begun.
        entries: what the caller hasn't read.
        turns: where the entries are all there are, those of all turns under way.
    """

    now: float
    epoch: str
    is_whole: bool
    is_lost: bool
    total: int
    begun: int
    moved: int
    limits: str
    granted: list[str]
    entries: list[str]
    turns: list[str]


def reply_of(raw: Sequence[Any]) -> Reply:
    """Read what a client of Redis returns, which may have decoded it or not."""
    now, epoch, is_whole, is_lost, total, begun, moved, limits, granted, entries, turns = raw
    return Reply(
        now=int(now) * MICROSECOND,
        epoch=_text(epoch),
        is_whole=bool(is_whole),
        is_lost=bool(is_lost),
        total=int(total),
        begun=int(begun),
        moved=int(moved),
        limits=_text(limits),
        granted=[_text(turn) for turn in granted],
        entries=[_text(entry) for entry in entries],
        turns=[_text(turn) for turn in turns],
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
