"""Where an export of everything goes: a folder with a file each, or one database.

A database is made of part files in `FILE.part/`, a folder of the first kind.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from reamaze_async.errors import ExportFailed, ExportRefused, InvalidParameter
from reamaze_async.files.disk import failure
from reamaze_async.files.paths import check_file, check_unused, file_at, looked_at
from reamaze_async.files.placing import unfinished
from reamaze_async.formats import FORMATS, Format, format_of
from reamaze_async.resources import NAMES

from . import manifest
from .manifest import Manifest
from .target import Target, part_of

LOCK = f"{manifest.NAME}.lock"

_OURS = re.compile(
    rf"({re.escape(manifest.NAME)}(\.part)?(\.new)?|{re.escape(LOCK)}|\..*"
    rf"|attachments|attachments\.ndjson(\.part)?"
    rf"|account\.sqlite(-journal)?|({'|'.join(NAMES)})\.\w+(\.\w+)?(\.part.*)?(-journal)?)"
)
"""The names of what an export of everything keeps in its folder, and of what is hidden there."""


class AccountTarget:
    """The place for an export of everything.

    Attributes:
        folder: where the files of the resources are.
        file: the database to be, where a link leads to it; None for a folder.
        format: of the resources' files.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 - the option's name
    ) -> None:
        self.file: Path | None = None
        self.format: Format = "ndjson"
        given = os.fspath(path)
        if not given:
            message = "path='' is empty: name a folder, or a file that ends in .sqlite."
            raise InvalidParameter(message)
        with looked_at(given):
            is_folder = given.endswith((os.sep, os.altsep or os.sep)) or Path(given).is_dir()
        if not is_folder and _is_database(given, format):
            self.file = file_at(given)
            self.folder: Path = part_of(self.file)
        else:
            self.folder = Path(given)
            self.format = format_of("account", format or "ndjson")

    def path_of(self, resource: str) -> Path:
        """The file of a resource."""
        return self.folder / f"{resource}.{self.format}"

    @property
    def database(self) -> Path:
        """The database while it is being made."""
        return self.folder / "account.sqlite"

    # --- refusals ---------------------------------------------------------------------------

    def check(self, *, force: bool, restart: bool = False) -> None:
        """Refuse a place where nothing can be written.

        Args:
            force: whether what is there may be replaced.
            restart: whether an earlier run is to be forgotten; its manifest may be damaged.

        Raises:
            ExportRefused: it is something else, or is taken.
        """
        with looked_at(self.folder):
            self._check(force=force, restart=restart)

    def _check(self, *, force: bool, restart: bool) -> None:
        if self.file is not None:
            check_file(self.file, example="account.sqlite", beside=".part")
            check_unused(self.file)
            if self.folder.exists() and not self.folder.is_dir():
                reason = "the part file of another export is there: remove it, or name another."
                raise ExportRefused(self.folder, reason)
            known = None if restart else self.earlier_manifest()
            if self.file.exists() and not force and not self.is_placed(known):
                raise ExportRefused(self.file, "it is there already.", remedy="force-or-rename")
        if not self.folder.exists():
            self._check_parent()
        elif not self.folder.is_dir():
            raise ExportRefused(self.folder, "it is no folder: name one, such as 'account/'.")
        elif not os.access(self.folder, os.W_OK | os.X_OK):
            raise ExportRefused(self.folder, "this folder can't be written to.")
        elif not force:
            self._check_contents(restart=restart)
        for path in map(self.path_of, NAMES):
            if path.is_dir():
                raise ExportRefused(path, "it is a folder: remove it, or export to another place.")

    def check_unfinished(self, known: Manifest | None, *, force: bool) -> None:
        """Refuse a folder with a whole export in it.

        Raises:
            ExportRefused: it is one, and may not be replaced.
        """
        if known and known.complete and self.file is None and not force:
            reason = "a whole export is there already."
            raise ExportRefused(self.folder, reason, remedy="force-or-rename")

    def earlier_manifest(self, *, restart: bool = False) -> Manifest | None:
        """The manifest of an earlier run; one that is to be forgotten may be damaged.

        Raises:
            ExportRefused: it is damaged, and not to be forgotten.
        """
        try:
            return manifest.load(self.folder)
        except ExportRefused:
            if restart:
                return None
            raise

    def _check_parent(self) -> None:
        parent = self.folder.absolute().parent
        if not parent.is_dir():
            raise ExportRefused(self.folder, f"there is no folder {str(parent)!r}: make it first.")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise ExportRefused(self.folder, f"the folder {str(parent)!r} can't be written to.")

    def _check_contents(self, *, restart: bool) -> None:
        """Refuse a folder that holds what no export of everything has left."""
        others = [name for name in self._names() if not _OURS.fullmatch(name)]
        known = None if others else self.earlier_manifest(restart=restart)
        if not others and not restart and known is None:
            others = self._items()
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            reason = f"it holds {others[0]}{more}, which no export of everything has written."
            raise ExportRefused(self.folder, reason, remedy="force-or-rename")
        self.check_unfinished(known, force=False)

    def make_folder(self) -> bool:
        """Make the folder, if it isn't there; return whether it was made.

        Raises:
            ExportFailed: it can't be made.
        """
        try:
            self.folder.mkdir()
        except FileExistsError:
            return False
        except OSError as error:
            raise failure(self.folder, error) from None
        return True

    # --- placing ----------------------------------------------------------------------------

    def is_placed(self, known: Manifest | None) -> bool:
        """Whether the database was made and has got its name."""
        if known is None or self.file is None or not self.file.exists():
            return False
        return not self.database.exists() and self.file.stat().st_ino == known.placed

    def remove_parts(self) -> None:
        """Remove what a database was made of; what else was in its folder stays there.

        Raises:
            ExportFailed: it can't be removed.
        """
        manifests = self._manifests()
        try:
            # The manifest goes last: until then it says that the rest is litter.
            there = [path for path in self.folder.iterdir() if path not in manifests]
            for path in [*filter(_is_part, there), *manifests]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise failure(self.folder, error) from None
        self.remove_folder()

    def remove_parts_of(self, resource: str, format_: str) -> None:
        """Remove what an export in another format has begun of a resource.

        Raises:
            ExportFailed: it can't be removed.
        """
        for other in FORMATS:
            if other == format_ != self.format and resource in NAMES:
                file = self.folder / f"{resource}.{other}"
                try:
                    Target(file, other).remove_leftovers()
                except OSError as error:
                    raise failure(file, error) from None

    def has_items(self) -> bool:
        """Whether anything of a resource is written, as far as one may look."""
        try:
            return bool(self._items())
        except ExportFailed:
            return True

    def _items(self) -> list[str]:
        """The names of what is in the folder beside manifests, the lock and what is hidden."""
        kept = {LOCK, *(path.name for path in self._manifests())}
        return [name for name in self._names() if name[0] != "." and name not in kept]

    def _names(self) -> list[str]:
        """The names of what is in the folder.

        Raises:
            ExportFailed: it is gone, or may not be looked into.
        """
        try:
            return sorted(path.name for path in self.folder.iterdir())
        except OSError as error:
            raise failure(self.folder, error) from None

    def _manifests(self) -> list[Path]:
        """The manifests, and what a run that was killed while it saved one has left of it."""
        manifests = [self.folder / manifest.NAME, manifest.part_of(self.folder)]
        return [*map(unfinished, manifests), *manifests]

    def remove_manifest(self) -> None:
        """Leave no manifest behind of a run that got nothing."""
        for path in self._manifests():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def remove_folder(self) -> None:
        """Remove the folder if nothing is in it."""
        with suppress(OSError):
            self.folder.rmdir()


def _is_part(path: Path) -> bool:
    """Whether a file is one of those that a database is made of."""
    return path.name[0] != "." and bool(_OURS.fullmatch(path.name)) and not path.is_dir()


def _is_database(given: str, format_: str | None) -> bool:
    """Whether a path names a database; refuses one that names another single file.

    Raises:
        InvalidParameter: it does, or contradicts the format.
    """
    ended: Format | None = None
    with suppress(InvalidParameter):
        ended = format_of(given)
    if ended not in (None, "sqlite"):
        message = (
            f"{Path(given).name!r} names one file, and there is one for each resource: name a "
            "folder, such as 'account/', or a database, such as 'account.sqlite'."
        )
        raise InvalidParameter(message)
    return format_of(given, format_) == "sqlite" if ended else format_ == "sqlite"
