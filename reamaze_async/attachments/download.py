"""Downloading: the attachments of messages into a folder, eight at once, with an index."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reamaze_async import validation
from reamaze_async.errors import ReamazeError, SessionUnusable
from reamaze_async.files.disk import failure
from reamaze_async.listings.listing import raw_listing
from reamaze_async.tasks import in_thread, task_group
from reamaze_async.wire.origin import is_loopback

from .addresses import Refused, file_name, is_public
from .fetching import CHUNK, Dead, Failed, Fetcher
from .index import Fetched, Journal, State, digest_of
from .refs import AttachmentRef, attachments_of

if TYPE_CHECKING:
    from reamaze_async.session import ReamazeSession
    from reamaze_async.tasks import Check

_logger = logging.getLogger("reamaze_async")

AT_ONCE = 8
INDEX = "attachments.ndjson"
PAUSES = (0.5, 2.0, 8.0)
"""Seconds between the tries of one file, where a failure may pass."""

HALF = "[0-9a-f]" * 20 + ".part"
"""The names of files under way, `DIGEST.part`: no whole file has such a name."""

REMEMBERED = 64
"""Conversations whose new addresses are remembered."""


@dataclass(slots=True)
class AttachmentsSummary:
    """What became of attachments; live while they are fetched.

    Attributes:
        folder: where the files are.
        whole: files that are whole.
        bytes: their size.
        fetched: how many of them this run has fetched.
        dead: addresses where nothing is any more.
        refused: addresses that must not be asked, and files that are too large.
        failed: files that could not be fetched; another run tries them again.
        renewed: dead addresses for which a message had a new one.
        elapsed: seconds that this run took.
    """

    folder: str
    whole: int = 0
    bytes: int = 0
    fetched: int = 0
    dead: int = 0
    refused: int = 0
    failed: int = 0
    renewed: int = 0
    elapsed: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        return asdict(self)


Progress = Callable[[AttachmentsSummary], object]


async def download_attachments(
    session: ReamazeSession,
    attachments: Iterable[AttachmentRef],
    folder: str | os.PathLike[str],
    *,
    max_size: float = 100,
    progress: Progress | None = None,
) -> AttachmentsSummary:
    """Fetch attachments into a folder, going on with what an earlier run has left.

    The folder holds the files, called `DIGEST-name.ext`, and `attachments.ndjson`: a line for each
    address with `url`, `file`, `bytes`, `sha256`, `state` (`whole`, `dead`, `refused`, `failed`)
    and `reason`. A file that is whole, by its size and digest, is not fetched again. One that isn't
    as large as its message says is kept, with that as its reason, and a warning counts them.

    Files are asked for without any login, over http and https alone, eight at once and outside the
    session's limiter, through at most five redirects, and never on a private network, unless the
    session itself talks to this machine. A dead address is asked for anew once, by the messages of
    its conversation, through the session.

    Args:
        session: asks for new addresses.
        attachments: which; read one by one, so they may come from a large file.
        folder: made if it isn't there.
        max_size: the largest file, in MiB; larger ones are refused.
        progress: called with the live numbers after each file.

    Raises:
        InvalidParameter: `max_size` is no positive number.
        FileInUse: another process is fetching into the folder.
        ExportFailed: the folder can't be written to.
        SessionUnusable: the session was closed.
    """
    most = validation.mebibytes("max_size", max_size) * 2**20
    origin = raw_listing(session.messages.list()).identity["origin"]
    may_ask = _anything if is_loopback(urlsplit(origin).hostname or "") else is_public
    path = Path(folder)
    with ExitStack() as stack:  # Closes what was opened for a caller that is cancelled meanwhile.
        journal = await in_thread(lambda _: _open(path, stack))
        try:
            async with Fetcher(may_ask, most=most, at_once=AT_ONCE) as fetcher:
                run = _Run(session, fetcher, journal, path, progress)
                return await run.run(iter(attachments))
        except OSError as error:
            if isinstance(error, ReamazeError):
                raise
            raise failure(path, error) from None


def _open(folder: Path, stack: ExitStack) -> Journal:
    """The folder's journal, once the folder is there and holds nothing half-finished.

    Args:
        folder: made if it isn't there.
        stack: closes the journal.

    Raises:
        FileInUse: another process is fetching into the folder.
        ExportFailed: it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal = stack.enter_context(closing(Journal(folder / INDEX)))
        for left in folder.glob(HALF):
            left.unlink()
    except OSError as error:
        raise failure(folder, error) from None
    return journal


def _anything(_: str) -> bool:
    """A session that talks to this machine is a sandbox's: its files are here, too."""
    return True


class _Run:
    """One run: workers that take attachments one by one."""

    def __init__(
        self,
        session: ReamazeSession,
        fetcher: Fetcher,
        journal: Journal,
        folder: Path,
        progress: Progress | None,
    ) -> None:
        self._fetcher = fetcher
        self._journal = journal
        self._folder = folder
        self._progress = progress
        self._summary = AttachmentsSummary(str(folder))
        self._addresses = _Addresses(session)
        self._met: dict[bytes, None] = {}  # in their order
        self._odd = 0

    async def run(self, attachments: Iterator[AttachmentRef]) -> AttachmentsSummary:
        """Fetch all, and give the index its name."""
        began = monotonic()
        async with task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(self._work, attachments)
        self._journal.finish(self._met)
        if self._odd:
            files = "1 file isn't" if self._odd == 1 else f"{self._odd} files aren't"
            told = "%s: %s as large as said; %s tells more"
            _logger.warning(told, self._folder, files, INDEX)
        self._summary.elapsed = monotonic() - began
        return self._summary

    async def _work(self, attachments: Iterator[AttachmentRef]) -> None:
        for ref in attachments:
            if (digest := digest_of(ref.url)) in self._met:
                continue
            self._met[digest] = None
            known = self._journal.get(ref.url)
            if known is None or not await self._is_whole(known):
                known = await self._fetch(ref)
                self._journal.append(known)
                self._summary.fetched += known.state == "whole"
            self._count(known)

    def _count(self, known: Fetched) -> None:
        summary = self._summary
        setattr(summary, known.state, getattr(summary, known.state) + 1)
        summary.bytes += known.bytes
        self._odd += known.state == "whole" and known.reason is not None
        if self._progress:
            self._progress(summary)

    async def _is_whole(self, known: Fetched) -> bool:
        """Whether a file is there, and is what was fetched."""
        if known.state != "whole" or known.file is None:
            return False
        path = self._folder / known.file
        if not path.is_file() or path.stat().st_size != known.bytes:
            return False
        return await in_thread(lambda check: _digest(path, check)) == known.sha256

    async def _fetch(self, ref: AttachmentRef) -> Fetched:
        try:
            return await self._fetch_from(ref, ref.url)
        except Dead as dead:
            url = await self._addresses.renewed(ref)
            if url is None or url == ref.url:
                return _without_file(ref, "dead", dead)
        try:
            fetched = await self._fetch_from(ref, url)
        except Dead as dead:
            return _without_file(ref, "dead", dead)
        self._summary.renewed += 1
        return fetched

    async def _fetch_from(self, ref: AttachmentRef, url: str) -> Fetched:
        """Fetch a file from an address, which is tried again where that may help.

        Raises:
            Dead: nothing is there any more.
        """
        name = file_name(ref.url, ref.name)
        part = self._folder / f"{name.partition('-')[0]}.part"
        pauses = iter(PAUSES)
        try:
            while True:
                try:
                    content = await self._fetcher.fetch(url, part, ref.size)
                    break
                except Refused as refused:
                    return _without_file(ref, "refused", refused)
                except Failed as failed:
                    pause = next(pauses, None) if failed.may_pass else None
                    if pause is None:
                        return _without_file(ref, "failed", failed)
                    await asyncio.sleep(pause)
            part.replace(self._folder / name)
        finally:
            part.unlink(missing_ok=True)
        return Fetched(
            url=ref.url,
            file=name,
            bytes=content.size,
            sha256=content.digest,
            reason=_oddity(ref, content.size),
            conversation=ref.conversation,
            message=ref.message,
        )


class _Addresses:
    """The addresses that messages have now, for those that are dead."""

    def __init__(self, session: ReamazeSession) -> None:
        self._session = session
        self._known: OrderedDict[str, dict[tuple[str, int], str]] = OrderedDict()
        self._asking = asyncio.Lock()

    async def renewed(self, ref: AttachmentRef) -> str | None:
        """The address that an attachment has now; None if nobody knows.

        Raises:
            SessionUnusable: the session was closed.
        """
        if ref.conversation is None:
            return None
        async with self._asking:
            if ref.conversation not in self._known:
                self._known[ref.conversation] = await self._ask(ref.conversation)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return self._known[ref.conversation].get((ref.message, ref.position))

    async def _ask(self, conversation: str) -> dict[tuple[str, int], str]:
        found: dict[tuple[str, int], str] = {}
        try:
            async with self._session.messages.list(conversation=conversation) as messages:
                async for message in messages:
                    refs = attachments_of(message)
                    found |= {(ref.message, ref.position): ref.url for ref in refs}
        except SessionUnusable:
            raise
        except ReamazeError:
            pass  # What came may be enough; else it stays dead.
        return found


def _oddity(ref: AttachmentRef, size: int) -> str | None:
    """What is odd about a file that came whole: it may be something else, such as an error page."""
    if ref.size in (None, size):
        return None
    return f"it has {size} bytes, and the message says {ref.size}"


def _without_file(ref: AttachmentRef, state: State, error: Exception) -> Fetched:
    return Fetched(
        url=ref.url,
        state=state,
        reason=str(error),
        conversation=ref.conversation,
        message=ref.message,
    )


def _digest(path: Path, check: Check) -> str | None:
    """The SHA-256 of a file, in hex; None if it can't be read."""
    digest = sha256()
    with suppress(OSError), path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            check()
        return digest.hexdigest()
    return None
