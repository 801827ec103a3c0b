"""The checkpoint: whose part file it is, and where to go on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from .errors import ExportRefused
from .paging import Place
from .sinks.part import failure

VERSION = 1
"""Of what a checkpoint says; another one is refused."""


class Checkpoint(msgspec.Struct, kw_only=True):
    """What is kept beside a part file.

    Attributes:
        listing: what is exported: `Listing.identity`.
        format: of the finished file.
        version: of the checkpoint itself.
        place: where the listing stood.
    """

    listing: dict[str, Any]
    format: str
    version: int = VERSION
    place: Place = Place()

    def save(self, path: Path) -> None:
        """Replace the checkpoint at `path`, whole or not at all.

        Raises:
            ExportFailed: it can't be written.
        """
        new = path.with_name(path.name + ".new")
        try:
            with new.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            raise failure(path, error) from None


def load(path: Path) -> Checkpoint | None:
    """The checkpoint at `path`; None if there is none.

    Raises:
        ExportRefused: it can't be read.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checkpoint)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExportRefused(path, f"it can't be read ({error}). {START_OVER}") from None


START_OVER = "Delete it and the part file to start over."
