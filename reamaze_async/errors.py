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
from typing import Any, ClassVar


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
        super().__init__(self._describe())

    @property
    def asked(self) -> str:
        """What was asked, for people: method, path and page."""
        page = "" if self.page is None else f" page {self.page}"
        return f"{self.method} {self.path}{page}".strip() or "A request"

    def _describe(self) -> str:
        """The whole sentence: what was asked, what came, what to do."""
        return f"{self.asked}: failed."


class ConnectionFailed(_RequestError):
    """No whole answer came: name not found, refused, reset, or cut short.

    Attributes:
        reason: what the network said.
        sent: False where the request certainly did not reach the server.
    """

    def __init__(
        self, *, method: str, path: str, page: int | None = None, reason: str, sent: bool = True
    ) -> None:
        self.reason = reason
        self.sent = sent
        super().__init__(method=method, path=path, page=page)

    def _describe(self) -> str:
        return (
            f"{self.asked}: the connection failed ({self.reason}). "
            "Check the network and the brand's host, then try again."
        )


class RequestTimeout(_RequestError, TimeoutError):
    """One attempt took longer than the session's `timeout`.

    Attributes:
        timeout: the limit, in seconds.
    """

    def __init__(self, *, method: str, path: str, page: int | None = None, timeout: float) -> None:
        self.timeout = timeout
        super().__init__(method=method, path=path, page=page)

    def _describe(self) -> str:
        return (
            f"{self.asked}: no complete answer within {self.timeout:g} s. "
            "Try again, or give the session a longer `timeout`."
        )


class APIError(_RequestError):
    """The server answered with a status that isn't success.

    Attributes:
        status: the HTTP status.
        message: what the server said of it, shortened, without the token; may be empty.
    """

    advice: ClassVar[str] = "See the Re:amaze API reference for what this status means here."

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
    ) -> None:
        self.status = status
        self.message = message
        super().__init__(method=method, path=path, page=page)

    def _describe(self) -> str:
        said = f" ({self.message})" if self.message else ""
        return f"{self.asked}: HTTP {self.status}{said}. {self._advice()}"

    def _advice(self) -> str:
        return self.advice


class AuthenticationError(APIError):
    """401: the credentials are missing or wrong."""

    advice = (
        "Check the brand, the login email and the API token (Settings > Developer > API Token)."
    )


class PermissionDenied(APIError):
    """403: the role lacks a permission, or the credentials are wrong: both are answered so.

    Attributes:
        permission: the one that is needed, such as `access_reports`; empty if unknown.
    """

    def __init__(
        self,
        status: int = 403,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        page: int | None = None,
        permission: str = "",
    ) -> None:
        self.permission = permission
        super().__init__(status, message, method=method, path=path, page=page)

    def _advice(self) -> str:
        may = f"has the permission {self.permission}" if self.permission else "may do this"
        return (
            "A wrong login email or API token is answered so too: check them first, "
            f"then whether this user's role {may}."
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
        retry_after: seconds that the server, or else the limiter, asks to wait; None if unknown.
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

    def _describe(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return f"{self.asked}: the answer can't be read: {self.reason}{where}. {self.advice}"


class IncompleteListing(ReamazeError):
    """Every item that came was handed out, but some may be missing around these pages.

    Attributes:
        pages: the page numbers around which something may be missing, ascending.
        path: what was listed, such as `/api/v1/conversations`; empty if not told.
        reason: why.
    """

    def __init__(
        self,
        pages: Sequence[int],
        *,
        path: str = "",
        reason: str = "the list changed faster than it was read",
    ) -> None:
        self.pages: tuple[int, ...] = tuple(pages)
        self.path = path
        self.reason = reason
        numbers = ", ".join(map(str, self.pages[:10])) + (", ..." if len(self.pages) > 10 else "")
        super().__init__(
            f"{f'GET {path}: ' if path else ''}items may be missing around "
            f"page{'s' if len(self.pages) > 1 else ''} {numbers}, since {reason}. "
            "Everything that came was handed out: to find the rest, list again "
            "with drift='verify', or at a quieter time."
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
