"""What processes tell each other: what is written is read, by whatever client."""

import pytest

from reamaze_async.redis.facts import Began, Ended, Held, Lost, decode, encode, reply_of, script

FACTS = [
    Began("a:1", "a", "GET /conversations/*", 1.5),
    Ended("a:1", 429, sent=True, retry_after=30.0, date=1.7e9),
    Ended("a:1", None, sent=False, retry_after=None, date=None),
]


@pytest.mark.parametrize("fact", FACTS, ids=repr)
def test_fact_that_is_read_otherwise(fact):
    """A fact of the log is read as it was written, with the server's time."""
    assert decode(f"1700000000123456 {encode(fact)}") == (1700000000.123456, fact)


def test_fact_of_the_script_that_cannot_be_read():
    """What the script itself writes is read as well."""
    assert decode('7000000 ["lost","a:1"]') == (7.0, Lost("a:1"))
    assert decode('7000000 ["held",1700000000123456]') == (7.0, Held(1700000000123456))
    assert '["lost","' in script()
    assert '["held",' in script()


def test_reply_that_a_client_has_decoded():
    """Bytes and text are one."""
    raw = [b"5000000", b"life", 1, 0, 3, 2, 1, b"40/2.0", [b"a:1"], [b"4 x"], [b"3 y"]]
    text = [part.decode() if isinstance(part, bytes) else part for part in raw[:8]]
    assert reply_of(raw) == reply_of([*text, ["a:1"], ["4 x"], ["3 y"]])
    assert reply_of(raw).now == 5.0
