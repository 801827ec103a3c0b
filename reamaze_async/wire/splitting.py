"""Splitting: the items of a page that isn't JSON as a whole, because one of them isn't.

Strings and brackets are followed, and nothing else is looked at: a NaN, a raw control character,
bad UTF-8 or a value nested too deep stays inside its item, as long as quotes and brackets close.
"""

from __future__ import annotations

import re

LARGEST = 8 * 2**20
"""Bytes of a page that is split at most: a few seconds' work."""

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)


def split_page(body: bytes, name: str) -> tuple[bytes, list[bytes]] | None:
    """The envelope with an empty list in it, and the items of the list, each as it came.

    Args:
        body: the page.
        name: the key of the list.

    Returns:
        None if the list, or the envelope around it, isn't there or doesn't close.
    """
    if len(body) > LARGEST:
        return None
    opening = re.search(rb'"%b"\s*:\s*\[' % re.escape(name.encode()), body)
    if opening is None:
        return None
    items, start, depth = [], opening.end(), 0
    for token in _TOKENS.finditer(body, start):
        mark = token[0]
        if mark in b"[{":
            depth += 1
        elif mark == b"," and not depth:
            items.append(body[start : token.start()].strip())
            start = token.end()
        elif mark in b"]}":
            depth -= 1
            if depth < 0:
                last = body[start : token.start()].strip()
                items += [last] if last else []
                return body[: opening.end()] + body[token.start() :], items
    return None
