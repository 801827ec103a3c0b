"""One database of everything, made of the files of an export's resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from reamaze_async.errors import ExportFailed
from reamaze_async.files.disk import failure, sync_file
from reamaze_async.files.placing import create
from reamaze_async.files.placing import place as give_name
from reamaze_async.tasks import Check

from .account_target import AccountTarget
from .manifest import CHANGED, Manifest, ResourceEntry
from .part_file import checked


def make(
    target: AccountTarget, manifest: Manifest, names: Sequence[str], home: str, check: Check
) -> None:
    """Make the database, and note in the manifest which it is.

    Args:
        target: where it goes, and what it is made of.
        manifest: how it stands with each resource; saved.
        names: of the resources.
        home: where the brand lives.
        check: called now and then; may raise to end the work.

    Raises:
        ExportFailed: it can't be written, or a file isn't what was exported any more.
    """
    from reamaze_async.formats import account  # noqa: PLC0415 - a format is loaded when used

    assert target.file is not None
    made = target.database
    contents = {
        account.table_of_account(name, home): _lines(
            target.path_of(name), manifest.resources[name], check
        )
        for name in names
    }
    try:
        try:
            create(made, target.file)
            account.write(contents, _rows(manifest, names), made)
            with made.open("rb+") as file:
                sync_file(file.fileno())
        except OSError as error:
            raise failure(made, error) from None
    except ExportFailed:
        with suppress(OSError):
            made.unlink(missing_ok=True)
        raise
    manifest.placed = made.stat().st_ino
    manifest.save(target.folder)


def place(target: AccountTarget, manifest: Manifest, *, force: bool) -> None:
    """Give the database its name.

    Raises:
        ExportFailed: it can't be given, or is taken.
    """
    assert target.file is not None
    if not force and target.file.exists():
        reason = f"it has appeared meanwhile; {target.folder.name} holds everything."
        raise ExportFailed(target.file, reason, remedy="force-or-rename")
    try:
        give_name(target.database, target.file)
        if target.database.exists():  # Copied, since what is mounted can't be replaced.
            manifest.placed = target.file.stat().st_ino
            manifest.save(target.folder)
            target.database.unlink()
    except OSError as error:
        raise failure(target.file, error) from None


def _rows(manifest: Manifest, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The manifest as rows of a table."""
    known = msgspec.to_builtins(manifest)
    whole = {name: known[name] for name in ("tool", "origin", "brand", "runs")}
    for name in names:
        entry = known["resources"][name]
        entry["conditions"] = msgspec.json.encode(entry["conditions"]).decode()
        for of_a_file in ("file", "bytes", "sha256"):
            del entry[of_a_file]
        yield {"resource": name, **entry, **whole}


def _lines(path: Path, entry: ResourceEntry, check: Check) -> Iterator[bytes]:
    """The items of a resource's file, without their line ends; none if it has no file.

    Raises:
        ExportFailed: the file is gone, or isn't what was exported any more.
    """
    if entry.sha256 is None:
        return
    digest = sha256()
    try:
        with path.open("rb", buffering=2**20) as file:
            for line in checked(file, check):
                digest.update(line)
                yield line.removesuffix(b"\n")
    except OSError as error:
        raise failure(path, error) from None
    if digest.hexdigest() != entry.sha256:
        raise ExportFailed(path, CHANGED, remedy="force-or-rename")
