"""Articles of the help centre, their topics, and response templates."""

from dataclasses import dataclass
from datetime import datetime

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.times import moment, stamp

PUBLISHED, DRAFT = 0, 1


@dataclass(frozen=True, slots=True)
class Topic:
    """Where articles stand."""

    name: str
    slug: str


@dataclass(slots=True, eq=False)
class Article:
    """One article. Times are milliseconds since 1970."""

    id: int
    title: str
    body: str
    slug: str
    status: int
    created: int
    updated: int
    author: User
    topic: Topic | None
    brand: str

    @property
    def created_at(self) -> datetime:
        """When it was made, aware, in the account's zone."""
        return moment(self.created)

    def json(self) -> JSON:
        """The article in the order of real answers (seen)."""
        base = f"https://{self.brand}.reamaze.com"
        return {
            "title": self.title,
            "body": self.body,
            "slug": self.slug,
            "status": self.status,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "url": f"{base}/kb/{self.topic.slug if self.topic else 'general'}/{self.slug}",
            "author": self.author.json(),
            "embedded_url": f"{base}/embed/kb/{self.slug}",
            "topic": {"name": self.topic.name, "slug": self.topic.slug} if self.topic else None,
        }


@dataclass(slots=True, eq=False)
class ResponseTemplate:
    """One response template."""

    id: int
    name: str
    body: str
    group: str | None = None
    is_personal: bool = False

    def json(self) -> JSON:
        """The template in the order of real answers (documented)."""
        group = self.group and {"id": 300 + len(self.group), "name": self.group}
        return {
            "id": self.id,
            "name": self.name,
            "body": self.body,
            "response_template_group": group,
        }
