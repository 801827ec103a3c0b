"""The sandbox as a thing to hold: its life, its truth, its hooks."""

import asyncio
import sys
from dataclasses import fields

import aiohttp
import pytest

from reamaze_async.sandbox import Answer, Fault, Habits, Sandbox
from reamaze_async.sandbox.connection import Service

LOOPS = [asyncio.run]
if sys.platform != "win32":
    import uvloop

    LOOPS.append(uvloop.run)


async def test_every_conversation_is_served_once_newest_first(connect):
    """The pages, one after another, are the truth."""
    async with Sandbox(95, seed=3) as sandbox:
        listed = await (await connect(sandbox)).everything(filter="all")
        assert listed == [conversation.slug for conversation in sandbox.conversations]
        assert len(set(listed)) == 95


async def test_requests_are_noted_in_order(client, sandbox):
    """What was asked, when, and what came of it."""
    await client.listed(filter="open", page=2)
    await client.get("conversations/x")
    await client.listed(page=2)
    first, second, third = sandbox.requests
    assert (first.method, first.path, first.query) == (
        "GET", "/api/v1/conversations", "filter=open&page=2"
    )  # fmt: skip
    assert first.params == {"filter": "open", "page": "2"}
    assert [(r.number, r.page, r.nth, r.status) for r in sandbox.requests] == [
        (1, 2, 1, 200), (2, 0, 1, 404), (3, 2, 2, 200)
    ]  # fmt: skip
    assert first.at <= second.at <= third.at
    assert first.headers["accept"] == "application/json"
    assert (await client.send("POST", "conversations", data=b"x", headers={})).status == 401
    assert sandbox.requests[-1].body == b"x"


async def test_secrets_are_in_no_repr(client, sandbox):
    """Neither the sandbox nor its records show the token."""
    await client.listed()
    assert repr(sandbox) == f"<Sandbox {sandbox.base_url}, 500 conversations>"
    for shown in (repr(sandbox), repr(sandbox.requests)):
        assert sandbox.token not in shown
        assert client.login["Authorization"] not in shown


def test_token_is_of_the_seed():
    """64 hex characters, others for another seed."""
    first, second = Sandbox(0, seed=1), Sandbox(0, seed=2)
    assert first.token == Sandbox(0, seed=1).token != second.token
    assert len(bytes.fromhex(first.token)) == 32


async def test_not_started():
    """No address; closing is no error; nor is it after closing."""
    sandbox = Sandbox(0)
    await sandbox.close()
    with pytest.raises(RuntimeError, match="isn't started"):
        _ = sandbox.base_url


class Late:
    """A connection that was accepted just before the end."""

    aborted = False

    def abort(self):
        self.aborted = True


async def test_connection_after_closing():
    """Is ended at once."""
    late, sandbox = Late(), Sandbox(0)
    sandbox._opened(late)
    assert late.aborted


async def test_started_twice():
    """Is a mistake, said at once."""
    async with Sandbox(0) as sandbox:
        with pytest.raises(RuntimeError, match="already"):
            await sandbox.start()


async def test_again_on_a_port_of_choice(connect):
    """A closed sandbox can be started again, its world as it was left."""
    sandbox = Sandbox(3)
    await sandbox.start()
    port = int(sandbox.base_url.rpartition(":")[2])
    sandbox.world.create()
    await sandbox.close()
    async with sandbox:
        assert len((await (await connect(sandbox)).listed(filter="all")).slugs) == 4
    async with Sandbox(0, port=port) as other:
        assert other.base_url == f"http://127.0.0.1:{port}"


async def test_remembers_only_the_last_requests(connect):
    """If told to; numbers go on."""
    async with Sandbox(0, remember=2) as sandbox:
        client = await connect(sandbox)
        for _ in range(9):
            await client.listed()
        assert 2 <= len(sandbox.requests) <= 4
        assert sandbox.requests[-1].number == 9


async def test_stayed(client, sandbox):
    """By the API's own parameters."""
    mark = sandbox.mark()
    gone, left = (await client.listed()).slugs[:2]
    sandbox.world.archive(left)
    sandbox.world.delete(gone)
    listed = await client.everything(filter="all")
    assert sandbox.stayed(mark, filter="all") == listed
    assert {left} == set(listed) - set(sandbox.stayed(mark)) & {left, gone}
    assert {left, gone} <= sandbox.seen(mark)
    assert sandbox.changed(mark) == {left, gone}


async def test_before_changes_the_answer(client, sandbox):
    """Called right before a list request is answered, with what is asked."""
    sandbox.before = lambda request: request.page == 2 and sandbox.world.create()
    first = (await client.listed(page=1)).slugs
    assert (await client.listed(page=2)).slugs[0] == first[-1]
    await client.get("conversations/x", page=2)
    assert len(sandbox.conversations) == 501


async def test_script_has_the_last_word(connect):
    """Over the luck of the faults, as a fault or as a whole answer."""
    async with Sandbox(40, faults={Fault.ERROR_500: 1.0}) as sandbox:
        client = await connect(sandbox)
        sandbox.script = {(1, 1): Fault.ERROR_503, (2, 1): Answer(418)}
        assert [(await client.listed(page=page)).status for page in (1, 2, 3)] == [503, 418, 500]
        assert [r.fault for r in sandbox.requests] == [Fault.ERROR_503, None, Fault.ERROR_500]


@pytest.mark.parametrize("hook", ["before", "script"])
async def test_hook_that_fails(connect, hook):
    """The client gets 500, and the test the error when the sandbox closes."""
    sandbox = Sandbox(0)
    await sandbox.start()
    setattr(sandbox, hook, lambda request: 1 // 0)
    assert (await (await connect(sandbox)).listed()).status == 500
    with pytest.raises(ZeroDivisionError):
        await sandbox.close()


async def test_hook_that_fails_hides_no_other_error(connect):
    """An error of the body comes first."""

    async def body():
        async with Sandbox(0) as sandbox:
            sandbox.before = lambda request: 1 // 0
            await (await connect(sandbox)).listed()
            raise KeyError

    with pytest.raises(KeyError):
        await body()


async def test_hold(client, sandbox):
    """Held until released, answered from the world as it is then; others pass."""
    hold = sandbox.hold(page=2)
    held = asyncio.create_task(client.listed(page=2))
    await hold.arrived.wait()
    assert (await client.listed(page=1)).status == 200
    assert (sandbox.in_flight, sandbox.requests[0].status, held.done()) == (1, None, False)
    sandbox.world.archive_burst(400)
    hold.release()
    assert (await held).slugs == []
    assert (await client.listed(page=2)).status == 200


async def test_hold_by_count_and_by_choice(client, sandbox):
    """The second request for a page; whatever a function says yes to."""
    hold = sandbox.hold(page=1, nth=2)
    chosen = sandbox.hold(when=lambda request: "tag" in request.params)
    assert (await client.listed()).status == 200
    tasks = [asyncio.create_task(client.listed()), asyncio.create_task(client.listed(tag="a"))]
    await hold.arrived.wait()
    await chosen.arrived.wait()
    assert sandbox.most_in_flight == 2
    hold.release()
    chosen.release()
    assert [(await task).status for task in tasks] == [200, 200]


async def test_latency_orders_by_luck(connect):
    """Answers come after it, not in order; they are made on arrival."""
    async with Sandbox(900, latency=0.001, jitter=0.2, latency_per_page=0.0001) as sandbox:
        client, done = await connect(sandbox), []

        async def ask(page):
            assert (await client.listed(page=page)).status == 200
            done.append(page)

        await asyncio.gather(*map(ask, range(1, 21)))
        assert sorted(done) == [*range(1, 21)] != done
        assert sandbox.most_in_flight > 1


async def scenario():
    """Everything that may be going on when a sandbox is closed."""
    tasks_before = asyncio.all_tasks()
    sandbox = Sandbox(900, latency_per_page=100.0)
    await sandbox.start()
    hold = sandbox.hold(when=lambda request: request.number == 8)
    faults = {1: Fault.HANG, 2: Fault.FREEZE, 3: Fault.RESET, 4: Fault.RESET_INSIDE, 5: Fault.CUT}
    sandbox.script = lambda request: faults.get(request.page)
    login = {"Authorization": aiohttp.encode_basic_auth(sandbox.email, sandbox.token)}
    async with aiohttp.ClientSession(sandbox.base_url, headers=login) as http:
        asks = [http.get("/api/v1/conversations", params={"page": page}) for page in range(1, 9)]
        tasks = [asyncio.ensure_future(ask) for ask in asks]
        await hold.arrived.wait()
        await sandbox.close()
        assert (sandbox.in_flight, sandbox.connections) == (0, 0)
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(answer, aiohttp.ClientError) for answer in answers)
    return asyncio.all_tasks() - tasks_before


@pytest.mark.parametrize("run", LOOPS)
def test_closing_is_at_once_and_leaves_nothing(run):
    """Whatever is held, slow, stalled or broken, on either loop."""
    assert run(asyncio.wait_for(scenario(), 60)) == set()


async def whole_list():
    """One listing with every fault that passes."""
    async with Sandbox(300, faults=0.5, stall=0.0, churn=0.3) as sandbox:
        login = {"Authorization": aiohttp.encode_basic_auth(sandbox.email, sandbox.token)}
        async with aiohttp.ClientSession(sandbox.base_url, headers=login) as http:
            good = 0
            while good < 20:
                try:
                    async with http.get("/api/v1/conversations") as answer:
                        await answer.read()
                        good += answer.status == 200
                except aiohttp.ClientError:
                    continue
        return {request.fault for request in sandbox.requests}


@pytest.mark.parametrize("run", LOOPS)
def test_faults_pass_if_asked_again(run):
    """On either loop."""
    assert len(run(whole_list())) > 5


async def test_client_that_leaves_is_noticed(client, sandbox):
    """A request given up is no longer in flight, and nothing of it is left."""
    others, hold = asyncio.all_tasks(), sandbox.hold()
    task = asyncio.create_task(client.listed())
    await hold.arrived.wait()
    started = asyncio.all_tasks() - others
    task.cancel()
    await sandbox.idle()
    assert (await asyncio.wait(started, timeout=60))[1] == set()
    assert (sandbox.in_flight, sandbox.requests[0].status) == (0, None)


def test_protocol_of_connections_offered_to_users():
    """What `dir` shows is for users: no part of how connections are served."""
    offered = {name for name in dir(Sandbox) if not name.startswith("_")}
    assert not offered & {field.name for field in fields(Service)}
    assert {"start", "close", "hold", "idle", "base_url"} <= offered


def test_habit_that_a_default_overrides():
    """What is said for short goes before the habits; what is only a default doesn't."""
    habits = Habits(counts="short", templates="bare")
    assert Sandbox(1, habits=habits)._habits == habits
    assert Sandbox(1, habits=habits, counts="replies")._habits.counts == "replies"
