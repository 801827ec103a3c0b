"""What tests of writes look at: the last request, to the letter."""

import json
from typing import Any

from reamaze_async.sandbox import Sandbox


def written(sandbox: Sandbox) -> tuple[str, str, Any]:
    """Method, path and body of the last request, and its query if it has one."""
    request = sandbox.requests[-1]
    path = request.path.removeprefix("/api/v1")
    target = f"{path}?{request.query}" if request.query else path
    body = request.incoming.body
    return request.method, target, json.loads(body) if body else None


def asked(sandbox: Sandbox) -> dict[str, str]:
    """The query of the last request, without the page."""
    return {name: it for name, it in sandbox.requests[-1].params.items() if name != "page"}
