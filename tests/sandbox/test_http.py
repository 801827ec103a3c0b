"""Bytes to requests and answers to bytes."""

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.sandbox import Answer
from reamaze_async.sandbox.http import Incoming, ProtocolError, Reader, sent

STREAM = (
    b"GET /a%20b?c=d%26 HTTP/1.1\r\nHost: x\r\nACCEPT:  */*  \r\n\r\n"
    b"POST /p HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
    b"PUT /q HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
    b"GET /z HTTP/1.0\r\n\r\n"
)


def read(pieces):
    """All requests that come of these pieces."""
    reader, found = Reader(), []
    for piece in pieces:
        reader.feed(piece)
        while request := reader.next():
            found.append(request)
    return found


@given(st.lists(st.integers(0, len(STREAM)), max_size=8).map(sorted))
def test_any_cut_of_the_stream_is_the_same_requests(cuts):
    """Wherever the network cuts."""
    edges = [0, *cuts, len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [(r.method, r.path, r.query, r.body) for r in read(pieces)] == [
        ("GET", "/a b", "c=d%26", b""),
        ("POST", "/p", "", b"hello"),
        ("PUT", "/q", "", b"abc0123456789"),
        ("GET", "/z", "", b""),
    ]


def test_headers_are_lower_case_and_trimmed():
    """Whatever their case and white space were."""
    assert read([STREAM])[0].headers == {"host": "x", "accept": "*/*"}


@pytest.mark.parametrize(
    ("request_line", "header", "stays"),
    [("1.1", "", True), ("1.1", "Connection: Close\r\n", False), ("1.0", "", False)],
)
def test_keeping_the_connection(request_line, header, stays):
    """Kept, unless asked not to or HTTP/1.0."""
    head = f"GET / HTTP/{request_line}\r\n{header}\r\n".encode()
    assert read([head])[0].keep_alive is stays


@pytest.mark.parametrize(
    "nonsense",
    [
        b"hello\r\n\r\n",
        b"GET / SPDY/3\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        b"x" * 70_000,
    ],
)
def test_nonsense(nonsense):
    """Is refused, never waited upon."""
    with pytest.raises(ProtocolError):
        read([nonsense])


def get(**headers):
    """A request as it came."""
    return Incoming("GET", "/", headers, b"", keep_alive=True)


def test_answer_in_bytes():
    """Status, date, length, id, what the answer brings, and the body."""
    whole = sent(get(), Answer(418, b"tea", {"X-Pot": "1"}), 0.9, 7)
    assert whole.head.split(b"\r\n")[:4] == [
        b"HTTP/1.1 418 I'm a Teapot",
        b"Date: Thu, 01 Jan 1970 00:00:00 GMT",
        b"Content-Length: 3",
        b"X-Request-Id: sandbox-7",
    ]
    assert whole.head.endswith(b"\r\nX-Pot: 1\r\n\r\n")
    assert whole.body == b"tea"


def test_gzip_only_where_it_is_worth_it():
    """Asked for, long enough, and not coded already."""
    asks = get(**{"accept-encoding": "gzip, br"})
    long, coded = Answer(200, b"x" * 5000), Answer(200, b"x" * 5000, {"Content-Encoding": "br"})
    assert gzip.decompress(sent(asks, long, 0, 1).body) == long.body
    assert sent(get(), long, 0, 1).body == long.body
    assert sent(asks, coded, 0, 1).body == coded.body
    assert sent(asks, Answer(200, b"short"), 0, 1).body == b"short"
