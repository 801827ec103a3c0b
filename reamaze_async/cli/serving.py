"""`reamaze sandbox`: a made-up account, served until a signal comes."""

from __future__ import annotations

import asyncio
import sys

import click

from reamaze_async.sandbox import Limit, Sandbox
from reamaze_async.session import ENVIRONMENT

from .failures import Failure
from .login import SANDBOX
from .running import Stopped, run


def serve(
    *,
    port: int,
    conversations: int,
    requests_per_minute: int,
    latency_ms: int,
    churn: float,
    faults: float,
    seed: int,
) -> None:
    """Print where it is and what it takes, and serve; a signal is the proper end.

    Raises:
        Failure: the port can't be had.
    """
    sandbox = Sandbox(
        conversations,
        seed=seed,
        limit=Limit(requests_per_minute) if requests_per_minute else None,
        latency=latency_ms / 1000,
        churn=churn / 100,
        faults=faults / 100,
        port=port,
        brand=SANDBOX.brand,
        email=SANDBOX.email,
        token=SANDBOX.token.reveal(),
        remember=0,
    )

    async def work() -> None:
        async with sandbox:
            _introduce(sandbox)
            await asyncio.Event().wait()

    try:
        run(work)
    except Stopped:
        if sys.stderr.isatty():
            click.echo(err=True)  # The terminal has echoed ^C, and left its cursor behind that.
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"Port {port} can't be had ({reason}): give another, or --port 0 for a free one."
        raise Failure(message) from None


def _introduce(sandbox: Sandbox) -> None:
    facts = {
        "base_url": sandbox.base_url,
        "brand": sandbox.brand,
        "email": sandbox.email,
        "token": sandbox.token,
    }
    for name, value in facts.items():
        click.echo(f"{ENVIRONMENT[name]}={value}")
    sys.stdout.flush()
    if sys.stderr.isatty():
        click.echo(
            f"Serving {len(sandbox.world):,} conversations until Ctrl-C. In another terminal:\n"
            f"reamaze export conversations --base-url {sandbox.base_url} -o conversations.ndjson",
            err=True,
        )
