"""What an export keeps beside its files, as JSON: saved whole or not at all, and of one version."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from reamaze_async.errors import ExportRefused
from reamaze_async.files.disk import failure
from reamaze_async.files.placing import write_whole
from reamaze_async.wire.parts import MALFORMED

State = TypeVar("State", bound=msgspec.Struct)


def save(state: msgspec.Struct, path: Path) -> None:
    """Replace what is at `path`.

    Raises:
        ExportFailed: it can't be written.
    """
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(state)) + b"\n")
    except OSError as error:
        raise failure(path, error) from None


class _Versioned(msgspec.Struct):
    version: int


def load(path: Path, kind: type[State], version: int) -> State | None:
    """What was saved at `path`; None if nothing was.

    Raises:
        ExportRefused: it can't be read, or is of another version.
    """
    try:
        text = path.read_bytes()
        found = msgspec.json.decode(text, type=_Versioned).version
        if found == version:
            return msgspec.json.decode(text, type=kind)
        reason = f"it is of version {found}, and this is version {version}."
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failure(path, error) from None
    except MALFORMED as error:
        reason = f"it can't be read ({error})."
    raise ExportRefused(path, reason, remedy="start-over")
