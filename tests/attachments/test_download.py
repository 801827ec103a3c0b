"""Downloading: whole files once, an index of all, whatever happens on the way."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from file_host import FileHost, file_host, response
from loops import turns

from reamaze_async import (
    AttachmentRef,
    ExportFailed,
    FileInUse,
    InvalidParameter,
    attachments_of,
    download_attachments,
)
from reamaze_async.attachments import download
from reamaze_async.sandbox import Sandbox


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Tries follow each other at once."""
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0))


def ref(url: str, name: str = "a.txt", **more: Any) -> AttachmentRef:
    """An attachment at an address."""
    return AttachmentRef(url, name, **{"conversation": None, "message": "m", "position": 0} | more)


def index_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of the index."""
    return [json.loads(line) for line in (folder / "attachments.ndjson").read_bytes().splitlines()]


async def all_refs(session) -> list[AttachmentRef]:
    """The attachments of all messages of a sandbox."""
    return [one async for message in session.messages.list() for one in attachments_of(message)]


async def test_file_lost_or_mixed_up(sandbox, session, tmp_path):
    """Every file is there with its own bytes, and the index says so, in the order of messages."""
    refs = await all_refs(session)
    summary = await download_attachments(session, refs, tmp_path)
    lines = index_of(tmp_path)
    assert [line["url"] for line in lines] == [one.url for one in refs]
    assert {line["state"] for line in lines} == {"whole"}
    for line in lines:
        assert (tmp_path / line["file"]).stat().st_size == line["bytes"] > 0
        assert re.fullmatch(r"[0-9a-f]{20}-[A-Za-z0-9._-]+", line["file"])
    assert (summary.whole, summary.fetched) == (len(refs), len(refs))
    assert len(list(tmp_path.iterdir())) == len(refs) + 1


@pytest.mark.parametrize("between", range(6))
async def test_folder_that_stays_locked(session, tmp_path, between):
    """Cancelled while the folder is opened, it lets go of it: another run begins at once."""
    task = asyncio.create_task(download_attachments(session, [], tmp_path))
    await turns(between)
    task.cancel()
    await asyncio.wait([task])
    assert (await download_attachments(session, [], tmp_path)).whole == 0


async def test_index_in_the_order_of_arrival(session, tmp_path):
    """The index is in the order of messages, however long each file takes."""
    other_came = asyncio.Event()

    async def late(writer: asyncio.StreamWriter) -> None:
        await other_came.wait()
        writer.write(response(200, b"late"))

    async with file_host() as host:
        host.answers["/a"] = late
        refs = [ref(host.base + "/a"), ref(host.serve("/b"))]
        await download_attachments(session, refs, tmp_path, progress=lambda _: other_came.set())
    assert [line["url"][-1] for line in index_of(tmp_path)] == ["a", "b"]


async def test_page_taken_for_a_file(session, tmp_path, caplog):
    """What isn't as large as its message says is kept and told of, by each run, and not retried."""
    async with file_host() as host:
        refs = [ref(host.serve("/a", b"<html>"), size=5000), ref(host.serve("/b", b"abc"), size=3)]
        await download_attachments(session, refs, tmp_path)
        summary = await download_attachments(session, refs, tmp_path)
    reasons = {line["url"][-1]: line["reason"] for line in index_of(tmp_path)}
    assert reasons == {"a": "it has 6 bytes, and the message says 5000", "b": None}
    assert (summary.whole, summary.fetched, sorted(host.asked)) == (2, 0, ["/a", "/b"])
    assert [one.message for one in caplog.records] == [
        f"{tmp_path}: 1 file isn't as large as said; attachments.ndjson tells more"
    ] * 2


async def test_whole_file_fetched_again(session, tmp_path):
    """What is whole is left alone; what is damaged, in size or content, or gone is fetched."""
    async with file_host() as host:
        refs = [ref(host.serve(f"/{number}", b"abc")) for number in range(4)]
        await download_attachments(session, refs, tmp_path)
        files = [tmp_path / line["file"] for line in index_of(tmp_path)]
        files[1].write_bytes(b"abd")
        files[2].write_bytes(b"ab")
        files[3].unlink()
        host.asked.clear()
        summary = await download_attachments(session, refs, tmp_path)
    assert sorted(host.asked) == ["/1", "/2", "/3"]
    assert [file.read_bytes() for file in files] == [b"abc"] * 4
    assert (summary.whole, summary.fetched, summary.bytes) == (4, 3, 12)


async def test_address_that_ends_the_run(session, tmp_path):
    """An address that can't be taken apart costs itself alone, whatever its file is called."""
    async with file_host() as host:
        odd = [AttachmentRef(url, None, None, "m", 0) for url in ("http://[::1", "http://[x]/", "")]
        summary = await download_attachments(session, [*odd, ref(host.serve("/a"))], tmp_path)
    assert (summary.whole, summary.refused) == (1, 3)


async def test_address_that_several_messages_have(session, tmp_path):
    """One address is asked for once, and has one line."""
    async with file_host() as host:
        url = host.serve("/a")
        await download_attachments(session, [ref(url), ref(url, "b.txt")] * 20, tmp_path)
    assert (len(host.asked), len(index_of(tmp_path))) == (1, 1)


async def test_more_than_eight_at_once(session, tmp_path):
    """Eight files at once, and no more."""
    arrived = asyncio.Event()

    async with file_host() as host:

        async def wait(writer: asyncio.StreamWriter) -> None:
            if host.at_once == 8:
                arrived.set()
            await arrived.wait()
            writer.write(response(200, b"x"))
            await writer.drain()

        host.answers = {f"/{number}": wait for number in range(30)}
        await download_attachments(
            session, [ref(host.base + path) for path in host.answers], tmp_path
        )
    assert host.at_once == 8


async def test_refused_or_failed_that_ends_the_others(session, tmp_path):
    """What can't be fetched is told with its reason, and the others come."""
    async with file_host() as host:
        host.answers = {"/broken": response(500, b""), "/large": response(200, b"x" * 2000)}
        urls = ("ftp://h/x", "/broken", "/gone", "/large", host.serve("/good"))
        refs = [ref(url if "://" in url else host.base + url) for url in urls]
        summary = await download_attachments(session, refs, tmp_path, max_size=0.001)
    found = {line["url"].rpartition("/")[2]: line for line in index_of(tmp_path)}
    states = {name: line["state"] for name, line in found.items()}
    assert states == {
        "x": "refused",
        "broken": "failed",
        "gone": "dead",
        "large": "refused",
        "good": "whole",
    }
    assert (found["broken"]["reason"], found["gone"]["reason"]) == ("HTTP 500", "HTTP 404")
    assert "MiB" in found["large"]["reason"]
    assert (summary.whole, summary.failed, summary.dead, summary.refused) == (1, 1, 1, 2)
    assert host.asked.count("/broken") == 3


async def test_failure_that_passes(session, tmp_path):
    """A failure that passes is tried again, in this run or the next."""
    async with file_host() as host:
        answers = iter([response(503, b"")] * 4)

        async def flaky(writer: asyncio.StreamWriter) -> None:
            writer.write(next(answers, response(200, b"good")))
            await writer.drain()

        host.answers["/a"] = flaky
        first = await download_attachments(session, [ref(host.base + "/a")], tmp_path)
        second = await download_attachments(session, [ref(host.base + "/a")], tmp_path)
    assert (first.failed, second.failed, second.whole) == (1, 0, 1)
    assert [line["state"] for line in index_of(tmp_path)] == ["whole"]


async def test_private_network_of_a_real_account(connect, sandbox, tmp_path, monkeypatch):
    """A session that talks to a real account reaches no file on this machine."""
    session = await connect(sandbox)
    monkeypatch.setattr(session._client, "origin", "https://acme.reamaze.io")
    async with file_host() as host:
        await download_attachments(session, [ref(host.serve("/a"))], tmp_path)
    (line,) = index_of(tmp_path)
    assert (line["state"], host.asked) == ("refused", [])
    assert "private network" in line["reason"]


# --- a dead address -------------------------------------------------------------------------------


async def moved(sandbox: Sandbox, session: Any, host: FileHost) -> list[AttachmentRef]:
    """Attachments whose addresses are dead; their messages have others now."""
    refs = (await all_refs(session))[:12]
    old = [one._replace(url=f"{host.base}/old/{number}") for number, one in enumerate(refs)]
    sandbox.requests.clear()
    return old


async def test_dead_address_asked_for_anew(sandbox, session, tmp_path):
    """The messages of its conversation are asked for the new address, once a conversation."""
    async with file_host() as host:
        refs = await moved(sandbox, session, host)
        summary = await download_attachments(session, refs, tmp_path)
    lines = index_of(tmp_path)
    assert {line["state"] for line in lines} == {"whole"}
    assert [line["url"] for line in lines] == [one.url for one in refs]
    asked = [it.path for it in sandbox.requests if it.path.endswith("/messages")]
    assert len(asked) == len({one.conversation for one in refs})
    assert summary.renewed == len(refs)


async def test_address_that_stays_dead(sandbox, session, tmp_path):
    """An address that the messages still have, or that nobody knows of any more, is dead."""
    async with file_host() as host:
        (old, *_) = await moved(sandbox, session, host)
        other = old._replace(url=host.base + "/b", message="another")
        gone = old._replace(url=host.base + "/c", conversation="gone")
        alone = old._replace(url=host.base + "/d", conversation=None)
        await download_attachments(session, [other, gone, alone], tmp_path)
    assert [line["state"] for line in index_of(tmp_path)] == ["dead"] * 3
    assert host.asked == ["/b", "/c", "/d"]


# --- after any end --------------------------------------------------------------------------------


async def test_killed_in_the_middle(sandbox, session, tmp_path):
    """What was whole before is not fetched again, and half a file is never taken for one."""
    refs = await all_refs(session)
    task: asyncio.Task[Any]

    def stop(summary: Any) -> None:
        if summary.whole == 10:
            task.cancel()

    task = asyncio.create_task(download_attachments(session, refs, tmp_path, progress=stop))
    await asyncio.wait([task])
    assert task.cancelled()
    assert not (tmp_path / "attachments.ndjson").exists()
    (tmp_path / "0123456789abcdef0123.part").write_bytes(b"half")
    sandbox.requests.clear()
    summary = await download_attachments(session, refs, tmp_path)
    assert summary.whole == len(refs)
    assert summary.fetched <= len(refs) - 10
    assert {path.suffix for path in tmp_path.iterdir()}.isdisjoint({".part", ".new"})


@pytest.mark.parametrize("name", ["set-1.rar.part", "a.part"])
async def test_file_taken_for_a_half_one(session, tmp_path, name):
    """A whole file whose own name ends in `.part` stays, and so do files of others."""
    mine = tmp_path / f"my-{name}"
    mine.write_bytes(b"mine")
    async with file_host() as host:
        refs = [ref(host.serve(f"/{name}"), name)]
        await download_attachments(session, refs, tmp_path)
        host.answers.clear()
        summary = await download_attachments(session, refs, tmp_path)
    assert (summary.whole, summary.dead, mine.exists()) == (1, 0, True)


async def test_two_in_one_folder(session, tmp_path):
    """Two at once in one folder: the second is told."""
    async with file_host() as host:
        started = asyncio.Event()

        async def never(_: asyncio.StreamWriter) -> None:
            started.set()
            await asyncio.Event().wait()

        host.answers["/a"] = never
        first = asyncio.create_task(
            download_attachments(session, [ref(host.base + "/a")], tmp_path)
        )
        await started.wait()
        with pytest.raises(FileInUse):
            await download_attachments(session, [], tmp_path)
        first.cancel()
        await asyncio.wait([first])


async def test_folder_that_can_not_be_made(session, tmp_path):
    """What is wrong with the folder is one sentence."""
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(ExportFailed, match="x: "):
        await download_attachments(session, [], tmp_path / "x")
    with pytest.raises(InvalidParameter, match="max_size"):
        await download_attachments(session, [], tmp_path / "y", max_size=0)


async def test_bound_that_no_number_of_bytes_reaches(session, tmp_path):
    """A size is a size, however large it is."""
    summary = await download_attachments(session, [], tmp_path / "y", max_size=1e308)
    assert summary.failed == summary.refused == 0


async def test_attachments_read_all_at_once(session, tmp_path):
    """They are taken one by one, as there is room for them."""
    taken = 0

    async with file_host() as host:

        def many() -> Any:
            nonlocal taken
            for number in range(200):
                taken += 1
                assert taken - len(host.asked) <= download.AT_ONCE
                yield ref(host.serve(f"/{number}"))

        summary = await download_attachments(session, many(), tmp_path)
    assert summary.whole == 200
