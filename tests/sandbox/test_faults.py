"""Bad days: pure, and over the socket."""

import asyncio
import gzip
import json
import math

import aiohttp
import pytest

from reamaze_async.sandbox import Answer, Fault, Sandbox
from reamaze_async.sandbox.faults import PASSING, End, chances, choose, delivery, replaced
from reamaze_async.sandbox.http import Sent

SENT = Sent(b"head", b"abcdef")


@pytest.mark.parametrize(
    ("fault", "steps"),
    [
        (None, (b"headabcdef",)),
        (Fault.ERROR_500, (b"headabcdef",)),
        (Fault.CUT, (b"headabc", End.CLOSE)),
        (Fault.CLOSE, (End.CLOSE,)),
        (Fault.RESET, (End.RESET,)),
        (Fault.RESET_INSIDE, (b"headabc", End.RESET)),
        (Fault.STALL, (b"headabc", 0.5, b"def")),
        (Fault.FREEZE, (b"headabc", math.inf)),
        (Fault.HANG, (math.inf,)),
        (Fault.CUT_CHUNKED, (b"head3\r\nabc\r\n3\r\ndef\r\n", End.CLOSE)),
    ],
)
def test_delivery(fault, steps):
    """The steps in which an answer goes out."""
    assert delivery(SENT, fault, stall=0.5) == steps


def test_every_fault_does_something():
    """It replaces the answer or spoils its delivery, never both, never nothing."""
    for fault in Fault:
        spoils = delivery(SENT, fault, stall=0.5) != delivery(SENT, None, stall=0.5)
        assert spoils is (replaced(fault) is None)


def test_bare_share_is_of_what_passes():
    """Only faults that a good client outlives by asking again, evenly."""
    named = chances(0.4)
    assert set(named) == set(PASSING)
    assert sum(named.values()) == pytest.approx(0.4)
    assert not {Fault.REDIRECT, Fault.BOMB, Fault.HANG, Fault.ERROR_429} & set(PASSING)


@pytest.mark.parametrize(
    "wrong", [-0.1, 1.1, {Fault.CUT: 0.6, Fault.RESET: 0.6}, {"cut": -1}, math.nan]
)
def test_shares_that_are_none(wrong):
    """Refused at once."""
    with pytest.raises(ValueError, match=r"^faults="):
        chances(wrong)


def test_choosing():
    """By the place where the luck falls."""
    named = chances({Fault.CUT: 0.25, "reset": 0.25})
    assert [choose(named, luck) for luck in (0, 0.24, 0.25, 0.49, 0.5, 0.99)] == [
        Fault.CUT, Fault.CUT, Fault.RESET, Fault.RESET, None, None
    ]  # fmt: skip
    assert choose(chances(1.0), 0.999_999) is Fault.STALL
    assert choose(chances(None), 0.0) is None


@pytest.mark.parametrize(
    ("fault", "status", "content"),
    [
        (Fault.ERROR_500, 500, "text/html"),
        (Fault.ERROR_502, 502, "text/html"),
        (Fault.ERROR_503, 503, "text/html"),
        (Fault.ERROR_504, 504, "text/html"),
        (Fault.ERROR_429, 429, "text/plain"),
        (Fault.MAINTENANCE, 200, "text/html"),
        (Fault.REDIRECT, 302, "text/html"),
        (Fault.GARBAGE, 200, "application/json"),
        (Fault.BAD_UTF8, 200, "application/json"),
        (Fault.NESTED, 200, "application/json"),
        (Fault.EMPTY, 200, "application/json"),
        (Fault.ERROR_IN_200, 200, "application/json"),
    ],
)
async def test_answers_in_place_of_the_right_one(client, sandbox, fault, status, content):
    """Status and type as scripted, once; then all is well."""
    sandbox.script = {(1, 1): fault}
    reply = await client.listed()
    assert (reply.status, reply.headers["Content-Type"].split(";")[0]) == (status, content)
    assert (sandbox.requests[0].status, sandbox.requests[0].fault) == (status, fault)
    assert len((await client.listed()).slugs) == 30


async def test_redirect_to_a_login_page(client, sandbox):
    """With a place to go to."""
    sandbox.script = {(1, 1): Fault.REDIRECT}
    assert (await client.listed()).headers["Location"] == "/login"


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.BAD_UTF8, Fault.NESTED, Fault.EMPTY])
def test_json_that_is_none(fault):
    """No decoder takes it."""
    with pytest.raises((ValueError, RecursionError)):
        json.loads(replaced(fault).body)


def test_bomb_is_small_on_the_wire_and_valid():
    """A few hundred kB that become 64 MB of JSON."""
    answer = replaced(Fault.BOMB)
    unpacked = gzip.decompress(answer.body)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.body) < 400_000
    assert len(unpacked) > 64 * 1024 * 1024
    assert unpacked[:14] + unpacked[-2:] == b'{"page_size":3]}'


@pytest.mark.parametrize(
    "fault", [Fault.CUT, Fault.CLOSE, Fault.RESET, Fault.RESET_INSIDE, Fault.CUT_CHUNKED]
)
async def test_broken_connections(client, sandbox, fault):
    """The client gets no whole answer, however often it asks; another connection is well."""
    sandbox.script = lambda request: fault
    with pytest.raises((aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
        await client.listed()
    sandbox.script = {}
    assert len((await client.listed()).slugs) == 30


async def test_stall_comes_to_an_end(connect):
    """A pause in the body, then the rest, then the next request."""
    async with Sandbox(40, stall=0.001) as sandbox:
        client = await connect(sandbox)
        sandbox.script = {(1, 1): Fault.STALL}
        assert (await client.listed()).body == (await client.listed()).body


@pytest.mark.parametrize(("fault", "status"), [(Fault.HANG, None), (Fault.FREEZE, 200)])
async def test_no_end_until_the_client_gives_up(client, sandbox, fault, status):
    """Then nothing is left of the request."""
    sandbox.script = {(1, 1): fault}
    hung, begun = asyncio.create_task(client.listed()), asyncio.Event()
    sandbox.before = lambda request: begun.set()
    await begun.wait()
    assert sandbox.in_flight == 1
    hung.cancel()
    await sandbox.idle()
    assert sandbox.requests[0].status == status


async def test_share_of_the_requests(connect):
    """Fails about as often as it should, the same requests for the same seed."""

    async def run(seed):
        async with Sandbox(40, seed=seed, faults={Fault.ERROR_500: 0.3}) as sandbox:
            client = await connect(sandbox)
            return [(await client.listed()).status for _ in range(60)]

    first = await run(1)
    assert 8 < first.count(500) < 30
    assert await run(1) == first != await run(2)


async def test_faults_are_of_list_requests(connect):
    """A single read is spared unless scripted."""
    async with Sandbox(40, faults={Fault.ERROR_500: 1.0}) as sandbox:
        client = await connect(sandbox)
        path = f"conversations/{sandbox.conversations[0].slug}"
        assert (await client.get(path)).status == 200
        sandbox.script = lambda request: (
            Fault.ERROR_503 if request.path.startswith("/api") else None
        )
        assert (await client.get(path)).status == 503
        assert (await client.listed()).status == 503


async def test_script_by_page_and_time(client, sandbox):
    """Exactly the second request for page 3, with an answer made by hand."""
    sandbox.script = {(3, 2): Answer.of({"error": "no"}, 418)}
    statuses = [(await client.listed(page=page)).status for page in (3, 1, 3, 3)]
    assert statuses == [200, 200, 418, 200]


async def test_writes_whose_answer_is_lost_have_happened(client, sandbox):
    """And writes that were answered with an error have not."""
    slug = sandbox.conversations[0].slug
    for fault, status in ((Fault.ERROR_500, 0), (Fault.CUT, 4)):
        sandbox.world.change(slug, status=0)
        sandbox.script = lambda request, fault=fault: fault
        try:
            await client.send("PUT", f"conversations/{slug}", json={"conversation": {"status": 4}})
        except aiohttp.ClientError:
            assert fault is Fault.CUT
        assert sandbox.world.get(slug).status == status


async def test_answer_in_chunks(client, sandbox):
    """Is the right one."""

    def proxy(answer):
        return Answer(200, answer.body, {**answer.headers, "Transfer-Encoding": "chunked"})

    sandbox.script = {(1, 1): proxy}
    first, second = [await client.listed() for _ in range(2)]
    assert first.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in first.headers
    assert first.body == second.body


async def test_proxy_that_makes_another_answer(client, sandbox):
    """Of the right one: other headers, several of one name, bytes before and behind."""

    def proxy(answer):
        headers = {**answer.headers, "X-Long": "x" * 7000, "Set-Cookie": ["a=1", "b=2"]}
        return Answer(203, b"\xef\xbb\xbf" + answer.body, headers)

    sandbox.script = lambda request: proxy
    reply = await client.listed()
    assert (reply.status, reply.body[:4]) == (203, b"\xef\xbb\xbf{")
    assert reply.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    assert (len(reply.headers["X-Long"]), sandbox.requests[0].status) == (7000, 203)


async def test_script_counts_each_list_by_itself(client, sandbox):
    """The second request for page 1 is the second of that list."""
    sandbox.script = {(1, 2): Fault.ERROR_500}
    paths = ("messages", "contacts", "messages", "contacts")
    assert [(await client.get(path)).status for path in paths] == [200, 200, 500, 500]


async def test_fault_by_its_word(client, sandbox):
    """As good as the member of the enumeration; another word is an error of the test's own."""
    sandbox.script = {(1, 1): "503"}
    assert (await client.listed()).status == 503
    assert sandbox.requests[0].fault is Fault.ERROR_503
