"""`reamaze export all`: everything to a folder or a database."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from reamaze_async.attachments.download import INDEX
from reamaze_async.errors import APIError, ExportRefused
from reamaze_async.exporting.account import export_all
from reamaze_async.exporting.account_stats import AccountStats, AccountSummary
from reamaze_async.exporting.account_target import AccountTarget
from reamaze_async.exporting.manifest import ResourceEntry, load
from reamaze_async.exporting.part_file import lines_in
from reamaze_async.exporting.target import part_of
from reamaze_async.http.requester import COUNTED
from reamaze_async.resources import words_of
from reamaze_async.session import ReamazeSession

from .arguments import AccountArguments
from .progress import Moment
from .run import Run, moment_of
from .summary import describe_account


class ExportAll(Run):
    """One run of an export of everything."""

    _arguments: AccountArguments
    _summary: AccountSummary | None

    def __init__(self, arguments: AccountArguments) -> None:
        super().__init__(arguments)
        self._stats = AccountStats()

    async def _do(self, session: ReamazeSession) -> AccountSummary:
        arguments = self._arguments
        return await export_all(
            session,
            arguments.output,
            only=arguments.only,
            leave_out=arguments.leave_out or (),
            drift=arguments.drift,
            format=arguments.format,
            force=arguments.force,
            restart=arguments.restart,
            progress=self._meet,
            allow_incomplete=arguments.allow_incomplete,
            attachments=arguments.attachments,
            max_attachment=arguments.max_attachment,
        )

    def _meet(self, stats: AccountStats) -> None:
        self._stats = stats

    def _moment(self) -> Moment:
        stats = self._stats
        part = ""
        if stats.resource:
            place = f"{stats.resources.index(stats.resource) + 1} of {len(stats.resources)}"
            part = f"{words_of(stats.resource)} ({place})"
        elif files := stats.attachments:
            part = f"attachments ({files.whole:,} fetched)"
        return moment_of(stats, earlier=stats.earlier, part=part, passes=self._arguments.passes)

    @property
    def _left_out(self) -> Sequence[str]:
        return self._arguments.leave_out or ()

    # --- the last word ----------------------------------------------------------------------

    def _result(self) -> str:
        assert self._summary
        return describe_account(self._summary)

    def _lack(self) -> str:
        assert self._summary
        allowed = ("incomplete",) if self._arguments.allow_incomplete else ()
        left = {
            name: entry
            for name, entry in self._summary.resources.items()
            if not entry.is_good and entry.state not in allowed
        }
        if not left:
            return self._lack_of_files()
        names = _as_options(*self._left_out, *left)
        reasons = "; ".join(
            f"{words_of(name)}: {(entry.reason or '').removesuffix('.')}"
            for name, entry in left.items()
        )
        lacks_some = any(entry.state == "incomplete" for entry in left.values())
        taken = "take what there is by --allow-incomplete, " if lacks_some else ""
        return (
            f"{reasons}. The rest is whole. Run the same command again to go on, {taken}or do "
            f"without by --leave-out {names}: {self._arguments.command} --leave-out "
            f"{shlex.quote(names)}"
        )

    def _sentence(self, error: Exception) -> str:
        told, failing = super()._sentence(error), self._stats.failing
        has_answer = isinstance(error.__cause__ or error, APIError)
        if len(failing) < 2 or not has_answer:  # A lost network is no matter of resources.
            return told
        names = _as_options(*self._left_out, *failing)
        return (
            f"{told} It is the second resource in a row to fail; --leave-out {names} does without."
        )

    def _lack_of_files(self) -> str:
        """What is said of attachments that could not be fetched."""
        assert self._summary
        fetched = self._summary.attachments
        if not fetched or fetched["state"] == "whole" or self._arguments.allow_incomplete:
            return ""
        return (
            f"attachments: {fetched['reason']}; {fetched['folder']}/{INDEX} tells why. The rest is "
            f"whole. Run the same command again to try those: {self._arguments.command}"
        )

    def _safe_items(self) -> tuple[int, Path | None]:
        target = AccountTarget(self._arguments.output, self._arguments.format)
        with suppress(ExportRefused):
            known = load(target.folder)
            resources = known.resources if known else {}
            found = [_safe(target.path_of(it), resources.get(it)) for it in self._arguments.names]
            return sum(found), target.folder
        return 0, None

    def _numbers(self) -> dict[str, Any]:
        stats = self._stats
        return {
            "path": self._arguments.output,
            "items": stats.earlier + stats.items,
            **{name: getattr(stats, name) for name in (*COUNTED, "pages", "total_count")},
        }


def _as_options(*names: str) -> str:
    return ",".join(name.replace("_", "-") for name in names)


def _safe(path: Path, entry: ResourceEntry | None) -> int:
    """How many items of a resource are written, in its file or its part file."""
    part = part_of(path)
    if part.is_file():
        return lines_in(part)
    return entry.items if entry and path.is_file() else 0
