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

An error keeps its facts as attributes and makes its sentence from them: what was asked, what
came, what to do. All of them pickle, since task queues and process pools pickle errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any


class ReamazeError(Exception):
    """The root of every error that this package raises on purpose."""

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
    """A value that would be refused or misread; nothing was sent."""


class SessionUnusable(ReamazeError, RuntimeError):
    """The session was used outside `async with`, after closing, or from another event loop."""


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
        super().__init__(f"{self.summary}. {self._advice()}")

    @property
    def asked(self) -> str:
        """What was asked, for people: method, path and page."""
        page = "" if self.page is None else f" page {self.page}"
        return f"{self.method} {self.path}{page}".strip() or "A request"

    @property
    def summary(self) -> str:
        """What was asked and what came, without what to do about it."""
        return f"{self.asked}: {self._what_came()}"

    def _what_came(self) -> str:
        return "failed"

    def _advice(self) -> str:
        return "Try again."


class ConnectionFailed(_RequestError):
    """No whole answer came: name not found, refused, reset, or cut short.

    Attributes:
        reason: what the network said.
        sent: False where the request certainly did not reach the server.
        is_final: whether trying again is of no use.
        advice: what to do.
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
        advice: str | None = None,
    ) -> None:
        self.reason = reason
        self.sent = sent
        self.is_final = is_final
        self.advice: str = advice or "Check the network and the brand's host, then try again."
        super().__init__(method=method, path=path, page=page)

    def _what_came(self) -> str:
        return f"the connection failed ({self.reason})"

    def _advice(self) -> str:
        return self.advice


class RequestTimeout(_RequestError, TimeoutError):
    """One attempt took longer than the session's `timeout`.

    Attributes:
        timeout: the limit, in seconds.
    """

    def __init__(self, *, method: str, path: str, page: int | None = None, timeout: float) -> None:
        self.timeout = timeout
        super().__init__(method=method, path=path, page=page)

    def _what_came(self) -> str:
        return f"no complete answer within {self.timeout:g} s"

    def _advice(self) -> str:
        return "Try again, or give the session a longer `timeout`."


class APIError(_RequestError):
    """The server answered with a status that isn't success.

    Attributes:
        status: the HTTP status.
        message: what the server said of it, shortened, without the token; may be empty.
        advice: what to do.
    """

    advice: str = "See the Re:amaze API reference for what this status means here."

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        advice: str | None = None,
    ) -> None:
        self.status = status
        self.message = message
        if advice is not None:
            self.advice = advice
        super().__init__(method=method, path=path, page=page)

    def _what_came(self) -> str:
        said = f" ({self.message})" if self.message else ""
        return f"HTTP {self.status}{said}"

    def _advice(self) -> str:
        return self.advice


class AuthenticationError(APIError):
    """401: the credentials are missing or wrong."""

    advice = (
        "Check the brand, the login email and the API token (Settings > Developer > API Token)."
    )


class PermissionDenied(APIError):
    """403: the role lacks a permission, or the credentials are wrong: both are answered so."""

    advice = (
        "A wrong login email or API token is answered so too: check them first, "
        "then whether this user's role may do this."
    )


class NotFound(APIError):
    """404: no such thing, or no such brand."""

    advice = "Check the slug or id; if every request fails so, check the brand."


class UnprocessableEntity(APIError):
    """422: the server refused the values.

    Attributes:
        errors: field name to what is wrong with it, as the server tells it; may be empty.
    """

    advice = "Correct the values and send them again."

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
    """429, and the `deadline` for waiting has come.

    Attributes:
        retry_after: seconds after which it is likely to work: as long as the server asks to wait,
            or else the length of its window; None if nobody knows.
    """

    def __init__(
        self,
        status: int = 429,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.retry_after = retry_after
        super().__init__(status, message, method=method, path=path, page=page)

    def _advice(self) -> str:
        when = "later" if self.retry_after is None else f"in {ceil(self.retry_after)} s"
        return (
            f"The rate limit is reached: try again {when}, or allow a longer `Retry(deadline=...)`."
        )


class ServerError(APIError):
    """5xx, after all attempts."""

    advice = "The trouble is on the server's side: try again later."


class UnexpectedRedirect(APIError):
    """3xx: not followed, since that would hand the credentials to wherever it points.

    Attributes:
        location: the host and path it points to, without query; may be empty.
    """

    advice = "It was not followed, to keep the credentials here: check the brand or `base_url`."

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
        super().__init__(
            method=method,
            path=path,
            page=page,
            status=status,
            message=message or (f"to {location}" if location else ""),
        )


class DecodeError(_RequestError):
    """A successful answer whose body can't be read.

    Attributes:
        reason: what is wrong with it.
        place: where in the JSON, such as `$.conversations[3].slug`; None if it isn't JSON.
        is_garbled: whether it isn't JSON at all, which may pass; else it is JSON of another shape.
        advice: what to do.
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
        advice: str | None = None,
    ) -> None:
        self.reason = reason
        self.place = place
        self.is_garbled = is_garbled
        self.advice: str = advice or (
            "Try again; if it stays so, check that the brand or `base_url` names a Re:amaze host."
            if is_garbled
            else "`session.request()` hands out what came, to look at or to report."
        )
        super().__init__(method=method, path=path, page=page)

    def _what_came(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return f"the answer can't be read: {self.reason}{where}"

    def _advice(self) -> str:
        return self.advice

    def without_quotes(self) -> DecodeError:
        """The same error, without what the answer says of itself."""
        return DecodeError(
            method=self.method,
            path=self.path,
            page=self.page,
            reason=self.reason.partition(" (it says ")[0],
            place=self.place,
            is_garbled=self.is_garbled,
            advice=self.advice,
        )


class IncompleteListing(ReamazeError):
    """Every item that came was handed out, but some may be missing around these pages.

    Attributes:
        pages: the page numbers around which something may be missing, ascending.
        path: what was listed, such as `/api/v1/conversations`; empty if not told.
        reason: why.
        advice: what to do.
    """

    MOVED = "the list changed faster than it was read"
    """The usual reason."""

    AGAIN = "To find the rest, list again with drift='verify', or at a quieter time."
    """The usual advice."""

    QUIETER = "To find the rest, list again at a quieter time, or ask for it by another filter."
    """What to do about items that are counted and don't come, however often it is read."""

    UNREADABLE = "`session.request()` hands out what came, to look at or to report."
    """What to do about an item that can't be read."""

    def __init__(
        self, pages: Sequence[int], *, path: str = "", reason: str = MOVED, advice: str = AGAIN
    ) -> None:
        self.pages: tuple[int, ...] = tuple(pages)
        self.path = path
        self.reason = reason
        self.advice = advice
        numbers = ", ".join(map(str, self.pages[:10])) + (", ..." if len(self.pages) > 10 else "")
        super().__init__(
            f"{f'GET {path}: ' if path else ''}items may be missing around "
            f"page{'s' if len(self.pages) > 1 else ''} {numbers}, since {reason}. "
            f"Everything that came was handed out. {advice}"
        )


class _FileError(ReamazeError):
    """Something about the file of an export.

    Attributes:
        path: the file.
        reason: what is wrong, and what to do.
    """

    def __init__(self, path: object, reason: str) -> None:
        self.path: str = str(path)
        self.reason = reason
        super().__init__(f"{self.path}: {reason}")


class ExportRefused(_FileError):
    """The file can't be exported to. Nothing was sent, and no file was changed."""


class FileInUse(ExportRefused):
    """Another process is exporting or syncing to the file."""


class ExportFailed(_FileError):
    """The file could not be written to its end. What was written before is kept."""
