"""The manifest of an export of everything: what there is of each resource, and how it went.

It is `manifest.json` when a run is over, whatever its end; while one is under way, or after a kill,
`manifest.json.part`.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from reamaze_async._version import __version__
from reamaze_async.files.disk import failure
from reamaze_async.http.requester import COUNTED
from reamaze_async.listings.stats import ListingStats
from reamaze_async.tasks import Check

from . import saved

_logger = logging.getLogger("reamaze_async")

VERSION = 1
NAME = "manifest.json"

State = Literal["whole", "incomplete", "refused", "absent", "failed"]
"""How it stands with a resource: all of it is there; some may be missing; the user may not read it
(403); the account has none (404); it could not be fetched."""

GOOD: tuple[State, ...] = ("whole", "absent")
"""States that leave nothing to be done."""

CHUNK = 2**20

NOT_YET = "it wasn't tried yet when the run ended"

CHANGED = "it isn't what was exported any more."


class ResourceEntry(msgspec.Struct, kw_only=True):
    """What a manifest says of a resource.

    Attributes:
        file: the name of its file; None if there is none.
        state: how it stands.
        reason: why it isn't whole; None if it is.
        items: how many items are in the file, or in what was written of it so far.
        bytes: the size of the file.
        sha256: its digest.
        conditions: what narrows or orders the list.
        covers: `brand`, or `account` where the list holds those of all its brands.
        drift: how carefully it was read.
        before: the files of earlier exports that its own will replace, with their digests.
        total_count: how many the server counted; None if it never said.
        requests, retries, throttled, repaired, duplicates: what it cost, in all runs that ended
            in order.
        began, ended: when, in UTC; None if it wasn't begun, or has no end yet.
    """

    file: str | None = None
    state: State = "failed"
    reason: str | None = NOT_YET
    items: int = 0
    bytes: int = 0
    sha256: str | None = None
    conditions: dict[str, Any] = {}
    covers: Literal["brand", "account"] = "brand"
    drift: str = "repair"
    before: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    total_count: int | None = None
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    repaired: int = 0
    duplicates: int = 0
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing of it is left to be done."""
        return self.state in GOOD

    def add(self, stats: ListingStats) -> None:
        """Add what a run has cost."""
        for name in (*COUNTED, "duplicates"):
            setattr(self, name, getattr(self, name) + getattr(stats, name))
        if stats.total_count is not None:
            self.total_count = stats.total_count

    def made(self, path: Path, *, name: str, items: int) -> None:
        """Note what the finished file is, before it gets its name.

        Args:
            path: where it is.
            name: what it will be called.
            items: how many are in it.

        Raises:
            ExportFailed: it can't be read.
        """
        self.file, self.items = name, items
        try:
            self.bytes, self.sha256 = path.stat().st_size, digest_of(path)
        except OSError as error:
            raise failure(path, error) from None

    def replace(self) -> None:
        """Note that its file is to be replaced, and forget what was known of it."""
        self.sha256, self.bytes = None, 0
        self.end("failed", NOT_YET)

    def fits(self, path: Path, check: Check = lambda: None) -> bool:
        """Whether a file is, to the last byte, the one that was made.

        Args:
            path: where it is.
            check: called now and then; may raise to end the reading.

        Raises:
            ExportFailed: it can't be read.
        """
        try:
            if self.sha256 is None or not path.is_file() or path.stat().st_size != self.bytes:
                return False
            return digest_of(path, check) == self.sha256
        except OSError as error:
            raise failure(path, error) from None

    def set_aside(self, file: str) -> None:
        """Note what its file will be called; one of another name goes when that one is there."""
        if self.file is not None and self.file != file:
            if self.sha256 is not None:
                self.before = {**(self.before or {}), self.file: self.sha256}
            self.file = None
            self.replace()

    def remove_before(self, folder: Path, check: Check) -> None:
        """Remove the files that its own has replaced; what somebody has changed stays, with a word.

        Raises:
            ExportFailed: they can't be read or removed.
        """
        for file, digest in (self.before or {}).items():
            path = folder / Path(file).name
            try:
                if not path.is_file():
                    continue
                if digest_of(path, check) == digest:
                    path.unlink()
                else:
                    _logger.warning("%s stays: it isn't what was exported any more.", path)
            except OSError as error:
                raise failure(path, error) from None
        self.before = msgspec.UNSET

    def end(self, state: State, reason: str | None = None) -> None:
        """Note how it ended."""
        self.state, self.reason, self.ended = state, reason, now()


class Manifest(msgspec.Struct, kw_only=True):
    """What an export of everything holds.

    Attributes:
        version: of the manifest's own format.
        tool: what has written it.
        origin: where the requests went.
        brand: whose account it is.
        format: of its files.
        drift: how carefully lists are read.
        began: when the first run began, in UTC.
        ended: when the last one ended; None while one is under way.
        runs: how many there were.
        complete: whether everything that was asked for is whole, or absent.
        resources: by name.
        attachments: what was fetched of the messages' files; None if that wasn't asked for.
        placed: the finished database, by the number that the file system gave it, once it is made.
    """

    version: int = VERSION
    tool: str = f"reamaze-async/{__version__}"
    origin: str
    brand: str
    format: str
    drift: str
    began: datetime
    ended: datetime | None = None
    runs: int = 0
    complete: bool = False
    resources: dict[str, ResourceEntry] = {}
    attachments: dict[str, Any] | None = None
    placed: int | msgspec.UnsetType = msgspec.UNSET

    def begin(self, folder: Path) -> None:
        """Save it as one of a run that is under way, from now on.

        Raises:
            ExportFailed: it can't be written.
        """
        self.save(folder)
        _remove(folder / NAME)

    def save(self, folder: Path) -> None:
        """Save it as one of a run that is under way.

        Raises:
            ExportFailed: it can't be written.
        """
        saved.save(self, part_of(folder))

    def settle(self, folder: Path) -> None:
        """Save it as one of a run that is over.

        Raises:
            ExportFailed: it can't be written.
        """
        self.ended = now()
        saved.save(self, folder / NAME)
        _remove(part_of(folder))

    def difference(self, other: Manifest) -> str:
        """How the other's export differs from this one; empty if it goes on with it."""
        for name in ("origin", "brand", "format", "drift"):
            was, is_now = getattr(self, name), getattr(other, name)
            if was != is_now:
                return f"its {name} was {was!r}, not {is_now!r}"
        return ""


def part_of(folder: Path) -> Path:
    """The manifest of a run that is under way."""
    return folder / f"{NAME}.part"


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise failure(path, error) from None


def load(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none.

    Raises:
        ExportRefused: it can't be read, or is of another version.
    """
    unfinished = saved.load(part_of(folder), Manifest, VERSION)
    return unfinished or saved.load(folder / NAME, Manifest, VERSION)


def digest_of(path: Path, check: Check = lambda: None) -> str:
    """The SHA-256 of a file.

    Args:
        path: the file.
        check: called now and then; may raise to end the reading.

    Raises:
        OSError: it can't be read.
    """
    found = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            check()
            found.update(chunk)
    return found.hexdigest()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
