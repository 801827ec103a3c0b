"""Exports of threads: `{"conversation": ..., "messages": [...]}` a line, as `export` does it.

Of threads that are read one by one, the part file holds all there is. Where they are read together,
`FILE.part.messages` holds the messages taken so far, in the order of their list, since a thread
that needs them may be handed out much later. Both files are only ever appended to, and either may
lose its end: the next run begins each list where its own file ends, and knows the messages of
finished threads by their keys. What can't be read is in no file: the checkpoint tells of it, and is
saved before what stands behind it is written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from reamaze_async.errors import ExportFailed, IncompleteListing, InvalidParameter
from reamaze_async.files.paths import check_file
from reamaze_async.formats import format_of
from reamaze_async.listings.reading import new_items
from reamaze_async.listings.steps import Steps
from reamaze_async.listings.unreadable_items import UnreadableItems
from reamaze_async.paging.cursor import Batch, Cursor
from reamaze_async.tasks import call_in_thread, in_thread
from reamaze_async.threads.assembly import Beginning
from reamaze_async.threads.join import Join, ListedMessage
from reamaze_async.threads.reading import message
from reamaze_async.threads.threads import Threads, ThreadsWork, as_json, threads_work
from reamaze_async.threads.way import Way

from .checkpoint import Checkpoint, Position
from .export import FileExport
from .part_file import PartFile, as_lines
from .summary import ExportSummary, Progress
from .target import Target


async def export_threads(
    threads: Threads,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    progress: Progress | None = None,
    restart: bool = False,
    allow_incomplete: bool = False,
) -> ExportSummary:
    """Export threads to an NDJSON file, going on with an earlier run of the same export.

    A line is `{"conversation": ..., "messages": [...]}`, both as the server sent them, the oldest
    message first. Threads are always in the order of the conversations.

    Args:
        threads: what to export.
        path: the file to be, as for `export`; until then `FILE.part`, `FILE.part.messages` and
            `FILE.part.checkpoint` stand beside it.
        force: replace a file of that name.
        progress: called with the live numbers after each thread.
        restart: forget an earlier run, whatever it exported.
        allow_incomplete: place the file although something may be missing; the summary and a
            warning say what.

    Raises:
        InvalidParameter, ExportRefused, ExportFailed, ReamazeError: as for `export`.
        IncompleteListing: everything that came is in the part file, but some may be missing.
    """
    if not isinstance(threads, Threads):
        name = type(threads).__name__
        message = f"{name} can't be exported: give session.conversations.threads(...)."
        raise InvalidParameter(message)
    check_threads_target(path, force=force)
    run = _ThreadsExport(threads_work(threads), Target(path, "ndjson"), force=force)
    run.progress = progress
    run.allow_incomplete = allow_incomplete
    return await run.run(restart=restart)


def check_threads_target(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
) -> None:
    """Refuse what can be refused before the first request.

    Raises:
        InvalidParameter: another format than NDJSON.
        ExportRefused: there is such a file already, or its folder is missing or can't be written.
    """
    file = check_file(path, example="threads.ndjson", beside=".part.checkpoint.new")
    if (chosen := format_of(path, format)) != "ndjson":
        message = f"format={chosen!r}: threads are NDJSON: name a file that ends in .ndjson."
        raise InvalidParameter(message)
    if not force:
        Target(file, "ndjson").check_free()


class _Written:
    """What an earlier run has written, as far as going on needs to know of it."""

    def __init__(self, work: ThreadsWork, *, together: bool) -> None:
        self.slugs: list[str] = []
        self.had: set[str] = set()
        self.point: float = inf
        self._conversation = work.sources.conversations.outline
        self._message = work.sources.messages.outline
        self._key = work.sources.messages.key
        self._together = together

    def note_thread(self, line: bytes) -> str:
        """Note a thread; return its key.

        Raises:
            msgspec.DecodeError: it is none.
        """
        parts = _line(line)
        outline = self._conversation(parts.conversation)
        if self._together:
            if outline.created_at is not None:
                self.point = min(self.point, outline.created_at.timestamp())
            self.had.update(self._key(self._message(one)) for one in parts.messages)
        slug: str = outline.slug
        return slug

    def listed(self, line: bytes) -> ListedMessage:
        """A message that was taken.

        Raises:
            msgspec.DecodeError: it is none.
        """
        return message(line, self._message(line))

    def join(self, messages: PartFile, *, to_the_end: bool) -> Join:
        """Where the earlier join stood."""
        lines = messages.lines()
        first = next(lines, None)
        newest = None if first is None else self.listed(first).at
        join = Join(
            self._key,
            to_the_end=to_the_end,
            handed_out=self.slugs,
            had=self.had,
            point=self.point,
            newest=newest,
        )
        for line in messages.lines():
            join.take_again(self.listed(line))
        return join


class _Line(msgspec.Struct):
    conversation: msgspec.Raw
    messages: list[msgspec.Raw]


_line = msgspec.json.Decoder(_Line).decode


class _State(NamedTuple):
    """How far both lists are read and written, at one moment.

    Attributes:
        number: counts the moments.
        doubted: how much was in doubt.
        own: of the conversations.
        messages: of the brand's messages, if they are read.
    """

    number: int
    doubted: tuple[int | str, ...]
    own: Position
    messages: Position | None


class _ThreadsExport(FileExport):
    """One run of an export of threads."""

    _messages: PartFile

    def __init__(self, work: ThreadsWork, target: Target, *, force: bool) -> None:
        listing: Any = work  # It offers what the other steps ask of a listing.
        super().__init__(listing, target, force=force)
        self._work = work
        self._taken = Position()
        self._pending = self._states = self._saved_state = 0
        self._saved_doubted: tuple[int | str, ...] = (0, 0, 0)
        self._saving = Lock()

    async def run(self, *, restart: bool) -> ExportSummary:
        """Do the steps that are left, and return the summary."""
        with PartFile(self.target.messages) as self._messages:
            try:
                return await super().run(restart=restart)
            finally:
                if not self._messages.size:
                    self.target.messages.unlink(missing_ok=True)

    @property
    def _is_begun(self) -> bool:
        return super()._is_begun or self._messages.size > 0

    def _begin(self, *, restart: bool) -> Checkpoint:
        checkpoint = super()._begin(restart=restart)
        self._messages.take_over(self.target.file)
        if checkpoint.messages is None:
            self._messages.cut(0)
        return checkpoint

    # --- reading ----------------------------------------------------------------------------

    async def _go_on(self) -> Steps[Any]:
        way, beginning = await call_in_thread(self._recover)
        return self._work.steps(
            lambda assembled: (assembled,), is_raw=True, way=way, ordered=True, beginning=beginning
        )

    def _recover(self) -> tuple[Way | None, Beginning]:
        """What was written, and where to go on."""
        checkpoint, taken = self._checkpoint, self._checkpoint.messages
        together = taken is not None
        written = _Written(self._work, together=together)
        known = {"size": checkpoint.size, "checksum": checkpoint.checksum}
        written.slugs = self._part.recover(written.note_thread, **known)
        self._items = len(written.slugs)
        self._cursor = checkpoint.cursor_for(self._items)
        how: dict[str, Any] = {"empty_batches": True}
        seen = iter([*written.slugs, *checkpoint.unreadable.keys])
        conversations = {"cursor": self._cursor, "seen": seen, **how}
        conversations["unreadable"] = checkpoint.unreadable
        # A conversation that is found later is appended, but no message to a thread that is
        # written: a page of messages that can't be fetched ends the run, which goes on there.
        conversations["skips_failing_pages"] = True
        if taken is None:
            # Threads without messages beside them were read each by itself.
            way: Way | None = "each" if self._items else None
            how["unreadable"] = self._taken.unreadable
            return way, Beginning(conversations, how, None, self._take_messages, checkpoint.threads)
        known = {"size": taken.size, "checksum": taken.checksum}
        keys = self._messages.recover(self._message_key, **known)
        cursor = taken.cursor_for(len(keys))
        self._taken = replace(taken, cursor=cursor, items=len(keys))
        seen = iter([*keys, *taken.unreadable.keys])
        messages = {"cursor": cursor, "seen": seen, "unreadable": taken.unreadable, **how}
        join = written.join(self._messages, to_the_end=self._work.to_the_end)
        beginning = Beginning(
            conversations, messages, join, self._take_messages, checkpoint.threads
        )
        return "together", beginning

    def _message_key(self, line: bytes) -> str:
        source = self._work.sources.messages
        return source.key(source.outline(line))

    def _take_messages(self, batch: Batch) -> None:
        """Write a batch of messages, before anything is made of it."""
        taken, saved = self._taken, self._checkpoint.messages
        is_safe = saved is not None and saved.covers(batch.cursor)
        if not is_safe or self._doubted != self._saved_doubted:
            # What the written messages rely on must be on the disk before them.
            self._save(self._state(batch.cursor))
        rows = [row.item for row in new_items(batch) if isinstance(row, ListedMessage)]
        self._messages.write(as_lines(rows))
        taken.cursor, taken.page_size = batch.cursor, batch.read.size
        taken.items += len(rows)
        self._unsynced += 1

    @property
    def _room(self) -> int:
        """One: what is lost with a thread may have been many requests."""
        return 1

    async def _take(self, threads: Sequence[Any]) -> None:
        (assembled,) = threads
        cursor, checkpoint = assembled.cursor, self._checkpoint
        is_safe = checkpoint.covers(cursor)
        if not is_safe or self._doubted != self._saved_doubted:
            self._cursor = cursor
            await self._save_in_thread()
        self._part.write(as_lines([as_json(assembled)]))
        self._items += 1
        self._cursor, self._pending = cursor, assembled.pending
        self._unsynced += 1
        if self._is_sync_due:
            await self._save_in_thread()
        if self.progress:
            self.progress(self._work.stats)

    # --- what is safe -----------------------------------------------------------------------

    @property
    def _doubted(self) -> tuple[int | str, ...]:
        """How much is in doubt of either list, and of threads that were read alone."""
        own = self._checkpoint
        return own.unreadable.count, self._taken.unreadable.count, *own.threads

    def _state(self, of_messages: Cursor | None = None) -> _State:
        """How far both lists are read and written.

        Args:
            of_messages: where the list of messages stands, if not where it stood before.
        """
        self._states += 1
        part, messages, taken = self._part, self._messages, self._taken
        # The cursor stands below those of its page that are still to come.
        items = self._items + self._pending
        own = Position(
            cursor=self._cursor,
            items=items,
            size=part.size,
            checksum=part.checksum,
            unreadable=self._checkpoint.unreadable,
        )
        if of_messages is None and self._checkpoint.messages is None:
            return _State(self._states, self._doubted, own, None)
        beside = Position(
            cursor=of_messages or taken.cursor,
            items=taken.items,
            page_size=taken.page_size,
            size=messages.size,
            checksum=messages.checksum,
            unreadable=taken.unreadable,
        )
        return _State(self._states, self._doubted, own, beside)

    async def _save_in_thread(self) -> None:
        # Messages may be written meanwhile: what is saved is what is there now.
        state = self._state()
        await in_thread(lambda _: self._save(state))

    def _save(self, state: _State) -> None:
        """Sync both files, then save the checkpoint, unless a later state was saved already."""
        with self._saving:
            if state.number < self._saved_state:
                return
            self._messages.sync()
            self._part.sync()
            self._unsynced, self._synced = 0, monotonic()
            for name in Position.__struct_fields__:
                setattr(self._checkpoint, name, getattr(state.own, name))
            self._checkpoint.messages = state.messages
            self._checkpoint.save(self.target.checkpoint)
            self._saved_state, self._saved_doubted = state.number, state.doubted

    def _leave(self, error: BaseException) -> None:
        """Save the checkpoint after a failure, if the disk allows it; the files are enough."""
        if isinstance(error, IncompleteListing) and error.pages:
            passes = self._cursor.pass_number, self._taken.cursor.pass_number
            again = [Cursor(pass_number=number + 1, doubts=error.pages) for number in passes]
            (self._cursor, self._taken.cursor), self._pending = again, 0
            # Conversations are read again; messages of threads that are written may not be.
            self._checkpoint.unreadable = UnreadableItems()
        with suppress(ExportFailed):
            self._save_all()

    def _save_all(self) -> None:
        self._save(self._state())
