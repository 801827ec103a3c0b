"""Values to bytes, as the API writes them."""

import json

JSON = dict[str, object]


def encode(value: object) -> bytes:
    """JSON as Rails writes it: UTF-8, no spaces, and `<`, `>`, `&` escaped (guess)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in (("&", r"\u0026"), ("<", r"\u003c"), (">", r"\u003e")):
        text = text.replace(character, escaped)
    return text.encode()
