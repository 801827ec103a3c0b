"""Writes: sent once, and an error says whether it may have happened all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reamaze_async.errors import (
    APIError,
    ConnectionFailed,
    InvalidParameter,
    ReamazeError,
    SessionUnusable,
)
from reamaze_async.http.client import Client, ClosedMeanwhile
from reamaze_async.http.slots import NoTurn
from reamaze_async.remedies import REMEDIES, Remedy
from reamaze_async.wire.request import Request

Result = TypeVar("Result")


async def send(
    client: Client,
    request: Request,
    decode: Callable[[Request, bytes], Result],
    origin_id: Any = None,
) -> Result:
    """Send a write, once unless it certainly did not happen, and decode the good response.

    Args:
        client: what it goes through.
        request: what is written.
        decode: reads the response.
        origin_id: what to look for where it may have happened, if the caller gave one.

    Raises:
        ReamazeError: no good response came; if it may have happened, the error says so.
    """
    try:
        return await client.ask(request, decode)
    except ReamazeError as error:
        if may_have_happened(error):
            warn(error, origin_id)
        raise


def may_have_happened(error: ReamazeError) -> bool:
    """Whether a write that ended so may have been done."""
    if isinstance(error, APIError):
        return error.status == 408 or not 400 <= error.status < 500
    if isinstance(error, ConnectionFailed):
        return error.sent
    if isinstance(error, SessionUnusable):
        return isinstance(error, ClosedMeanwhile)
    return not isinstance(error, InvalidParameter | NoTurn)


def warn(error: ReamazeError, origin_id: Any = None) -> None:
    """Let an error say that the write may have happened, and what to look for."""
    is_known = isinstance(origin_id, str | int)
    remedy: Remedy = "look-for-origin" if is_known else "look-first"
    vars(error)["origin_id"] = origin_id if is_known else None
    if error.remedy is None:
        error.args = (f"{error} {REMEDIES[remedy].format(origin_id=repr(origin_id))}",)
    else:
        error.remedy = remedy
        error.args = (error.sentence(),)
