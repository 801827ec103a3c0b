"""The asyncio client for the Re:amaze helpdesk API: every conversation, once, in order.

Begin with a session, and a listing of its conversations:

    async with ReamazeSession("acme", "me@acme.com", token) as session:
        async for conversation in session.conversations.list(filter="open"):
            print(conversation.slug, conversation.status)

`export` writes a listing to a file, `sync` keeps a database equal to one, and
`reamaze_async.sandbox` plays Re:amaze for tests. All errors are `ReamazeError`s.
"""

from ._version import __version__
from .errors import (
    APIError,
    AuthenticationError,
    ConnectionFailed,
    DecodeError,
    ExportFailed,
    ExportRefused,
    FileInUse,
    IncompleteListing,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    RateLimited,
    ReamazeError,
    RequestTimeout,
    ServerError,
    SessionUnusable,
    UnexpectedRedirect,
    UnprocessableEntity,
)
from .exporting.export import ExportSummary, export, stream
from .exporting.target import check_target
from .formats import Format, format_of
from .http.retry import Retry
from .limits.limiter import AdaptiveLimit, Limiter, LimiterState, RateLimit
from .limits.throttle import Outcome
from .listings.listing import Listing, Page
from .listings.stats import ListingStats
from .models import (
    Attachment,
    Category,
    ChannelType,
    Conversation,
    Excerpt,
    Message,
    Origin,
    Status,
    User,
    Visibility,
)
from .session import ReamazeSession
from .syncing.stats import SyncStats, SyncSummary
from .syncing.sync import sync

__all__ = [
    "APIError",
    "AdaptiveLimit",
    "Attachment",
    "AuthenticationError",
    "Category",
    "ChannelType",
    "ConnectionFailed",
    "Conversation",
    "DecodeError",
    "Excerpt",
    "ExportFailed",
    "ExportRefused",
    "ExportSummary",
    "FileInUse",
    "Format",
    "IncompleteListing",
    "InvalidParameter",
    "Limiter",
    "LimiterState",
    "Listing",
    "ListingStats",
    "Message",
    "NotFound",
    "Origin",
    "Outcome",
    "Page",
    "PermissionDenied",
    "RateLimit",
    "RateLimited",
    "ReamazeError",
    "ReamazeSession",
    "RequestTimeout",
    "Retry",
    "ServerError",
    "SessionUnusable",
    "Status",
    "SyncStats",
    "SyncSummary",
    "UnexpectedRedirect",
    "UnprocessableEntity",
    "User",
    "Visibility",
    "__version__",
    "check_target",
    "export",
    "format_of",
    "stream",
    "sync",
]
