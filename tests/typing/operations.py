"""All operations as type checkers see them: never run, only checked by `mypy --strict`."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, assert_type

from msgspec import UNSET

from reamaze_async import (
    Article,
    ArticleStatus,
    Channel,
    ChannelSummaryReport,
    ChannelVisibility,
    Contact,
    Conversation,
    Identity,
    Incident,
    IncidentUpdate,
    Listing,
    Message,
    Note,
    Page,
    ReamazeSession,
    ResponseTemplate,
    ResponseTimeReport,
    Role,
    SatisfactionRating,
    StaffMember,
    StaffReport,
    Status,
    System,
    TagsReport,
    User,
    Visibility,
    VolumeReport,
)

MOMENT = datetime(2026, 1, 31, tzinfo=UTC)


# --- lists ----------------------------------------------------------------------------------------


async def lists(session: ReamazeSession) -> None:
    """Each list knows what it lists, by any way of reading it."""
    messages = session.messages.list(
        conversation="slug",
        filter="staff",
        sent_by="ana@example.com",
        tag=["a", "b"],
        category="support",
        origin=1,
        start_date=date(2026, 1, 31),
        end_date=MOMENT,
        include_original_body=True,
        ordered=False,
        drift="verify",
    )
    assert_type(messages, Listing[Message])
    async for raw in messages.raw():
        assert_type(raw, bytes)
    async for message in messages:
        assert_type(message, Message)
    assert_type(
        session.contacts.list(q="a", data={"k": 1}, sort="date", type="mobile"), Listing[Contact]
    )
    assert_type(session.channels.list(channel="email"), Listing[Channel])
    assert_type(session.articles.list(topic="t", status="draft", q="x"), Listing[Article])
    assert_type(session.response_templates.list(q="x"), Listing[ResponseTemplate])
    assert_type(session.staff.list(ordered=False), Listing[StaffMember])
    assert_type(
        session.satisfaction_ratings.list(
            rating=5, assignee_id=7, created_after=MOMENT, updated_before="2026-01-31", brand="acme"
        ),
        Listing[SatisfactionRating],
    )
    assert_type(session.incidents.list(), Listing[Incident])
    assert_type(session.systems.list(drift="ignore"), Listing[System])


async def pages(session: ReamazeSession) -> None:
    """A page, a number."""
    assert_type(await session.messages.page(2, conversation="a", filter="staff"), Page[Message])
    assert_type(await session.contacts.page(1, sort=None), Page[Contact])
    assert_type(await session.staff.page(1), Page[StaffMember])
    assert_type(await session.articles.count(topic="a"), int)
    assert_type(await session.channels.count(), int)
    assert_type((await session.satisfaction_ratings.page(1)).items, Sequence[SatisfactionRating])


async def items(session: ReamazeSession) -> None:
    """One of each."""
    assert_type(await session.conversations.get("a", id_type="ref"), Conversation)
    assert_type(await session.contacts.get("+1555", identifier_type="mobile"), Contact)
    assert_type(await session.contacts.identities("a@b"), tuple[Identity, ...])
    assert_type(await session.contacts.notes("a@b"), tuple[Note, ...])
    assert_type(await session.channels.get("a"), Channel)
    assert_type(await session.articles.get("a"), Article)
    assert_type(await session.response_templates.get(7), ResponseTemplate)
    assert_type(await session.incidents.get("a"), Incident)


async def reports(session: ReamazeSession) -> None:
    """The five reports, whose numbers are floats or None."""
    volume = await session.reports.volume(start_date=date(2026, 1, 1), end_date="2026-01-31")
    assert_type(volume, VolumeReport)
    assert_type(volume.conversation_counts, dict[str, float | None])
    assert_type(volume.start_date, str | None)
    assert_type(await session.reports.response_time(brand="acme"), ResponseTimeReport)
    staff = await session.reports.staff()
    assert_type(staff, StaffReport)
    assert_type(staff.report["Ana"].satisfaction_average, float | None)
    assert_type(await session.reports.tags(), TagsReport)
    assert_type(await session.reports.channel_summary(), ChannelSummaryReport)


# --- writes ---------------------------------------------------------------------------------------


async def writes(session: ReamazeSession) -> None:
    """Values, None for null, and UNSET for what isn't sent."""
    assert_type(
        await session.conversations.create(
            "support",
            "Hello",
            user={"email": "a@b"},
            subject=UNSET,
            tag_list=("a",),
            status=Status.ON_HOLD,
            hold_until=MOMENT,
            data={"order": 7},
            assignee=None,
            visibility=Visibility.INTERNAL_NOTE,
            suppress_surveys=date(2026, 1, 31),
        ),
        Conversation,
    )
    assert_type(
        await session.conversations.update("a", status=2, assignee={"email": "a@b"}, brand=UNSET),
        Conversation,
    )
    assert_type(await session.conversations.change_tags("a", add="x", remove=["y"]), Conversation)
    assert_type(await session.messages.create("a", "Hi", origin_id=7, user=None), Message)
    assert_type(await session.contacts.create(email="a@b", data={"k": [1]}), Contact)
    assert_type(await session.contacts.update("a@b", identifier_type=None, name=None), Contact)
    assert_type(
        await session.contacts.add_identity("a@b", type="mobile", identifier="+1555"),
        tuple[Identity, ...],
    )
    assert_type(await session.contacts.add_note("a@b", "x", created_at=MOMENT), Note)
    assert_type(await session.contacts.update_note("a@b", 7, "x"), Note)
    await session.contacts.delete_note("a@b", "u-7")
    assert_type(await session.articles.create("t", "b", topic="t", status=0), Article)
    assert_type(await session.articles.update("a", status=ArticleStatus.DRAFT), Article)
    assert_type(
        await session.response_templates.create("n", "b", is_personal=True), ResponseTemplate
    )
    assert_type(await session.staff.create("n", "a@b", password="x"), StaffMember)
    told = [{"status": "resolved", "message": "x"}]
    assert_type(await session.incidents.create("t", updates_attributes=told), Incident)
    assert_type(await session.incidents.update(7, title="t"), Incident)


# --- mistakes -------------------------------------------------------------------------------------


async def misspell(session: ReamazeSession) -> None:
    """A misspelt word is a type error: mypy complains of an ignore that ignores nothing."""
    session.messages.list(filter="stuff")  # type: ignore[arg-type]
    session.contacts.list(sort="name")  # type: ignore[arg-type]
    session.channels.list(channel="fax")  # type: ignore[arg-type]
    session.articles.list(status="drafted")  # type: ignore[arg-type]
    await session.contacts.get("a", identifier_type="fax")  # type: ignore[arg-type]
    await session.contacts.add_identity(
        "a",
        type="facebook",  # type: ignore[arg-type]
        identifier="x",
    )
    await session.conversations.get("a", id_type="slug")  # type: ignore[arg-type]


async def invent(session: ReamazeSession) -> None:
    """So is a parameter, an attribute or a verb that doesn't exist."""
    session.messages.list(fitler="staff")  # type: ignore[call-arg]
    session.contacts.list(page=2)  # type: ignore[call-arg]
    session.staff.list(q="x")  # type: ignore[call-arg]
    await session.satisfaction_ratings.count(ordered=True)  # type: ignore[call-arg]
    await session.reports.volume(days=30)  # type: ignore[call-arg]
    await session.messages.create("a", "b", subject="x")  # type: ignore[call-arg]
    await session.conversations.update("a", subject="x")  # type: ignore[call-arg]
    await session.contacts.update("a", email="x")  # type: ignore[call-arg]
    await session.articles.update(slug="a")  # type: ignore[call-arg]
    session.channels.page(1)  # type: ignore[attr-defined]
    session.systems.create("x")  # type: ignore[attr-defined]


async def mistype(session: ReamazeSession) -> None:
    """So is a value of another type, or one too few."""
    session.messages.list(tag=7)  # type: ignore[arg-type]
    session.satisfaction_ratings.list(rating="5")  # type: ignore[arg-type]
    await session.reports.volume(start_date=20260101)  # type: ignore[arg-type]
    await session.contacts.create(notes=[7])  # type: ignore[list-item]
    await session.articles.create("t")  # type: ignore[call-arg]
    await session.response_templates.update(1.5, name="x")  # type: ignore[arg-type]
    await session.conversations.create("a", "b", assignee={"email": "x"})  # type: ignore[arg-type]
    await session.messages.create("a", "b", visibility="note")  # type: ignore[arg-type]


# --- models ---------------------------------------------------------------------------------------


def read(contact: Contact, channel: Channel, article: Article, role: Role) -> None:
    """Only what tells one from another is always there."""
    assert_type((contact.contact_id, contact.id), tuple[int | None, str | None])
    assert_type(contact.notes, tuple[Note, ...])
    assert_type((channel.slug, channel.visibility), tuple[str, ChannelVisibility | None])
    assert_type((article.slug, article.status), tuple[str, ArticleStatus | None])
    assert_type((article.author, article.created_at), tuple[User | None, datetime | None])
    assert_type((role.is_admin, role.permissions), tuple[bool | None, dict[str, Any] | None])


def read_more(rating: SatisfactionRating, incident: Incident, note: Note) -> None:
    """Ids are texts, or numbers too, as the API has them."""
    assert_type((rating.id, rating.rating), tuple[str, int | None])
    assert_type((incident.id, incident.updates), tuple[str | int, tuple[IncidentUpdate, ...]])
    assert_type(note.id, str | int | None)
