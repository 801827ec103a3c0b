"""`reamaze get` and `reamaze request`: one answer on standard output, as it came."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter, ReamazeError

from .arguments import source_among
from .display import say
from .errors import Failure, Misuse, in_options
from .signals import run
from .verbose import told

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def get(given: Mapping[str, Any]) -> None:
    """Print one item.

    Args:
        given: the command's options, by name.

    Raises:
        InvalidParameter, Misuse: it was asked wrongly.
        Failure: no answer could be had.
    """
    key = validation.text("key", given["key"])
    if key in (".", ".."):
        raise validation.invalid("key", key, "names no item: give its key.")
    _ask(given, "GET", f"/{given['resource']}/{quote(key, safe='')}")


def request(given: Mapping[str, Any]) -> None:
    """Print the answer of any endpoint; see `get`."""
    words = given["words"]
    if len(words) > 2:
        message = (
            "Give a method and a path, or a path alone for GET; options come before or behind."
        )
        raise Misuse(message)
    method, path = words if len(words) == 2 else ("GET", words[0])
    if method.upper() not in METHODS:
        message = f"{method!r} is no method: use one of {', '.join(METHODS)}."
        raise Misuse(message)
    _ask(given, method.upper(), path, given["param"], _body(given["json"]))


def _body(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(sys.stdin.read() if text == "-" else text)
    except (ValueError, RecursionError) as error:
        message = f"--json is no JSON: {error}."
        raise Misuse(message) from None


def _ask(
    given: Mapping[str, Any],
    method: str,
    path: str,
    params: Mapping[str, str] | None = None,
    body: Any = None,
) -> None:
    if sys.stdout is None:
        message = "Standard output is closed: there is nowhere to write to."
        raise Misuse(message)
    source = source_among(given)

    async def work() -> None:
        with told(say, given["verbose"]):
            async with source.opened() as session:
                answer = await session.request(method, path, params=params, json=body)
        end = b"" if answer.endswith(b"\n") or not answer else b"\n"
        sys.stdout.buffer.write(answer + end)
        sys.stdout.buffer.flush()

    try:
        run(work)
    except InvalidParameter:
        raise
    except ReamazeError as error:
        raise Failure(in_options(error) + source.hint(error)) from None
