"""Where requests go: brands and base URLs, and what is no safe origin."""

from typing import Any

import pytest

from reamaze_async import InvalidParameter
from reamaze_async.wire.origin import origin_from, origin_of

TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def refused(call: Any, *arguments: Any) -> str:
    """The message of a refusal."""
    with pytest.raises(InvalidParameter) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("brand", "origin"),
    [
        ("acme", "https://acme.reamaze.io"),
        (" Acme\n", "https://acme.reamaze.io"),
        ("acme-2", "https://acme-2.reamaze.io"),
        ("acme.reamaze.io", "https://acme.reamaze.io"),
        ("acme.reamaze.com", "https://acme.reamaze.com"),
        ("acme.reamaze.godaddy.com", "https://acme.reamaze.godaddy.com"),
        ("help.Acme.example", "https://help.acme.example"),
    ],
)
def test_brand_that_lives_elsewhere(brand: str, origin: str) -> None:
    """A subdomain lives at reamaze.io, a host at itself, always over https."""
    assert origin_of(brand) == origin


@pytest.mark.parametrize(
    "brand",
    [
        "https://acme.reamaze.io",
        "acme.reamaze.io/",
        "acme/api",
        "acme.reamaze.io:8080",
        "acme reamaze",
        "acme..io",
        ".acme",
        "-acme",
        "acme-.io",
        "acme?x=1",
        "acme#x",
        "acme\\x",
        "ácme",
        "a" * 64 + ".io",
    ],
)
def test_brand_that_is_no_host(brand: str) -> None:
    """A brand with a scheme, a port, a path or anything else that is no name is refused."""
    message = refused(origin_of, brand)
    assert message.startswith("brand='")
    assert "'acme' or a host such as 'acme.reamaze.io', without scheme" in message


def test_token_in_the_place_of_the_brand() -> None:
    """It isn't shown: the order is said."""
    message = refused(origin_of, TOKEN)
    assert TOKEN not in message
    assert "brand, email and token in this order" in message


@pytest.mark.parametrize("before", ["a@b.c:", "acme.", "https://acme.reamaze.io:", "x "])
def test_token_behind_something_else(before: str) -> None:
    """Whatever was pasted with it, a word that may be a token isn't shown."""
    token = "0123456789abcdef" * 4
    for refused in (origin_of, origin_from):
        with pytest.raises(InvalidParameter) as error:
            refused(before + token)
        assert token not in str(error.value)


@pytest.mark.parametrize("brand", ["", "  ", None, 5, b"acme", "ac\x00me"])
def test_brand_that_says_nothing(brand: Any) -> None:
    """A brand is a string that says something."""
    assert refused(origin_of, brand).startswith(f"brand={brand!r} ")


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://LOCALHOST:80", "http://localhost:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("HTTPS://Proxy.example:8443", "https://proxy.example:8443"),
        (" https://acme.reamaze.io ", "https://acme.reamaze.io"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_base_url_understood_wrongly(base_url: str, origin: str) -> None:
    """A base URL names an origin, with a port where one is given."""
    assert origin_from(base_url) == origin


NO_ORIGIN = "must be an origin such as 'https://acme.reamaze.io'."
TOO_MUCH = "must hold scheme, host and port only."


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("acme", NO_ORIGIN),
        ("acme.reamaze.io", NO_ORIGIN),
        ("acme.reamaze.io:443", NO_ORIGIN),
        ("ftp://acme.reamaze.io", NO_ORIGIN),
        ("https://", NO_ORIGIN),
        ("https:///path", NO_ORIGIN),
        ("https://acme reamaze", NO_ORIGIN),
        ("https://acme..io", NO_ORIGIN),
        ("https://127.0.0.1:99999", NO_ORIGIN),
        ("https://127.0.0.1:port", NO_ORIGIN),
        ("https://[::1", NO_ORIGIN),
        ("https://acme.reamaze.io/api/v1", TOO_MUCH),
        ("http://acme.reamaze.io", "would send the token in clear: use https://acme.reamaze.io."),
        ("http://127.0.0.1.example:80", "would send the token in clear: use https://127.0.0."),
        ("http://0.0.0.0", "would send the token in clear"),
        ("http://10.0.0.1", "would send the token in clear"),
        ("http://localhost.example", "would send the token in clear"),
        ("http://evil.localhost", "would send the token in clear"),
        ("", "is empty"),
        (None, "must be a string."),
        (b"https://acme.reamaze.io", "must be a string."),
    ],
)
def test_base_url_that_is_no_safe_origin(base_url: Any, why: str) -> None:
    """A base URL that is no origin, or would send the token in clear, is refused by name."""
    assert refused(origin_from, base_url).startswith(f"base_url={base_url!r} {why}")


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{TOKEN}@acme.reamaze.io",
        f"https://me:a/{TOKEN}@acme.reamaze.io",
        f"https://{TOKEN}@acme.reamaze.io/path",
        f"http://me:{TOKEN}@acme.reamaze.io",
        f"me:{TOKEN}@acme.reamaze.io",
        f"https://acme.reamaze.io?token={TOKEN}",
        f"https://acme.reamaze.io#{TOKEN}",
    ],
)
@pytest.mark.parametrize("read", [origin_of, origin_from])
def test_refusal_that_shows_a_password(read: Any, url: str) -> None:
    """User info and queries are refused without being repeated: they may hold the token."""
    message = refused(read, url)
    assert TOKEN not in message
    assert "acme.reamaze.io" in message
