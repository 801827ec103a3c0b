"""The public API as type checkers see it: never run, only checked by `mypy --strict`."""

import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, assert_type

import aiohttp

from reamaze_async import (
    AccountStats,
    AccountSummary,
    AdaptiveLimit,
    APIError,
    AttachmentsSummary,
    Category,
    Changes,
    ChannelType,
    ConnectionFailed,
    Conversation,
    DecodeError,
    Excerpt,
    ExportSummary,
    IncompleteListing,
    Limiter,
    LimiterState,
    Listing,
    ListingStats,
    Message,
    Origin,
    Outcome,
    Page,
    RateLimit,
    RateLimited,
    ReamazeError,
    ReamazeSession,
    RequestTimeout,
    ResourceEntry,
    Retry,
    Status,
    SyncStats,
    SyncSummary,
    Threads,
    UnexpectedRedirect,
    UnprocessableEntity,
    User,
    attachments_in_file,
    download_attachments,
    export,
    export_all,
    export_threads,
    stream,
    sync,
)
from reamaze_async.sandbox import Sandbox

# --- a session ------------------------------------------------------------------------------------


async def make(http: aiohttp.ClientSession) -> None:
    """All settings, all ways to begin and to end."""
    session = ReamazeSession(
        "acme",
        "me@acme.com",
        "token",
        base_url="http://127.0.0.1:8080",
        concurrency=4,
        rate_limit=RateLimit(60, per=60.0),
        retry=Retry(attempts=3, max_delay=10.0, deadline=None),
        timeout=30.0,
        http=http,
    )
    assert_type(session, ReamazeSession)
    assert_type(ReamazeSession.from_env(concurrency=2), ReamazeSession)
    async with session as entered:
        assert_type(entered, ReamazeSession)
    assert_type(await session.open(), ReamazeSession)
    assert_type(await session.request("GET", "/contacts", params={"page": 2}), bytes)
    assert_type(session.limiter, Limiter)
    assert_type(session.limiter.state, LimiterState)
    await session.close()


class Mine(ReamazeSession):
    """A user's own kind stays itself."""


async def derive() -> None:
    """Constructors and context managers of a derived session."""
    assert_type(Mine.from_env(), Mine)
    async with Mine("acme", "me@acme.com", "token") as session:
        assert_type(session, Mine)


# --- a listing ------------------------------------------------------------------------------------


async def iterate(session: ReamazeSession) -> None:
    """All conditions, all ways to iterate."""
    listing = session.conversations.list(
        filter="open",
        for_="ana@example.com",
        for_id="7",
        sort="changed",
        tag=["a", "b"],
        category="support",
        origin=Origin.EMAIL,
        data={"order": "10442", "amount": 5, "ratio": 0.5},
        start_date=date(2026, 1, 31),
        end_date=datetime(2026, 2, 28, tzinfo=UTC),
        ordered=False,
        drift="verify",
    )
    assert_type(listing, Listing[Conversation])
    async for conversation in listing:
        assert_type(conversation, Conversation)
    async for page in listing.pages():
        assert_type(page, Page[Conversation])
        assert_type(page.items, Sequence[Conversation])
        assert_type((page.number, page.page_size), tuple[int, int])
        assert_type((page.page_count, page.total_count), tuple[int, int])
    async for raw in listing.raw():
        assert_type(raw, bytes)
    async with listing as items:
        assert_type(await anext(items), Conversation)
    async with listing.raw() as rows:
        assert_type(await anext(rows), bytes)
    async with listing.pages() as pages:
        assert_type(await anext(pages), Page[Conversation])


async def follow(session: ReamazeSession) -> datetime:
    """Changes, iterated like a listing."""
    changes = session.conversations.changes(datetime(2026, 1, 1, tzinfo=UTC), filter="open")
    assert_type(changes, Changes[Conversation])
    async for conversation in changes:
        assert_type(conversation, Conversation)
    async for page in changes.pages():
        assert_type(page, Page[Conversation])
    async with changes.raw() as rows:
        assert_type(await anext(rows), bytes)
    assert_type(changes.stats, ListingStats)
    assert_type(changes.since, datetime)
    session.conversations.changes()  # type: ignore[call-arg]
    session.conversations.changes("2026-01-01", drift="verify")  # type: ignore[call-arg]
    return changes.mark


def later(session: ReamazeSession) -> AsyncIterator[Conversation]:
    """An iterator to close by hand."""
    return aiter(session.conversations.list(tag="a", start_date="2026-01-31", filter="all"))


async def mistake(session: ReamazeSession) -> None:
    """A typo is a type error: mypy complains of an ignore that ignores nothing."""
    ReamazeSession.from_env(concurency=2)  # type: ignore[call-arg]
    session.conversations.list(filter="opened")  # type: ignore[arg-type]
    session.conversations.list(sort="created")  # type: ignore[arg-type]
    session.conversations.list(drift="repaired")  # type: ignore[arg-type]
    session.conversations.list(fitler="open")  # type: ignore[call-arg]
    session.conversations.list("open")  # type: ignore[call-arg]
    session.conversations.list(tag=7)  # type: ignore[arg-type]
    await session.conversations.count(ordered=True)  # type: ignore[call-arg]


async def look(session: ReamazeSession) -> None:
    """A page, a number, an item."""
    assert_type(await session.conversations.page(3, filter="all"), Page[Conversation])
    assert_type(await session.conversations.count(tag="a", sort=None), int)
    assert_type(await session.conversations.get("slug"), Conversation)


def watch(stats: ListingStats) -> None:
    """The numbers of an iteration."""
    assert_type((stats.pages, stats.items, stats.duplicates), tuple[int, int, int])
    assert_type((stats.requests, stats.retries), tuple[int, int])
    assert_type((stats.throttled, stats.repaired), tuple[int, int])
    assert_type((stats.total_count, stats.page_count), tuple[int | None, int | None])
    assert_type(stats.elapsed, float)


# --- models ---------------------------------------------------------------------------------------


def read(conversation: Conversation) -> None:
    """Every field may be missing but the slug; times are times and numbers have names."""
    assert_type(conversation.slug, str)
    assert_type(conversation.subject, str | None)
    assert_type(conversation.status, Status | None)
    assert_type(conversation.origin, Origin | None)
    assert_type(conversation.created_at, datetime | None)
    assert_type(conversation.hold_until, datetime | None)
    assert_type(conversation.author, User | None)
    assert_type(conversation.followers, tuple[User, ...])
    assert_type(conversation.tag_list, tuple[str, ...])
    assert_type(conversation.category, Category | None)
    assert_type(conversation.message, Excerpt | None)
    assert_type(conversation.data, dict[str, Any] | None)
    assert_type(conversation.read_only, bool | None)
    assert_type(conversation.message_count, int | None)
    assert_type(conversation.perma_url, str | None)


def read_parts(user: User, category: Category, excerpt: Excerpt) -> None:
    """Likewise what is inside."""
    assert_type((user.id, user.name), tuple[int | None, str | None])
    assert_type((user.is_staff, user.is_customer), tuple[bool | None, bool | None])
    assert_type(category.channel, ChannelType | None)
    assert_type((excerpt.body, excerpt.created_at), tuple[str | None, datetime | None])
    assert_type(Status(77), Status)


# --- limits ---------------------------------------------------------------------------------------


class Shared:
    """A limiter of a user's own needs no base class."""

    @property
    def state(self) -> LimiterState:
        """Nothing is known."""
        return LimiterState()

    async def acquire(self, endpoint: str) -> None:
        """Any time."""

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """No matter."""
        assert_type(outcome.status, int | None)
        assert_type(outcome.retry_after, float | None)


def limit() -> list[Limiter]:
    """What can be a limiter."""
    ReamazeSession("acme", "me@acme.com", "token", rate_limit=Shared())
    ReamazeSession("acme", "me@acme.com", "token", rate_limit=None)
    return [RateLimit(60), AdaptiveLimit(), Shared()]


def learn(state: LimiterState) -> None:
    """What a limiter knows."""
    assert_type(state.paused_for, float | None)
    assert_type((state.waiting, state.in_flight, state.throttled), tuple[int, int, int])
    assert_type((state.requests, state.per), tuple[int | None, float | None])


# --- threads and attachments ----------------------------------------------------------------------


async def read_threads(session: ReamazeSession) -> None:
    """Threads, their export, and the files in them."""
    threads = session.conversations.threads(filter="all", tag=["vip"], way="together")
    assert_type(threads, Threads)
    async for conversation, messages in threads:
        assert_type((conversation, messages), tuple[Conversation, tuple[Message, ...]])
    async with threads as found:
        async for thread in found:
            assert_type(thread.first_response, timedelta | None)
    async for raw in threads.raw():
        assert_type(raw, bytes)
    assert_type((threads.stats.alone, threads.stats.held), tuple[int, int])
    session.conversations.threads(way="both")  # type: ignore[arg-type]
    session.conversations.threads(fitler="all")  # type: ignore[call-arg]
    assert_type(await export_threads(threads, "threads.ndjson"), ExportSummary)
    refs = attachments_in_file(Path("messages.ndjson"))
    assert_type(await download_attachments(session, refs, Path("files")), AttachmentsSummary)


# --- errors ---------------------------------------------------------------------------------------


async def fail(session: ReamazeSession) -> None:
    """The facts of each error."""
    try:
        await session.conversations.count()
    except RateLimited as limited:
        assert_type(limited.retry_after, float | None)
    except UnprocessableEntity as invalid:
        assert_type(invalid.errors, dict[str, Sequence[str]])
    except UnexpectedRedirect as redirect:
        assert_type(redirect.location, str)
    except APIError as error:
        assert_type((error.status, error.message), tuple[int, str])
        assert_type((error.method, error.path, error.page), tuple[str, str, int | None])
    except DecodeError as garbled:
        assert_type((garbled.reason, garbled.place), tuple[str, str | None])
    except RequestTimeout as late:
        assert_type(late.timeout, float)
    except ConnectionFailed as lost:
        assert_type((lost.reason, lost.sent), tuple[str, bool])
    except IncompleteListing as incomplete:
        assert_type(incomplete.pages, tuple[int, ...])
        assert_type(incomplete.slugs, tuple[str, ...])
    except ReamazeError as other:
        assert_type(str(other), str)


# --- files and the sandbox ------------------------------------------------------------------------


async def keep(session: ReamazeSession) -> None:
    """An export, and a database that is kept."""

    def show(stats: SyncStats) -> None:
        assert_type((stats.items, stats.total_count, stats.requests), tuple[int, int | None, int])

    def follow(stats: AccountStats) -> None:
        assert_type((stats.resource, stats.total_count), tuple[str | None, int | None])

    everything = await export_all(session, "all/", only=["staff"], progress=follow)
    assert_type(everything, AccountSummary)
    assert_type(everything.resources["staff"], ResourceEntry)
    await export_all(session, "all/", drfit="verify")  # type: ignore[call-arg]  # misspelt
    await export_all(session, "all/", drift="verfy")  # type: ignore[arg-type]  # no such word
    summary = await export(session.conversations.list(filter="all"), Path("all.ndjson"))
    assert_type(summary, ExportSummary)
    assert_type(await stream(session.conversations.list(), sys.stdout.buffer), ExportSummary)
    assert_type(await sync(session, "x.sqlite", progress=show, tag=["vip"]), SyncSummary)
    assert_type(await sync(session.messages.list(filter="staff"), "x.sqlite"), SyncSummary)
    await sync(session, "x.sqlite", feed="yes")  # type: ignore[arg-type]
    await sync(session.messages, "x.sqlite")  # type: ignore[arg-type]


async def try_out() -> None:
    """A sandbox for users' own tests."""
    async with Sandbox(conversations=500, seed=1) as sandbox:
        assert_type(sandbox, Sandbox)
        assert_type((sandbox.brand, sandbox.email), tuple[str, str])
        assert_type((sandbox.base_url, sandbox.token), tuple[str, str])
