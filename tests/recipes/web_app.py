"""A web app on FastAPI: conversations as they come, and how many there are.

Run it by `uvicorn web_app:app --timeout-graceful-shutdown 5`, with `REAMAZE_BRAND`, `REAMAZE_EMAIL`
and `REAMAZE_API_TOKEN_FILE` in the environment.
"""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from reamaze_async import InvalidParameter, ReamazeError, ReamazeSession

PATIENCE = 5.0
"""Seconds that a person waits at most for the first answer."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """One session for the whole app: one limiter, one pool of connections."""
    async with ReamazeSession.from_env() as session:
        yield {"session": session}


app = FastAPI(lifespan=lifespan)


def open_session(request: Request) -> ReamazeSession:
    return request.state.session


Session = Annotated[ReamazeSession, Depends(open_session)]
Filter = Literal["all", "open", "unassigned", "archived"]
Rows = AsyncGenerator[bytes, None]


@app.exception_handler(ReamazeError)
async def upstream_failed(request: Request, error: ReamazeError) -> JSONResponse:
    status = 422 if isinstance(error, InvalidParameter) else 502
    return JSONResponse({"detail": str(error)}, status)


async def soon(session: ReamazeSession, answer: Awaitable[Any]) -> Any:
    """Wait for an answer, but not through a long pause for Re:amaze's limit."""
    try:
        async with asyncio.timeout(PATIENCE) as patience:
            return await answer
    except TimeoutError:
        if not patience.expired():
            raise  # Not our patience: no answer came in time, after all attempts.
        wait = math.ceil(session.limiter.state.paused_for or PATIENCE)
        detail = f"Re:amaze lets no more requests in for now: try again in {wait} s."
        raise HTTPException(503, detail, {"Retry-After": str(wait)}) from None


@app.get("/conversations/count")
async def count(session: Session, filter: Filter = "all") -> dict[str, int]:
    return {"count": await soon(session, session.conversations.count(filter=filter))}


class Lines(StreamingResponse):
    """Rows as NDJSON: the reading of them ends with the answer, however that ends."""

    def __init__(self, first: bytes | None, rows: Rows) -> None:
        super().__init__(lines(first, rows), media_type="application/x-ndjson")
        self.rows = rows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A client that leaves while a row is sent ends the sending, not the generator of the rows.
        async with aclosing(self.rows):
            await super().__call__(scope, receive, send)


async def lines(first: bytes | None, rows: Rows) -> AsyncIterator[bytes]:
    number = 0
    end: dict[str, Any] = {"complete": True}
    try:
        if first is not None:
            yield first + b"\n"
            number = 1
        async for row in rows:
            yield row + b"\n"
            number += 1
    except ReamazeError as error:
        end = {"complete": False, "detail": str(error)}
    # The last line says whether it is the whole: an answer without it was cut off.
    yield json.dumps({"end": {**end, "conversations": number}}).encode() + b"\n"


@app.get("/conversations")
async def conversations(session: Session, filter: Filter = "all") -> StreamingResponse:
    rows = session.conversations.list(filter=filter).raw()
    try:  # The first one comes before the answer begins, while there is still a status to set.
        first = await soon(session, anext(rows, None))
    except BaseException:
        await rows.aclose()
        raise
    return Lines(first, rows)
