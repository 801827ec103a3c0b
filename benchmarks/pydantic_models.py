"""The conversation as pydantic models, with the fields that the package's own Structs have."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class User(BaseModel):
    """An author, assignee or follower."""

    id: int | None = None
    name: str | None = None
    data: Any = None
    email: str | None = None
    twitter: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    mobile: str | None = None
    friendly_name: str | None = None
    display_name: str | None = None
    is_staff: bool | None = Field(default=None, alias="staff?")
    is_customer: bool | None = Field(default=None, alias="customer?")
    is_bot: bool | None = Field(default=None, alias="bot?")


class Category(BaseModel):
    """A channel."""

    name: str | None = None
    slug: str | None = None
    email: str | None = None
    channel: int | None = None
    settings_display_html_email: str | None = None


class Excerpt(BaseModel):
    """A message in short."""

    body: str | None = None
    created_at: datetime | None = None
    origin_id: str | None = None


class Conversation(BaseModel):
    """A conversation of a list."""

    slug: str
    subject: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    origin: int | None = None
    data: dict[str, Any] | None = None
    external_data: dict[str, Any] | None = None
    hold_until: datetime | None = None
    author: User | None = None
    assignee: User | None = None
    perma_url: str | None = None
    tag_list: tuple[str, ...] = ()
    status: int | None = None
    display_subject: str | None = None
    category: Category | None = None
    last_customer_message: Excerpt | None = None
    last_staff_message: Excerpt | None = None
    followers: tuple[User, ...] = ()
    message: Excerpt | None = None
    read_only: bool | None = Field(default=None, alias="readOnly")
    message_count: int | None = None


class Page(BaseModel):
    """A page of a list."""

    page_count: int
    conversations: list[Conversation]
