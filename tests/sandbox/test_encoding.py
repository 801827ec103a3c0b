"""Values to bytes."""

import json

from reamaze_async.sandbox.encoding import encode


def test_encoding_is_that_of_rails():
    """UTF-8 as it is; `<`, `>`, `&` escaped; the same value when read."""
    value = {"a": "<b>&amp;ü🙏\u2028"}
    assert encode(value) == rb'{"a":"\u003cb\u003e\u0026amp;' + "ü🙏\u2028".encode() + b'"}'
    assert json.loads(encode(value)) == value
