"""Splitting a page into its items' own bytes, without decoding them.

`split_alike` is fast and takes pages as servers write them: compact, each item beginning with the
same key, the list last. It only guesses where the list is and where items end. Whoever then decodes
each of them, and the envelope, has the proof: if all are JSON, and the envelope's list holds the
stand-in, the page is JSON, and has exactly these items.

`split_page` takes a page that isn't JSON as a whole, because one item isn't. It follows strings and
brackets, and looks at nothing else: a NaN, a raw control character, bad UTF-8 or a value nested too
deep stays inside its item, as long as quotes and brackets close.
"""

from __future__ import annotations

import re

LARGEST = 8 * 2**20
"""Bytes of a page that is split at most: a few seconds' work."""

STAND_IN = b"0"
"""Stands for the items of a list, to show that they were cut out of that list and no other."""

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)


def split_alike(body: bytes, name: str) -> tuple[bytes, list[bytes]] | None:
    """The envelope with `STAND_IN` for all items of its list, and what these seem to be.

    Args:
        body: the page.
        name: the key of the list.

    Returns:
        None if the list is empty, or nothing like it is there.
    """
    key = b'"%b":[' % name.encode()
    start, end = body.find(key + b'{"') + len(key), body.rfind(b"}]") + 1
    if not len(key) <= start < end:
        return None
    # No text holds a bare quote: an object begins wherever this is found.
    opening = body[start : body.find(b'"', start + 2) + 1]
    parts = body.split(b"}," + opening)
    parts[-1] = parts[-1][: end - 1 - len(body)]
    parts[0] = parts[0][start + len(opening) :]
    items = [b"".join((opening, part, b"}")) for part in parts]
    return body[:start] + STAND_IN + body[end:], items


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
