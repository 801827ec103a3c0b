"""The files that came with the messages of an account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from reamaze_async.attachments.download import AttachmentsSummary, download_attachments
from reamaze_async.attachments.refs import attachments_in
from reamaze_async.errors import ExportRefused, InvalidParameter
from reamaze_async.files.paths import looked_at
from reamaze_async.formats.reading import READABLE, items_of
from reamaze_async.session import ReamazeSession

from .account_target import AccountTarget

COUNTS = ("whole", "bytes", "dead", "refused", "failed", "renewed")


def check_attachments(target: AccountTarget, names: Sequence[str]) -> None:
    """Refuse attachments where no messages tell of them, or where they have no place.

    Raises:
        InvalidParameter: messages are left out, or go to a format that lacks their own JSON.
        ExportRefused: something that is no folder stands in place of theirs.
    """
    if "messages" not in names:
        message = "attachments: messages tell of them, and are left out: export them too."
        raise InvalidParameter(message)
    if target.format not in READABLE:
        message = (
            f"attachments: a {target.format} file lacks what messages tell of them: use one of "
            f"{', '.join(READABLE)}, or a database."
        )
        raise InvalidParameter(message)
    folder = folder_of(target)
    with looked_at(folder):
        if folder.exists() and not folder.is_dir():
            raise ExportRefused(folder, "it is no folder: remove it, or export to another place.")


def folder_of(target: AccountTarget) -> Path:
    """The folder of the files: inside the account's, or beside its database."""
    if target.file is None:
        return target.folder / "attachments"
    return target.file.with_name(f"{target.file.name}-attachments")


async def fetch_attachments(
    session: ReamazeSession,
    target: AccountTarget,
    *,
    max_size: float,
    progress: Callable[[AttachmentsSummary], object],
) -> dict[str, Any]:
    """Fetch the attachments of the messages that were exported.

    Args:
        session: on the account.
        target: where the account goes.
        max_size: the largest file, in MiB.
        progress: called with the live numbers after each file.

    Returns:
        What the manifest says of them: `state`, which is `whole`, or `failed` if some could not be
        fetched and are tried again by the next run; `reason`; their `folder`, by its name; and how
        many are `whole` (`bytes` is their size), `dead`, `refused`, `failed`, `renewed`.

    Raises:
        ExportFailed, FileInUse: the folder can't be written to.
        SessionUnusable: the session was closed.
    """
    folder, messages = folder_of(target), target.path_of("messages")
    if not messages.exists():
        return {"state": "failed", "reason": "there are no messages", "folder": folder.name}
    with closing(items_of(messages, target.format)) as items:
        summary = await download_attachments(
            session, attachments_in(items), folder, max_size=max_size, progress=progress
        )
    files = "1 file" if summary.failed == 1 else f"{summary.failed} files"
    return {
        "state": "failed" if summary.failed else "whole",
        "reason": f"{files} could not be fetched" if summary.failed else None,
        "folder": folder.name,
        **{name: getattr(summary, name) for name in COUNTS},
    }
