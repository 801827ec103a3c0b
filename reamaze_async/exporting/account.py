"""Exports of everything: each resource to its file, a manifest of all, or one database of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import get_args

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter
from reamaze_async.paging.plan import Drift
from reamaze_async.resources import NAMES
from reamaze_async.session import ReamazeSession

from .account_attachments import check_attachments
from .account_run import AccountProgress, AccountRun
from .account_stats import AccountSummary
from .account_target import AccountTarget

ORDER = (
    "channels",
    "articles",
    "response_templates",
    "staff",
    "incidents",
    "systems",
    "contacts",
    "satisfaction_ratings",
    "messages",
    "conversations",
)
"""Small resources first; conversations last, so that every message finds its own."""


async def export_all(
    session: ReamazeSession,
    path: str | os.PathLike[str],
    *,
    only: Iterable[str] | None = None,
    leave_out: Iterable[str] = (),
    drift: Drift = "repair",
    attachments: bool = False,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    restart: bool = False,
    progress: AccountProgress | None = None,
    allow_incomplete: bool = False,
    max_attachment: float = 100,
) -> AccountSummary:
    """Export everything that an account holds, going on with an earlier run of the same export.

    Args:
        session: on the account.
        path: a folder, for a file of each resource and `manifest.json`; or a file that ends in
            `.sqlite`, `.sqlite3` or `.db`, for one database, which appears when it is complete.
        only: the names of the resources that are wanted. Default: all.
        leave_out: the names of those that aren't.
        drift: as for `conversations.list`.
        attachments: also fetch the files that came with messages, into `attachments/`, or into
            `FILE-attachments/` beside a database; see `download_attachments`.
        format: of the files in a folder. Default: NDJSON.
        force: replace what is there: a whole export, or a folder with other files in it.
        restart: forget an earlier run.
        progress: called with the live numbers after each page.
        allow_incomplete: place what may lack something, too; the manifest tells what.
        max_attachment: the largest attachment, in MiB; larger ones are refused.

    Returns:
        What was done. It may not be complete: a resource that is refused (403), incomplete, or
        can't be fetched doesn't keep the others from being exported.

    Raises:
        InvalidParameter: no such resource or format.
        ExportRefused: it can't be exported there.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: conversations are refused, or two resources in a row can't be fetched.
    """
    names = chosen(only, leave_out)
    validation.choice("drift", drift, get_args(Drift))
    validation.mebibytes("max_attachment", max_attachment)
    target = AccountTarget(path, format)
    if attachments:
        check_attachments(target, names)
    run = AccountRun(session, target, names, drift)
    run.force, run.progress, run.allow_incomplete = force, progress, allow_incomplete
    run.max_attachment = max_attachment if attachments else None
    return await run.run(restart=restart)


def chosen(only: Iterable[str] | None, leave_out: Iterable[str] | None) -> list[str]:
    """The resources that are wanted, in the order in which they are read.

    Raises:
        InvalidParameter: there is no such resource, or none is left.
    """
    wanted = set(NAMES) if only is None else set(_known("only", only))
    wanted -= set(_known("leave_out", () if leave_out is None else leave_out))
    if not wanted:
        message = "nothing is left to export: name fewer in leave_out, or others in only."
        raise InvalidParameter(message)
    return [name for name in ORDER if name in wanted]


def _known(argument: str, names: Iterable[str]) -> Iterator[str]:
    if not isinstance(names, Iterable):
        raise validation.invalid(argument, names, "must be names of resources.")
    for name in [names] if isinstance(names, str) else names:
        known = name.replace("-", "_") if isinstance(name, str) else None
        if known not in NAMES:
            raise validation.invalid(argument, name, f"is none: use some of {', '.join(NAMES)}.")
        yield known
