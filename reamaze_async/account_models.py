"""What an account holds beside its conversations, as frozen Structs.

Contacts, channels, the help centre, staff, ratings, the status page. Fields are marked by their
source: *documented* (the official reference) or *seen* (in real answers only). Only what tells one
thing from another is needed; anything else may be missing or null.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .models import ArticleStatus, ChannelType, ChannelVisibility, Instant, User

# --- contacts -------------------------------------------------------------------------------------


class Note(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A note about a contact.

    Attributes:
        id: a number (documented) or a UUID (seen).
        note: its text; documented.
        created_at, updated_at: seen.
        creator: who wrote it, with `email` and `name`; seen.
    """

    id: str | int | None = None
    note: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    creator: User | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An address that leads to a contact; documented.

    Attributes:
        type: `email`, `mobile`, `twitter`, `facebook`, `instagram` or `igsid`.
        identifier: the address itself.
    """

    type: str | None = None
    identifier: str | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A customer, or anybody else who isn't staff.

    Attributes:
        name, email: documented; either may be null.
        friendly_name: documented.
        twitter, facebook, instagram, mobile: seen.
        contact_id: the API's `_id`, its internal number; seen. That it is the `id` of the `User`
            in conversations is a guess.
        id: the caller's own, such as a single sign-on id; None unless set; seen.
        data: custom attributes; seen.
        notes: documented.
        created_at, updated_at: seen.
    """

    name: str | None = None
    data: dict[str, Any] | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    email: str | None = None
    twitter: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    mobile: str | None = None
    friendly_name: str | None = None
    contact_id: int | None = msgspec.field(default=None, name="_id")
    id: str | None = None
    notes: tuple[Note, ...] = ()


# --- channels -------------------------------------------------------------------------------------


class Brand(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A brand, as channels and reports name it; seen.

    Attributes:
        id: in reports only.
        name: for people.
        url: where it lives.
    """

    id: int | None = None
    name: str | None = None
    url: str | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel, which conversations show in short as their `category`; seen, but the first three.

    Attributes:
        slug: the unique key; documented.
        name, channel: documented.
        email: null where the channel isn't mail.
        created_at, updated_at: of the channel.
        visibility: whether customers see it.
        spam_filter_enabled, reply_from_origin: settings.
        verified, verification_email, last_verified: whether mail may be sent from its address.
        settings_reply_from_name: `channel`, `brand` or `staff`.
        settings_signature: stands below its mails.
        brand: whose it is.
    """

    slug: str
    name: str | None = None
    email: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    channel: ChannelType | None = None
    visibility: ChannelVisibility | None = None
    spam_filter_enabled: bool | None = None
    reply_from_origin: bool | None = None
    verified: bool | None = None
    verification_email: str | None = None
    last_verified: Instant | None = None
    settings_reply_from_name: str | None = None
    settings_signature: str | None = None
    brand: Brand | None = None


# --- articles and response templates --------------------------------------------------------------


class Topic(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where an article stands in the help centre; seen.

    Attributes:
        name: for people.
        slug: its key.
    """

    name: str | None = None
    slug: str | None = None


class Article(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An article of the help centre.

    Attributes:
        slug: the unique key; documented. The answer to an update may hold nothing else (seen).
        title, body: documented; the body is Markdown.
        status: documented; a number that nobody lists keeps its number.
        created_at, updated_at: seen.
        url, embedded_url: where people read it; seen.
        author: seen.
        topic: None outside of any; seen.
    """

    slug: str
    title: str | None = None
    body: str | None = None
    status: ArticleStatus | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    url: str | None = None
    author: User | None = None
    embedded_url: str | None = None
    topic: Topic | None = None


class ResponseTemplateGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A group of response templates; documented.

    Attributes:
        id: its number.
        name: for people.
    """

    id: int | None = None
    name: str | None = None


class ResponseTemplate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A response template, shared or the user's own.

    Attributes:
        id: the unique key; documented.
        name, body: documented.
        response_template_group: None outside of any; documented.
        is_personal: seen in some answers.
    """

    id: int
    name: str | None = None
    body: str | None = None
    response_template_group: ResponseTemplateGroup | None = None
    is_personal: bool | None = None


# --- staff and ratings ----------------------------------------------------------------------------


class Role(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a member of staff may do; seen.

    Attributes:
        id, name, description: of the role.
        is_admin, is_default: the API's `admin?`, `default?`.
        permissions: by the API's own keys, question marks included (`"manage_staff?"`); the
            reference warns that they may change.
    """

    id: int | None = None
    name: str | None = None
    description: str | None = None
    is_admin: bool | None = msgspec.field(default=None, name="admin?")
    is_default: bool | None = msgspec.field(default=None, name="default?")
    permissions: dict[str, Any] | None = None


class StaffMember(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member of staff.

    Attributes:
        email: the unique key; documented.
        name: documented.
        created_at, display_name, notification_email, role: seen.
    """

    email: str
    name: str | None = None
    created_at: Instant | None = None
    display_name: str | None = None
    notification_email: str | None = None
    role: Role | None = None


class SatisfactionRating(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a customer thought of a conversation; documented.

    Attributes:
        id: the unique key, a number in text.
        rating: 1 to 5, or null.
        comment: in the customer's words, if there are any.
        user_id, assignee_id: who rated, and whom.
        conversation_id: a database id, which `conversations.get` understands.
        created_at, updated_at: of the rating.
    """

    id: str
    rating: int | None = None
    comment: str | None = None
    user_id: str | None = None
    assignee_id: str | None = None
    conversation_id: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None


# --- the status page ------------------------------------------------------------------------------


class IncidentUpdate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A report on an incident; documented.

    Attributes:
        id: like a UUID.
        status: `investigating`, `identified`, `monitoring` or `resolved`.
        message: for people.
        created_at: when it was made.
    """

    id: str | int | None = None
    status: str | None = None
    message: str | None = None
    created_at: Instant | None = None


class IncidentSystem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an incident makes of a system; documented.

    Attributes:
        id: of this pair.
        system_id: of the system.
        status: `operational`, `degraded_performance`, `partial_outage`, `major_outage` or
            `under_maintenance`.
        system: the system in short.
    """

    id: str | int | None = None
    system_id: str | int | None = None
    status: str | None = None
    system: System | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An incident of the status page; documented, but where *seen*.

    Attributes:
        id: the unique key, like a UUID.
        title: for people.
        account_id, brand_id: whose it is; seen.
        created_at, updated_at: of the incident.
        status: what the latest update says.
        external_url: where people read of it; seen.
        updates: the reports on it.
        incidents_systems: which systems it concerns, and how.
    """

    id: str | int
    title: str | None = None
    account_id: int | None = None
    brand_id: int | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    status: str | None = None
    external_url: str | None = None
    updates: tuple[IncidentUpdate, ...] = ()
    incidents_systems: tuple[IncidentSystem, ...] = ()


class System(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A system that the status page watches; documented, but where *seen*.

    Attributes:
        id: the unique key, like a UUID.
        title: for people.
        account_id, brand_id: whose it is; seen.
        created_at, updated_at: of the system.
        status: as in `IncidentSystem`.
        active_incidents: those that aren't resolved, in short.
    """

    id: str | int
    title: str | None = None
    account_id: int | None = None
    brand_id: int | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    status: str | None = None
    active_incidents: tuple[Incident, ...] = ()
