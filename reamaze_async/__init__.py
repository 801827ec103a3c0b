"""The asyncio client for the Re:amaze helpdesk API: every conversation, once, in order.

Begin with a session, and a listing of its conversations:

    async with ReamazeSession("acme", "me@acme.com", token) as session:
        async for conversation in session.conversations.list(filter="open"):
            print(conversation.slug, conversation.status)

`export` writes a listing to a file, `sync` keeps a database equal to one, and
`reamaze_async.sandbox` plays Re:amaze for tests. All errors are `ReamazeError`s.
"""

from ._version import __version__

TYPE_CHECKING = False  # typing's own would be loaded before the command hears signals
if TYPE_CHECKING:
    from .account_models import (
        Article,
        Brand,
        Channel,
        Contact,
        Identity,
        Incident,
        IncidentSystem,
        IncidentUpdate,
        Note,
        ResponseTemplate,
        ResponseTemplateGroup,
        Role,
        SatisfactionRating,
        StaffMember,
        System,
        Topic,
    )
    from .attachments.download import AttachmentsSummary, download_attachments
    from .attachments.refs import AttachmentRef, attachments_in, attachments_in_file, attachments_of
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
    from .exporting.account import export_all
    from .exporting.account_stats import AccountStats, AccountSummary
    from .exporting.export import export
    from .exporting.manifest import ResourceEntry
    from .exporting.pipe import stream, stream_threads
    from .exporting.summary import ExportSummary
    from .exporting.target import check_target
    from .exporting.threads import check_threads_target, export_threads
    from .formats import Format, format_of
    from .http.retry import Retry
    from .limits.limiter import AdaptiveLimit, Limiter, LimiterState, RateLimit
    from .limits.throttle import Outcome
    from .listings.changes import Changes
    from .listings.listing import Listing, Page
    from .listings.stats import ListingStats
    from .models import (
        ArticleStatus,
        Attachment,
        Category,
        ChannelType,
        ChannelVisibility,
        Conversation,
        Excerpt,
        Message,
        Origin,
        Status,
        User,
        Visibility,
    )
    from .report_models import (
        ChannelSummary,
        ChannelSummaryReport,
        ReportedChannel,
        ResponseTimeAverages,
        ResponseTimeRatio,
        ResponseTimeReport,
        ResponseTimeSummary,
        ResponseTimeTrend,
        ResponseTimeTrends,
        StaffActivity,
        StaffReport,
        TagsReport,
        VolumeReport,
    )
    from .session import ReamazeSession
    from .syncing.stats import SyncStats, SyncSummary
    from .syncing.sync import sync
    from .threads.stats import ThreadsStats
    from .threads.thread import Thread
    from .threads.threads import Threads

__all__ = [
    "APIError",
    "AccountStats",
    "AccountSummary",
    "AdaptiveLimit",
    "Article",
    "ArticleStatus",
    "Attachment",
    "AttachmentRef",
    "AttachmentsSummary",
    "AuthenticationError",
    "Brand",
    "Category",
    "Changes",
    "Channel",
    "ChannelSummary",
    "ChannelSummaryReport",
    "ChannelType",
    "ChannelVisibility",
    "ConnectionFailed",
    "Contact",
    "Conversation",
    "DecodeError",
    "Excerpt",
    "ExportFailed",
    "ExportRefused",
    "ExportSummary",
    "FileInUse",
    "Format",
    "Identity",
    "Incident",
    "IncidentSystem",
    "IncidentUpdate",
    "IncompleteListing",
    "InvalidParameter",
    "Limiter",
    "LimiterState",
    "Listing",
    "ListingStats",
    "Message",
    "NotFound",
    "Note",
    "Origin",
    "Outcome",
    "Page",
    "PermissionDenied",
    "RateLimit",
    "RateLimited",
    "ReamazeError",
    "ReamazeSession",
    "ReportedChannel",
    "RequestTimeout",
    "ResourceEntry",
    "ResponseTemplate",
    "ResponseTemplateGroup",
    "ResponseTimeAverages",
    "ResponseTimeRatio",
    "ResponseTimeReport",
    "ResponseTimeSummary",
    "ResponseTimeTrend",
    "ResponseTimeTrends",
    "Retry",
    "Role",
    "SatisfactionRating",
    "ServerError",
    "SessionUnusable",
    "StaffActivity",
    "StaffMember",
    "StaffReport",
    "Status",
    "SyncStats",
    "SyncSummary",
    "System",
    "TagsReport",
    "Thread",
    "Threads",
    "ThreadsStats",
    "Topic",
    "UnexpectedRedirect",
    "UnprocessableEntity",
    "User",
    "Visibility",
    "VolumeReport",
    "__version__",
    "attachments_in",
    "attachments_in_file",
    "attachments_of",
    "check_target",
    "check_threads_target",
    "download_attachments",
    "export",
    "export_all",
    "export_threads",
    "format_of",
    "stream",
    "stream_threads",
    "sync",
]

_HOMES = {
    ".attachments.download": ("AttachmentsSummary", "download_attachments"),
    ".attachments.refs": (
        "AttachmentRef",
        "attachments_in",
        "attachments_in_file",
        "attachments_of",
    ),
    ".account_models": (
        "Article",
        "Brand",
        "Channel",
        "Contact",
        "Identity",
        "Incident",
        "IncidentSystem",
        "IncidentUpdate",
        "Note",
        "ResponseTemplate",
        "ResponseTemplateGroup",
        "Role",
        "SatisfactionRating",
        "StaffMember",
        "System",
        "Topic",
    ),
    ".report_models": (
        "ChannelSummary",
        "ChannelSummaryReport",
        "ReportedChannel",
        "ResponseTimeAverages",
        "ResponseTimeRatio",
        "ResponseTimeReport",
        "ResponseTimeSummary",
        "ResponseTimeTrend",
        "ResponseTimeTrends",
        "StaffActivity",
        "StaffReport",
        "TagsReport",
        "VolumeReport",
    ),
    ".errors": (
        "APIError",
        "AuthenticationError",
        "ConnectionFailed",
        "DecodeError",
        "ExportFailed",
        "ExportRefused",
        "FileInUse",
        "IncompleteListing",
        "InvalidParameter",
        "NotFound",
        "PermissionDenied",
        "RateLimited",
        "ReamazeError",
        "RequestTimeout",
        "ServerError",
        "SessionUnusable",
        "UnexpectedRedirect",
        "UnprocessableEntity",
    ),
    ".exporting.account": ("export_all",),
    ".exporting.account_stats": ("AccountStats", "AccountSummary"),
    ".exporting.export": ("export",),
    ".exporting.manifest": ("ResourceEntry",),
    ".exporting.pipe": ("stream", "stream_threads"),
    ".exporting.summary": ("ExportSummary",),
    ".exporting.target": ("check_target",),
    ".exporting.threads": ("check_threads_target", "export_threads"),
    ".formats": (
        "Format",
        "format_of",
    ),
    ".http.retry": ("Retry",),
    ".limits.limiter": (
        "AdaptiveLimit",
        "Limiter",
        "LimiterState",
        "RateLimit",
    ),
    ".limits.throttle": ("Outcome",),
    ".listings.changes": ("Changes",),
    ".listings.listing": (
        "Listing",
        "Page",
    ),
    ".listings.stats": ("ListingStats",),
    ".models": (
        "ArticleStatus",
        "Attachment",
        "Category",
        "ChannelType",
        "ChannelVisibility",
        "Conversation",
        "Excerpt",
        "Message",
        "Origin",
        "Status",
        "User",
        "Visibility",
    ),
    ".session": ("ReamazeSession",),
    ".syncing.stats": (
        "SyncStats",
        "SyncSummary",
    ),
    ".syncing.sync": ("sync",),
    ".threads.stats": ("ThreadsStats",),
    ".threads.thread": ("Thread",),
    ".threads.threads": ("Threads",),
}
"""Where each name lives: it is loaded when it is first used, so that `reamaze` hears signals from
its first moment on, and `--help` is quick."""

if not TYPE_CHECKING:  # To a type checker, a name that isn't there is an error.

    def __getattr__(name: str) -> object:
        """Load a name when it is first used."""
        from importlib import import_module  # noqa: PLC0415 - as late as typing

        for home, names in _HOMES.items():
            if name in names:
                module = import_module(home, __name__)
                globals().update({each: getattr(module, each) for each in names})
                return globals()[name]
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)

    def __dir__() -> list[str]:
        """The public names, loaded or not."""
        return sorted({*globals(), *__all__})
