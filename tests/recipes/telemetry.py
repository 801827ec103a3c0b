"""Telemetry: one span for each request, in the trace of whoever asked, and numbers for Prometheus.

Neither holds the token, nor the query, in which there may be a customer's email.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from opentelemetry.instrumentation.aiohttp_client import create_trace_config
from prometheus_client import Counter, Gauge

from reamaze_async import ReamazeSession

REQUESTS = Counter("reamaze_requests", "Requests, by their status.", ["outcome"])
PAUSED = Gauge("reamaze_paused_seconds", "Until the next request may begin.")


def count(span: Any, ended: Any) -> None:
    response = getattr(ended, "response", None)
    REQUESTS.labels(response.status if response else "no answer").inc()


@asynccontextmanager
async def observed_session() -> AsyncIterator[ReamazeSession]:
    tracing = create_trace_config(
        url_filter=lambda url: str(url.with_query(None)), response_hook=count
    )
    async with (
        aiohttp.ClientSession(trace_configs=[tracing], trust_env=True) as http,
        ReamazeSession.from_env(http=http) as session,
    ):
        PAUSED.set_function(lambda: session.limiter.state.paused_for or 0.0)
        yield session
