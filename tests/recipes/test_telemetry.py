"""The recipe for telemetry."""

import pytest

from reamaze_async import NotFound
from reamaze_async.sandbox import Fault

trace = pytest.importorskip("opentelemetry.trace", reason="needs: pip install --group recipes")
sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="needs: pip install --group recipes")
pytest.importorskip(
    "opentelemetry.instrumentation.aiohttp_client", reason="needs: pip install --group recipes"
)
pytest.importorskip("prometheus_client", reason="needs: pip install --group recipes")

from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402 - if it is installed
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (  # noqa: E402 - likewise
    InMemorySpanExporter,
)
from prometheus_client import REGISTRY  # noqa: E402 - likewise

EMAIL = "ana@example.com"


@pytest.fixture(scope="module")
def exporter():
    """Where spans go."""
    exporter = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def here(sandbox, monkeypatch):
    """The environment of who asks."""
    for name in ("brand", "email", "base_url"):
        monkeypatch.setenv(f"REAMAZE_{name.upper()}", getattr(sandbox, name))
    monkeypatch.setenv("REAMAZE_API_TOKEN", sandbox.token)


def counted(outcome):
    """What Prometheus is told."""
    return REGISTRY.get_sample_value("reamaze_requests_total", {"outcome": outcome}) or 0


async def test_spans_outside_of_the_trace(exporter, here, sandbox):
    """Each request is a span below that of whoever asked, pages in the background included."""
    from telemetry import observed_session

    before = counted("200")
    async with observed_session() as session:
        exporter.clear()
        with trace.get_tracer("test").start_as_current_span("ours") as ours:
            assert len([c async for c in session.conversations.list(filter="all")]) == 500
    spans = [span for span in exporter.get_finished_spans() if span.name == "GET"]
    assert len(spans) == len(sandbox.requests) == 17
    assert {span.parent.span_id for span in spans} == {ours.get_span_context().span_id}
    assert counted("200") == before + 17


async def test_secrets_in_telemetry(exporter, here, sandbox):
    """No span holds the token, nor what was asked for."""
    from telemetry import observed_session

    exporter.clear()
    sandbox.script = {(1, 1): Fault.CLOSE}
    async with observed_session() as session:
        await session.conversations.count(for_=EMAIL)
        with pytest.raises(NotFound):
            await session.conversations.get("nowhere")
    spans = exporter.get_finished_spans()
    assert len(spans) == 3
    told = "".join(span.to_json() for span in spans)
    assert "/api/v1/conversations" in told
    for secret in (sandbox.token, "Basic ", "ana", EMAIL.partition("@")[2]):
        assert secret not in told


async def test_errors_that_nobody_counts(exporter, here, sandbox):
    """A request that gets no answer counts as well, and an error by its status."""
    from telemetry import observed_session

    before = counted("no answer"), counted("404")
    sandbox.script = {(1, 1): Fault.CLOSE}
    async with observed_session() as session:
        await session.conversations.count()
        with pytest.raises(NotFound):
            await session.conversations.get("nowhere")
    after = counted("no answer"), counted("404")
    assert after == (before[0] + 1, before[1] + 1)
    assert REGISTRY.get_sample_value("reamaze_paused_seconds") == 0
