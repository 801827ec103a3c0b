"""What is in an exported file, and whether that is what should be there."""

import gzip
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from disks import Crash
from rows import READERS

from reamaze_async import Listing, ReamazeSession, ServerError, export
from reamaze_async.exporting.checkpoint import Checkpoint
from reamaze_async.exporting.part_file import PartFile
from reamaze_async.sandbox import Answer, Sandbox


def listing(session: ReamazeSession, **conditions: Any) -> Listing[Any]:
    """All conversations, unless narrowed."""
    return session.conversations.list(**({"filter": "all"} | conditions))


def slugs_in(path: Path) -> list[str]:
    """The slugs of a finished file, in its order."""
    if path.suffix == ".gz":
        lines = gzip.decompress(path.read_bytes()).splitlines()
    elif path.suffix in (".ndjson", ".part"):
        lines = path.read_bytes().splitlines()
    else:
        return [row["slug"] for row in READERS[path.suffix[1:]](path)]
    return [json.loads(line)["slug"] for line in lines]


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def check_whole(sandbox: Sandbox, mark: int, path: Path) -> None:
    """Nothing that stayed is lost, nothing is twice, the order is kept, nothing else is there."""
    found, stayed = slugs_in(path), sandbox.stayed(mark, filter="all")
    assert [slug for slug in found if slug in set(stayed)] == stayed
    assert len(found) == len(set(found))
    assert names(path.parent) == [path.name]


def fail_from(sandbox: Sandbox, page: int) -> None:
    """Refuse this page and all below until the script is cleared."""
    sandbox.script = lambda request: Answer.html(500, "no") if request.page >= page else None


async def interrupted(sandbox: Sandbox, session: Any, path: Path, page: int = 9) -> list[str]:
    """Export until a page fails; what was written."""
    fail_from(sandbox, page)
    with pytest.raises(ServerError):
        await export(listing(session), path)
    sandbox.script = {}
    sandbox.requests.clear()
    return slugs_in(path.with_name(path.name + ".part"))


def die_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Let the process be gone at a later write, each of a page, before it can note anything."""
    real = PartFile.write
    monkeypatch.setattr("reamaze_async.exporting.export.PAGES", 1)

    def write(part: PartFile, lines: bytes) -> None:
        nonlocal writes
        writes -= 1
        if writes < 0:
            monkeypatch.setattr(Checkpoint, "save", Mock(side_effect=Crash))
            monkeypatch.setattr(PartFile, "sync", Mock(side_effect=Crash))
            raise Crash
        real(part, lines)

    monkeypatch.setattr(PartFile, "write", write)
