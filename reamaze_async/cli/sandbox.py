"""`reamaze sandbox`: a made-up account, served until a signal comes."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from reamaze_async.sandbox import Limit, Sandbox
from reamaze_async.wire.environment import ENVIRONMENT

from .display import say
from .errors import Failure, Misuse
from .login import SANDBOX
from .signals import Stopped, run


def serve(*, port: int, **world: Any) -> None:
    """Print where it is and what it takes, and serve; a signal is the proper end.

    Args:
        port: where to listen; 0: anywhere.
        **world: the command's other options.

    Raises:
        Failure: the port can't be used.
        Misuse: there can't be such a world.
    """
    try:
        sandbox = _made(port=port, **world)
    except ValueError as error:
        message = f"--{error}."
        raise Misuse(message) from None
    try:
        run(lambda: _serving(sandbox, port))
    except (Stopped, KeyboardInterrupt):
        if _is_watched():
            say("")  # The terminal has echoed ^C, and left its cursor behind that.


def _made(
    *,
    port: int,
    conversations: int,
    contacts: int | None,
    requests_per_minute: int,
    latency_ms: int,
    churn: float,
    faults: float,
    deny: tuple[str, ...],
    seed: int,
) -> Sandbox:
    return Sandbox(
        conversations,
        contacts=contacts,
        deny=deny,
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


async def _serving(sandbox: Sandbox, port: int) -> None:
    try:
        await sandbox.start()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"Port {port} can't be used ({reason}): give another, or --port 0 for a free one."
        raise Failure(message) from None
    try:
        _tell(sandbox)
        await asyncio.Event().wait()
    finally:
        await sandbox.close()


def _tell(sandbox: Sandbox) -> None:
    facts = {
        "base_url": sandbox.base_url,
        "brand": sandbox.brand,
        "email": sandbox.email,
        "token": sandbox.token,
    }
    for name, value in facts.items():
        click.echo(f"{ENVIRONMENT[name]}={value}")
    if _is_watched():
        say(
            f"Serving {len(sandbox.world):,} conversations until Ctrl-C. "
            "In another terminal:\nreamaze export conversations "
            f"--base-url {sandbox.base_url} -o conversations.ndjson"
        )


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
