"""Everything that can go wrong, as one tree.

    ReamazeError
    ├── InvalidParameter (also ValueError)   refused before anything was sent
    ├── SessionUnusable (also RuntimeError)  not entered, closed, or another event loop's
    ├── ConnectionFailed                     no answer: refused, reset, cut short
    ├── RequestTimeout (also TimeoutError)   no answer in time
    ├── APIError                             an answer that says no
    │   ├── AuthenticationError 401
    │   ├── PermissionDenied 403
    │   ├── NotFound 404
    │   ├── UnprocessableEntity 422          (`errors`)
    │   ├── RateLimited 429                  (`retry_after`)
    │   ├── ServerError 5xx
    │   └── UnexpectedRedirect 3xx           (`location`)
    ├── DecodeError                          an answer that can't be read
    ├── IncompleteListing                    an iteration that can't vouch for every item
    ├── ExportRefused                        a file that can't be exported to; nothing was sent
    │   └── FileInUse                        another process has it
    └── ExportFailed                         a file that could not be written to its end

An error keeps its facts as attributes and makes its sentence from them: what was asked, what came,
what to do. The last is a key, `remedy`: Python names arguments, the commands options. All pickle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from .remedies import REMEDIES, Remedy


class ReamazeError(Exception):
    """The root of every error that this package raises on purpose.

    Attributes:
        remedy: the key of what to do, in `REMEDIES`; None where `fact` says it all.
    """

    remedy: Remedy | None = None

    @property
    def fact(self) -> str:
        """What happened, without the remedy."""
        return self._fact()

    def _fact(self) -> str:
        return str(self)

    def sentence(self, remedies: Mapping[Remedy, str] = REMEDIES) -> str:
        """What happened, and what to do, in the words of a table."""
        if self.remedy is None:
            return self.fact
        return f"{self.fact} {remedies[self.remedy].format_map(self._terms())}"

    def _terms(self) -> Mapping[str, str]:
        """What stands in braces in this error's remedy."""
        return {"origin_id": repr(getattr(self, "origin_id", None))}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by state: keyword-only constructors have no positional arguments to replay."""
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    kind: type[ReamazeError], args: tuple[Any, ...], facts: dict[str, Any]
) -> ReamazeError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class InvalidParameter(ReamazeError, ValueError):
    """A value that would be refused or misread; nothing was sent.

    Attributes:
        name: the argument with which the sentence begins; empty if it begins otherwise.
        about: the sentence, without that name.
    """

    def __init__(self, about: str, *, name: str = "") -> None:
        self.name = name
        self.about = about
        super().__init__(name + about)


class SessionUnusable(ReamazeError, RuntimeError):
    """A session outside `async with` or after closing, or one (or a limiter) in two event loops."""


class _RequestError(ReamazeError):
    """Something that happened to one request.

    Attributes:
        method: `GET`, `POST`, ...
        path: such as `/api/v1/conversations`; never a host, a query or credentials.
        page: the page asked for, or None.
    """

    def __init__(self, *, method: str, path: str, page: int | None = None) -> None:
        self.method = method
        self.path = path
        self.page = page
        super().__init__(self.sentence())

    @property
    def asked(self) -> str:
        """What was asked, for people: method, path and page."""
        page = "" if self.page is None else f" page {self.page}"
        return f"{self.method} {self.path}{page}".strip() or "A request"


class ConnectionFailed(_RequestError):
    """No whole answer came: name not found, refused, reset, or cut short.

    Attributes:
        reason: what the network said.
        sent: False where the request certainly did not reach the server.
        is_final: whether trying again is of no use: a certificate that can't be verified.
    """

    def __init__(
        self,
        *,
        method: str,
        path: str,
        page: int | None = None,
        reason: str,
        sent: bool = True,
        is_final: bool = False,
    ) -> None:
        self.reason = reason
        self.sent = sent
        self.is_final = is_final
        self.remedy: Remedy | None = "trust-certificate" if is_final else "check-network"
        super().__init__(method=method, path=path, page=page)

    def _fact(self) -> str:
        return f"{self.asked}: the connection failed ({self.reason})."


class RequestTimeout(_RequestError, TimeoutError):
    """One attempt took longer than the session's `timeout`, or had no turn before the deadline.

    Attributes:
        timeout: that limit, in seconds.
    """

    remedy: Remedy | None = "longer-timeout"

    def __init__(self, *, method: str, path: str, page: int | None = None, timeout: float) -> None:
        self.timeout = timeout
        super().__init__(method=method, path=path, page=page)

    def _fact(self) -> str:
        return f"{self.asked}: no complete answer within {self.timeout:g} s."


class APIError(_RequestError):
    """The server answered with a status that isn't success.

    Attributes:
        status: the HTTP status.
        message: what the server said of it, shortened, without the token; may be empty.
    """

    remedy: Remedy | None = "see-reference"

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        remedy: Remedy | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.remedy: Remedy | None = remedy or self.remedy
        super().__init__(method=method, path=path, page=page)

    def _fact(self) -> str:
        said = f" ({self.message})" if self.message else ""
        return f"{self.asked}: HTTP {self.status}{said}."


class AuthenticationError(APIError):
    """401: the credentials are missing or wrong."""

    remedy: Remedy | None = "check-login"


class PermissionDenied(APIError):
    """403: the role lacks a permission, or the credentials are wrong: both are answered so."""

    remedy: Remedy | None = "check-access"


class NotFound(APIError):
    """404: no such thing, or no such brand."""

    remedy: Remedy | None = "check-id"


class UnprocessableEntity(APIError):
    """422: the server refused the values.

    Attributes:
        errors: field name to what is wrong with it, as the server tells it; may be empty.
    """

    remedy: Remedy | None = "change-values"

    def __init__(
        self,
        status: int = 422,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.errors: dict[str, Sequence[str]] = dict(errors or {})
        super().__init__(status, message, method=method, path=path, page=page)


class RateLimited(APIError):
    """429, or no turn to be sent, and the `deadline` for waiting has come.

    Attributes:
        reason: why it was not sent, or not again; empty where the server's 429 says it all.
        retry_after: seconds after which it is likely to work; None if nobody knows.
    """

    remedy: Remedy | None = "longer-deadline"

    def __init__(
        self,
        status: int = 429,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        retry_after: float | None = None,
        reason: str = "",
        remedy: Remedy | None = None,
    ) -> None:
        self.retry_after = retry_after
        self.reason = reason
        super().__init__(status, message, method=method, path=path, page=page, remedy=remedy)

    def _fact(self) -> str:
        return f"{self.asked}: {self.reason}." if self.reason else super()._fact()

    def _terms(self) -> Mapping[str, str]:
        return {"when": "later" if self.retry_after is None else f"in {ceil(self.retry_after)} s"}


class ServerError(APIError):
    """5xx, after all attempts."""

    remedy: Remedy | None = "try-later"


class UnexpectedRedirect(APIError):
    """3xx: not followed, since that would hand the credentials to wherever it points.

    Attributes:
        location: the host and path it points to, without query; may be empty.
    """

    remedy: Remedy | None = "check-origin"

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        location: str = "",
    ) -> None:
        self.location = location
        message = message or (f"to {location}" if location else "")
        super().__init__(status, message, method=method, path=path, page=page)


class DecodeError(_RequestError):
    """A successful answer whose body can't be read.

    Attributes:
        reason: what is wrong with it.
        place: where in the JSON, such as `$.conversations[3].slug`; None if it isn't JSON.
        is_garbled: whether it isn't JSON at all, which may pass; else it is JSON of another shape.
    """

    def __init__(
        self,
        *,
        method: str,
        path: str,
        page: int | None = None,
        reason: str,
        place: str | None = None,
        is_garbled: bool = False,
        remedy: Remedy | None = None,
    ) -> None:
        self.reason = reason
        self.place = place
        self.is_garbled = is_garbled
        self.remedy: Remedy | None = remedy or ("check-host" if is_garbled else "look-at-it")
        super().__init__(method=method, path=path, page=page)

    def _fact(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return f"{self.asked}: the answer can't be read: {self.reason}{where}."

    def without_quotes(self) -> DecodeError:
        """The same error, without what the answer says of itself."""
        return DecodeError(**{**vars(self), "reason": self.reason.partition(" (it says ")[0]})


class IncompleteListing(ReamazeError):
    """Every item that came was handed out, but some may be missing around these pages.

    Attributes:
        pages: the page numbers around which something may be missing, ascending.
        slugs: the conversations whose threads may lack messages.
        path: what was listed, such as `/api/v1/conversations`; empty if not told.
        reason: why.
    """

    MOVED: str = "the list changed faster than it was read"  # the usual reason

    def __init__(
        self,
        pages: Sequence[int],
        *,
        path: str = "",
        reason: str = MOVED,
        slugs: Sequence[str] = (),
        remedy: Remedy = "list-again",
    ) -> None:
        self.pages: tuple[int, ...] = tuple(pages)
        self.slugs: tuple[str, ...] = tuple(slugs)
        self.path = path
        self.reason = reason
        self.remedy: Remedy | None = remedy
        super().__init__(self.sentence())

    def _fact(self) -> str:
        where = _listed(" around page", self.pages) + _listed(" in the thread", self.slugs)
        asked = f"GET {self.path}: " if self.path else ""
        return f"{asked}items may be missing{where}, since {self.reason}."


def _listed(noun: str, things: Sequence[object]) -> str:
    """The noun, in the plural for several, and the first ten things; empty if there are none."""
    if not things:
        return ""
    shown = ", ".join(map(str, things[:10])) + (", ..." if len(things) > 10 else "")
    return f"{noun}{'s' if len(things) > 1 else ''} {shown}"


class _FileError(ReamazeError):
    """Something about the file of an export.

    Attributes:
        path: the file.
        reason: what is wrong, and what to do unless `remedy` says it.
    """

    def __init__(self, path: object, reason: str, *, remedy: Remedy | None = None) -> None:
        self.path: str = str(path)
        self.reason = reason
        self.remedy: Remedy | None = remedy
        super().__init__(self.sentence())

    def _fact(self) -> str:
        return f"{self.path}: {self.reason}"


class ExportRefused(_FileError):
    """The file can't be exported to. Nothing was sent, and no file was changed."""


class FileInUse(ExportRefused):
    """Another process is exporting or syncing to the file."""


class ExportFailed(_FileError):
    """The file could not be written to its end. What was written before is kept."""
