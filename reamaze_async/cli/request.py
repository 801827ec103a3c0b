"""`reamaze get` and `reamaze request`: one answer on standard output, as it came."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from reamaze_async.resources import endpoint_of, words_of
from reamaze_async.wire import parameters
from reamaze_async.wire.request import METHODS

from .arguments import source_among
from .display import say
from .errors import Misuse, check_output
from .verbose import log_to


def get(given: Mapping[str, Any]) -> None:
    """Print one item.

    Args:
        given: the command's options, by name.

    Raises:
        InvalidParameter, Misuse: it was asked wrongly.
        Failure: no answer came.
    """
    endpoint = endpoint_of(given["resource"])
    getter = endpoint.getter
    if getter is None:
        message = (
            f"Single {words_of(endpoint.name)} can't be read through the API: "
            f"`reamaze export {endpoint.name.replace('_', '-')} -o -` prints them all."
        )
        raise Misuse(message)
    asked = {row.name: given[row.name] for row in getter.parameters}
    query = dict(parameters.query(getter.parameters, asked))
    _ask(given, "GET", getter.path_of(given["key"]), query)


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
    check_output()
    source = source_among(given)

    async def work() -> None:
        with log_to(say, given["verbose"]):
            async with source.opened() as session:
                answer = await session.request(method, path, params=params, json=body)
        # A prompt begins on a line of its own; a file or a pipe gets what came and nothing more.
        is_open = sys.stdout.isatty() and answer and not answer.endswith(b"\n")
        sys.stdout.buffer.write(answer + b"\n" * bool(is_open))
        sys.stdout.buffer.flush()

    source.run(work)
