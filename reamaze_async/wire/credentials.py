"""Who asks: a login and its token, shown to nobody."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeVar

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter

SHORTEST = 6
"""Length from which on a token is redacted; a shorter one is part of many innocent words."""

_NO_LOGIN = re.compile(r"[:\s\x00-\x1f\x7f-\x9f]")
"""What no login holds. Behind it may stand the token, where both were pasted at once."""

Result = TypeVar("Result")


class Secret:
    """A string that no repr, format or traceback shows."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value: Any = value._value if isinstance(value, Secret) else value

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> str:
        """The string itself."""
        return str(self._value)

    def check(self) -> None:
        """Strip white space around it.

        Raises:
            InvalidParameter: not a string, empty, in quotes, or with characters that nobody sees.
        """
        if not isinstance(self._value, str):
            message = f"token must be a string, not {type(self._value).__name__}."
            raise InvalidParameter(message)
        self._value = self._value.strip()
        if not self._value:
            message = "token is empty: give the API token (Settings > Developer > API Token)."
            raise InvalidParameter(message)
        if not validation.is_plain(self._value):
            message = "token holds control characters: copy it again, without line breaks."
            raise InvalidParameter(message)
        if (place := validation.unseen(self._value)) is not None:
            number = f"U+{ord(self._value[place]):04X}"
            message = (
                f"token holds what nobody sees ({number}, character {place + 1}): type it again."
            )
            raise InvalidParameter(message)
        if self._value[0] == self._value[-1] and self._value[0] in "\"'`":
            message = "token stands in quotes: give it without them."
            raise InvalidParameter(message)


class Given:
    """What a caller gave: any of it may hold the token, in a place where that doesn't belong."""

    __slots__ = ("_values",)

    def __init__(self, *values: Any) -> None:
        self._values = values

    def checked(self, check: Callable[..., Result]) -> Result:
        """What a check makes of it; a refusal leaves the frames behind that hold the values.

        Raises:
            InvalidParameter: it can't be used.
        """
        try:
            return check(*self._values)
        except InvalidParameter as error:
            failure = error.with_traceback(None)
        failure.__context__ = None
        raise failure


class Credentials:
    """A login email and its API token, for HTTP Basic authentication (documented)."""

    __slots__ = ("_header", "_token", "email")

    def __init__(self, email: Any, token: Secret) -> None:
        """Check both.

        Raises:
            InvalidParameter: one of them can't be used.
        """
        self._token = token
        self.email: str = _email(email)
        token.check()
        self._header = Secret(f"Basic {self._basic()}")

    def __repr__(self) -> str:
        return f"Credentials({self.email!r}, ...)"

    def header(self) -> str:
        """The value of the `Authorization` header."""
        return self._header.reveal()

    def redact(self, text: bytes) -> bytes:
        """A text with `[token]` in place of the token and of what the header holds."""
        patterns = [_spellings(self._basic().rstrip("=")) + b"(?:=|%3d)*"]
        if len(token := self._token.reveal()) >= SHORTEST:
            patterns.append(_spellings(token))
        return re.sub(b"|".join(patterns), b"[token]", text, flags=re.IGNORECASE)

    def _basic(self) -> str:
        return b64encode(f"{self.email}:{self._token.reveal()}".encode()).decode()


def _email(given: Any) -> str:
    """A login, checked; of one that is none nothing is shown that may be a token."""
    if not isinstance(given, str):
        message = f"email must be a string, not {type(given).__name__}."
        raise InvalidParameter(message)
    email = validation.plain(given).strip()
    if email and "@" not in email:
        message = "email holds no '@': give brand, email and token in this order."
        raise InvalidParameter(message)
    if found := _NO_LOGIN.search(email):
        kind = "colon" if found[0] == ":" else "blank or control character"
        shown = f"{email[: found.start()]}{found[0]}..."
        raise validation.invalid("email", shown, f"holds a {kind}: give the login alone.")
    return validation.text("email", email)


def _spellings(secret: str) -> bytes:
    """A pattern for a string, whichever of its characters JSON or a URL may have escaped."""
    return b"".join(map(_spelling, secret))


def _spelling(char: str) -> bytes:
    plain = char.encode()
    in_url = "%" + plain.hex("%")
    in_json = r"\\u" + char.encode("utf-16-be").hex(" ", 2).replace(" ", r"\\u")
    return rb"(?:%b|%b|\\?%b)" % (in_json.encode(), in_url.encode(), re.escape(plain))
