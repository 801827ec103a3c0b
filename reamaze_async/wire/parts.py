"""JSON taken apart: an object's fields, each as its own bytes, and what decoders raise."""

from __future__ import annotations

import msgspec

Body = bytes | msgspec.Raw

MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoders raise."""

parts_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
"""The fields of an object by name; raises one of `MALFORMED`."""
