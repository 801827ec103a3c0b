"""An export of ten minutes under a limit, in virtual time: what a person sees all the while."""

import asyncio
import os
import re
import signal
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import anyio.to_thread
import msgspec
import pytest
from shells import clean
from virtual import play

from reamaze_async.cli import run as job
from reamaze_async.cli.main import start
from reamaze_async.cli.progress import Lines, Moment, Speed, amount, facts, waiting
from reamaze_async.http.transport import Transport
from reamaze_async.wire.response import Response

PAGES = 700
LIMIT = 60
LATENCY = 0.3
PHASE = 25.0
"""Seconds that the server's minutes are ahead of ours."""

KNOWN = 120.0
"""Seconds after which the limit is known."""

EVERYTHING = (
    r"[\d,]+ of 21,000 conversations, page \d+ of 700, ((\d+ min )?[\d.]+ s left, )?"
    r"[\d.]+/s, [\d,]+( of \d+)? requests/min(, [\d,]+ requests per .+ learned)?, 429s: \d+"
)


class Server:
    """Sixty requests in each minute of its clock."""

    def __init__(self, *, tells: bool) -> None:
        self.passed: list[float] = []
        self._tells = tells
        self.asked: list[float] = []

    async def send(self, request) -> Response:
        """Answer as the API does, without a socket."""
        began = asyncio.get_running_loop().time()
        minute, second = divmod(began + PHASE, 60)
        self.asked.append(began)
        passed = sum((then + PHASE) // 60 == minute for then in self.passed[-LIMIT:])
        if passed < LIMIT:
            self.passed.append(began)
        await asyncio.sleep(LATENCY)
        ended = began + LATENCY
        if passed < LIMIT:
            number = int(re.search(r"page=(\d+)", request.target)[1])
            return Response(200, {}, page(number), began, ended, ended + PHASE)
        headers = {"Retry-After": str(int(60 - second) + 1)} if self._tells else {}
        return Response(429, headers, b"{}", began, ended, ended + PHASE)


def page(number: int) -> bytes:
    """One page of many."""
    items = [{"slug": f"s{place}"} for place in range(30 * number - 30, 30 * number)]
    counts = {"page_size": 30, "page_count": PAGES, "total_count": 30 * PAGES}
    return msgspec.json.encode({**counts, "conversations": items})


class Seen:
    """All that was to be seen."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def show(self, moment: Moment) -> None:
        """Remember it."""
        self.moments.append(moment)

    def say(self, line: str) -> None:
        """Nothing is said."""
        raise AssertionError(line)

    def close(self) -> None:
        """Nothing to leave."""


@pytest.fixture(scope="module", params=[True, False], ids=["Retry-After", "silent"])
def watched(request, tmp_path_factory):
    """The server, and every look at an export from it."""
    seen, server = Seen(), Server(tells=request.param)

    async def at_once(work, *arguments, **_settings):
        return work(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anyio.to_thread, "run_sync", at_once)
        patch.setattr(Transport, "send", lambda _, request: server.send(request))
        patch.setattr(job, "run", lambda work, _hurry: play(work()))
        patch.setattr(job, "choose", lambda **_: seen)
        for name in os.environ.keys() - clean().keys():
            patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("watched"))
        words = "export conversations --base-url http://127.0.0.1:9 -o x.ndjson"
        handler = signal.getsignal(signal.SIGTERM)
        assert start(words.split()) == 0
        signal.signal(signal.SIGTERM, handler)
        assert Path("x.ndjson").read_bytes().count(b"\n") == 30 * PAGES
    return server, seen.moments


def told(moments) -> Iterator[tuple[Moment, Speed]]:
    """Each moment, and the speed so far."""
    speed = Speed()
    for moment in moments:
        speed.note(moment)
        yield moment, speed


def test_standing_still_without_a_word(watched):
    """But for the first and the last moment of a pause, the limit is told to be its reason."""
    server, moments = watched
    gaps = [(a + 1, b - 1.1) for a, b in pairwise(server.asked) if b - a > 3]
    still = [now for now in moments if any(a < now.elapsed < b for a, b in gaps)]
    assert len(still) > 5000
    assert all(waiting(now) for now in still)


def test_wait_that_is_told_wrong(watched):
    """The wait that is told ends when the next request is sent, within a second."""
    server, moments = watched
    for now in moments:
        if now.paused_for and waiting(now):
            asked = server.asked[bisect_right(server.asked, now.elapsed)]
            assert asked == pytest.approx(now.elapsed + now.paused_for, abs=1)


def test_time_left_that_jumps(watched):
    """The time left is right within a third or what one probe may cost; in doubt it isn't told."""
    _, moments = watched
    end = moments[-1].elapsed
    all_left = [(now.elapsed, speed.left) for now, speed in told(moments)]
    known = [(at, left) for at, left in all_left if KNOWN < at < end - 5]
    sure = [(at, left) for at, left in known if left is not None]
    assert len(sure) > 0.8 * len(known)
    for elapsed, left in sure:
        assert left == pytest.approx(end - elapsed, rel=1 / 3, abs=4)


def test_facts_that_are_missing(watched):
    """From the third second to the last, nothing that a person wants to know is missing."""
    _, moments = watched
    for now, speed in told(moments):
        if 3 < now.elapsed < moments[-1].elapsed - 1:
            said = ", ".join([amount(now), *facts(now, speed)])
            assert re.fullmatch(EVERYTHING, said)


def test_log_that_falls_silent(watched):
    """In a log, no ten seconds pass without a line, and ten minutes make no more than 100."""
    _, moments = watched
    lines = Lines()
    times = [now.elapsed for now in moments for _ in lines.of(now)]
    assert max(b - a for a, b in pairwise(times)) < 10.2
    assert len(times) <= 100
