"""Who asks: logins and tokens, and where a token must not be seen."""

import json
import logging
from base64 import b64decode
from pprint import pformat
from traceback import TracebackException
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from reamaze_async import InvalidParameter
from reamaze_async.wire.credentials import Credentials, Given, Secret

TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SPEAKABLE = st.text(st.characters(exclude_categories=["C", "Z", "M"])).filter(str.strip)


def refused(call: Any, *arguments: Any) -> str:
    """The message of a refusal."""
    with pytest.raises(InvalidParameter) as caught:
        call(*arguments)
    return str(caught.value)


def test_credentials_that_no_server_would_take():
    """The header is HTTP Basic of the email and the token, as UTF-8."""
    credentials = Credentials("me@acme.com", Secret("töken"))
    assert credentials.header() == "Basic " + "bWVAYWNtZS5jb206dMO2a2Vu"


@pytest.mark.parametrize("token", [f" {TOKEN}", f"{TOKEN}\n", f"\t{TOKEN}\r\n"])
def test_token_with_white_space_around_it(token: str) -> None:
    """White space around the token is stripped, such as a file's last line break."""
    header = Credentials(" me@acme.com ", Secret(token)).header()
    assert b64decode(header.removeprefix("Basic ")).decode() == f"me@acme.com:{TOKEN}"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "token is empty: give the API token (Settings > Developer > API Token)."),
        (" \n", "token is empty: give the API token (Settings > Developer > API Token)."),
        (f"{TOKEN}\n2", "token holds control characters: copy it again, without line breaks."),
        (f"{TOKEN}\x00", "token holds control characters: copy it again, without line breaks."),
        (None, "token must be a string, not NoneType."),
        (TOKEN.encode(), "token must be a string, not bytes."),
    ],
)
def test_token_that_cannot_be_one(token: Any, message: str) -> None:
    """A token that can't be one is refused, and not even a wrong one is repeated."""
    assert refused(Credentials, "me@acme.com", Secret(token)) == message


@pytest.mark.parametrize(
    ("place", "character"),
    [
        *((0, char) for char in "\ufeff\u200b\u2060"),
        *((3, char) for char in " \ud800\xa0\xad\u034f\u200d\u202e\u3164\ufe0f\u2028"),
        *((len(TOKEN), char) for char in "\u200b\u200e\ufeff"),
    ],
)
def test_character_that_nobody_sees(place: int, character: str) -> None:
    """Invisible characters and blanks inside a token are refused; which and where is told."""
    message = refused(Secret(TOKEN[:place] + character + TOKEN[place:]).check)
    assert message.startswith(f"token holds what nobody sees (U+{ord(character):04X}, ")
    assert f"character {place + 1})" in message
    assert TOKEN[:8] not in message


@pytest.mark.parametrize("quote", "\"'`")
def test_quotes_sent_along(quote: str) -> None:
    """The quotes of an env file are no part of the token."""
    message = refused(Secret(f"{quote}{TOKEN}{quote}").check)
    assert message == "token stands in quotes: give it without them."


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("", "email='' is empty: give it a value."),
        (None, "email must be a string, not NoneType."),
        (TOKEN.encode(), "email must be a string, not bytes."),
        ("me:x@acme.com", "email='me:...' holds a colon: give the login alone."),
        (f"me@acme.com:{TOKEN}", "email='me@acme.com:...' holds a colon: give the login alone."),
        (TOKEN, "email holds no '@': give brand, email and token in this order."),
        ("acme", "email holds no '@': give brand, email and token in this order."),
    ],
)
def test_email_that_cannot_be_a_login(email: Any, message: str) -> None:
    """An email that Basic authentication can't carry is refused, less what may be a token."""
    assert refused(Credentials, email, Secret(TOKEN)) == message


@pytest.mark.parametrize("show", [repr, str, format, "%s %r".__mod__, pformat, pretty_repr])
def test_token_that_prints(show: Any, caplog: pytest.LogCaptureFixture) -> None:
    """However a secret or credentials are shown, the token isn't."""
    secret = Secret(TOKEN)
    shown = [secret, Credentials("me@acme.com", secret), Secret(secret)]
    logging.getLogger("reamaze_async").warning("%s %r", shown, {"a": shown})
    text = "".join(show((thing, thing)) for thing in shown) + caplog.text
    assert "Secret(...)" in text
    assert TOKEN[:8] not in text


@pytest.mark.parametrize("between", [" ", "\t", "\n", "\r\n", "\x00", "\xa0", "\u2028", ":"])
def test_login_and_token_pasted_as_one(between: str) -> None:
    """Of an email with more behind it only the login is shown."""
    message = refused(Credentials, f"me@acme.com{between}{TOKEN}", Secret(TOKEN))
    assert message.startswith("email='me@acme.com")
    assert message.endswith("give the login alone.")
    assert TOKEN[:8] not in message


def test_what_was_given_in_the_frames_of_a_refusal() -> None:
    """Tools that show local variables with a traceback, or a context, find nothing given there."""

    def check(value: str) -> None:
        value.encode("ascii")

    def refuse(value: str) -> None:
        try:
            check(value)
        except UnicodeEncodeError:
            raise InvalidParameter(" is refused.", name="value")  # noqa: B904 - as ours may do

    given = Given(f"{TOKEN}é")
    with pytest.raises(InvalidParameter) as caught:
        given.checked(refuse)
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    assert TOKEN[:8] not in "".join(trace.format())


def test_secret_of_a_secret():
    """A secret wrapped twice, as by a command line, is still the same secret."""
    assert Secret(Secret(TOKEN)).reveal() == TOKEN


@given(SPEAKABLE.map(str.strip).filter(lambda token: len(token) > 7 and token[0] != token[-1]))
def test_token_that_is_told_in_another_spelling(token: str) -> None:
    """However a server writes what it was sent, in JSON or a URL, the token is taken out."""
    credentials = Credentials("me@acme.example", Secret(token))
    plain = json.dumps(token, ensure_ascii=False)[1:-1]
    spellings = [token, plain, json.dumps(token)[1:-1], quote(token, safe="")]
    spellings += [plain.replace("/", "\\/"), "".join(map(in_hex, token))]
    for spelling in spellings:
        assert credentials.redact(spelling.encode()) == b"[token]"
    basic = credentials.header().removeprefix("Basic ")
    for sent in (basic, basic.rstrip("="), quote(basic, safe=""), basic.replace("/", "\\/")):
        assert credentials.redact(sent.encode()) == b"[token]"


def in_hex(char: str) -> str:
    """A character as JSON may always write it."""
    units = char.encode("utf-16-be")
    return f"\\u{units[:2].hex()}" + (f"\\u{units[2:].hex()}" if units[2:] else "")


def test_text_that_says_nothing_of_the_token():
    """What doesn't hold the token isn't changed, be it text or not."""
    text = b"0123456789 \xff token, me@acme.example"
    assert Credentials("me@acme.example", Secret(TOKEN)).redact(text) == text


def test_words_that_a_short_token_is_part_of():
    """A token of a letter or two doesn't blot out what an error says."""
    credentials = Credentials("me@acme.example", Secret("to"))
    assert credentials.redact(b"Not to be found") == b"Not to be found"
