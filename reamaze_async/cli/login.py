"""The login of an account: from options, the environment, or a prompt."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass

from reamaze_async.errors import InvalidParameter
from reamaze_async.session import FILE_VARIABLE, token_from_env
from reamaze_async.wire.credentials import Secret
from reamaze_async.wire.environment import ENVIRONMENT
from reamaze_async.wire.origin import origin_from, origin_of

from .errors import Misuse

TOKEN_VARIABLE = ENVIRONMENT["token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An account, as a session needs it.

    Attributes:
        brand: the brand's subdomain or host.
        email: the staff user's login.
        token: the user's API token.
        base_url: another origin, or None.
    """

    brand: str
    email: str
    token: Secret
    base_url: str | None = None


SANDBOX = Login(brand="acme", email="me@acme.example", token=Secret("sandbox-token"))
"""The login that `reamaze sandbox` takes; on loopback it fills in what isn't given."""


def log_in(brand: str | None, email: str | None, base_url: str | None) -> Login:
    """Complete a login from the environment; for the token, ask a person if there is one.

    Raises:
        InvalidParameter: the base URL or the brand can't be used.
        Misuse: something is missing.
    """
    token = _token_of_environment()
    if is_loopback(base_url):
        brand, email = brand or SANDBOX.brand, email or SANDBOX.email
        # To anybody else it's a wrong token, and a stand-in for one they would have been asked for.
        token = token or (SANDBOX.token if email == SANDBOX.email else None)
    brand, email = brand or _missing("brand"), email or _missing("email")
    origin_of(brand)  # A token isn't asked for when the brand can't be one.
    return Login(
        brand=brand,
        email=email,
        token=token or ask_for_token(),
        base_url=base_url,
    )


def is_loopback(base_url: str | None) -> bool:
    """Whether a base URL is plain `http`, which is accepted for loopback hosts only.

    Raises:
        InvalidParameter: the base URL can't be used.
    """
    return base_url is not None and origin_from(base_url).startswith("http://")


def _token_of_environment() -> Secret | None:
    token = token_from_env()
    try:
        if token is not None:
            token.check()
    except InvalidParameter as error:
        variable = TOKEN_VARIABLE if os.environ.get(TOKEN_VARIABLE) else FILE_VARIABLE
        message = f"{variable}: {error}"
        raise Misuse(message) from None
    return token


def _missing(name: str) -> str:
    message = (
        f"No {name}: give --{name}, or set {ENVIRONMENT[name]}. Without an account, try --sandbox."
    )
    raise Misuse(message)


def ask_for_token() -> Secret:
    """The token, typed unseen on the terminal.

    Raises:
        Misuse: there is no terminal, or nothing was typed.
    """
    if not _has_person():
        message = f"No API token: set {TOKEN_VARIABLE}. Without an account, try --sandbox."
        raise Misuse(message)
    try:
        token = Secret(getpass.getpass("Re:amaze API token (not shown): "))
    except EOFError:
        token = Secret("")
    if not token.reveal().strip():
        message = f"No API token was typed: type it, or set {TOKEN_VARIABLE}."
        raise Misuse(message)
    return token


def _has_person() -> bool:
    """Whether somebody can see a prompt and answer it, even if the input is redirected."""
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    if not sys.stderr.isatty():
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
