"""Articles of the help centre, in all topics or in one."""

from __future__ import annotations

from typing import Literal, TypedDict, Unpack

import msgspec

from reamaze_async.account_models import Article
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.models import ArticleStatus
from reamaze_async.paging.plan import Drift
from reamaze_async.validation import text
from reamaze_async.wire import fields
from reamaze_async.wire.fields import Field, Given
from reamaze_async.wire.parameters import OneOf, Parameter
from reamaze_async.wire.schema import Column, Schema, numbered, several, within

from .endpoints import Endpoint, Operation, Resource, slugs

StatusWord = Literal["published", "draft", "internal"]


class ArticleQuery(TypedDict, total=False):
    """The conditions that `list`, `page` and `count` take; see `list`."""

    status: StatusWord | None
    q: str | None


class NewArticleFields(TypedDict, total=False):
    """What a new article may be given beside title and body; see `create`."""

    status: Given[ArticleStatus | int]
    topic_id: Given[str | int]


class ArticleFields(NewArticleFields, total=False):
    """What may be changed of an article; see `update`."""

    title: Given[str]
    body: Given[str]


class _Outline(msgspec.Struct, frozen=True, gc=False):
    slug: str


PARAMETERS = (
    Parameter("status", "status", OneOf(StatusWord), "Who sees them."),
    Parameter("q", "q", text, "Words to look for; within a topic some may be left out (seen)."),
)
FIELDS = (
    Field("title", fields.letters, is_needed=True),
    Field("body", fields.letters, is_needed=True),
    Field("status", fields.number_of(ArticleStatus)),
    Field("topic_id", fields.slug_or_number),
)

LIST = Operation("GET", "/articles", "articles.list", "pages", parameters=PARAMETERS)
LIST_OF_TOPIC = Operation(
    "GET", "/topics/{topic}/articles", "articles.list(topic=...)", "pages", parameters=PARAMETERS
)
GET = Operation("GET", "/articles/{slug}", "articles.get")
CREATE = Operation("POST", "/articles", "articles.create", fields=FIELDS, root="article")
CREATE_IN_TOPIC = Operation(
    "POST", "/topics/{topic}/articles", "articles.create(topic=...)", fields=FIELDS, root="article"
)
UPDATE = Operation("PUT", "/articles/{slug}", "articles.update", fields=FIELDS, root="article")

SCHEMA = Schema(
    "articles",
    "slug",
    (
        *several("text", "slug", "title"),
        *numbered("status", ArticleStatus),
        *within("topic", "slug", "name"),
        Column("author_id", "integer", "author.id"),
        *within("author", "name", "email"),
        *several("instant", "created_at", "updated_at"),
        *several("text", "url", "embedded_url", "body"),
    ),
)

ENDPOINT = Endpoint(
    name="articles",
    root="article",
    kind=Article,
    outline=_Outline,
    keys=slugs,
    operations=(LIST, LIST_OF_TOPIC, GET, CREATE, CREATE_IN_TOPIC, UPDATE),
    schema=SCHEMA,
)


class Articles(Resource[Article]):
    """`session.articles`."""

    _endpoint = ENDPOINT

    def list(
        self,
        *,
        topic: str | None = None,
        ordered: bool = True,
        drift: Drift = "repair",
        **conditions: Unpack[ArticleQuery],
    ) -> Listing[Article]:
        """All articles that match, in an order that isn't documented; nothing is sent yet.

        If they come by their latest change, what is edited meanwhile may be missing.

        Args:
            topic: a topic's slug: its articles alone.
            status: `"published"`, `"draft"` or `"internal"`.
            q: words to look for; within a topic the server may leave some out (seen).
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.
            **conditions: those named above; they narrow each other.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        operation, keys = _lists(topic)
        return self._list(operation, *keys, asked=conditions, ordered=ordered, drift=drift)

    async def page(
        self, number: int, *, topic: str | None = None, **conditions: Unpack[ArticleQuery]
    ) -> Page[Article]:
        """One page as it is now; past the end it is empty.

        Args:
            number: from 1.
            topic: as for `list`.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the page could not be fetched.
        """
        operation, keys = _lists(topic)
        return await self._page(number, operation, *keys, asked=conditions)

    async def count(self, *, topic: str | None = None, **conditions: Unpack[ArticleQuery]) -> int:
        """How many articles match, by one request.

        Args:
            topic: as for `list`.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be fetched.
        """
        operation, keys = _lists(topic)
        return await self._count(operation, *keys, asked=conditions)

    async def get(self, slug: str, /) -> Article:
        """One article.

        Args:
            slug: its key.

        Raises:
            InvalidParameter: the slug is empty or no string.
            NotFound: there is none.
            ReamazeError: it could not be fetched.
        """
        return await self._get(GET, slug)

    async def create(
        self,
        title: str,
        body: str,
        *,
        topic: str | None = None,
        **attributes: Unpack[NewArticleFields],
    ) -> Article:
        """Write an article; it is sent once.

        Args:
            title: its title, sent to the letter.
            body: the text, in Markdown, sent to the letter.
            topic: the slug of the topic in whose path it is made (documented).
            status: an `ArticleStatus`. That Internal is 4 is seen, by two of three.
            topic_id: the topic, as an attribute; a slug is seen.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        given = {"title": title, "body": body, **attributes}
        if topic is None:
            return await self._write(CREATE, given=given)
        return await self._write(CREATE_IN_TOPIC, topic, given=given)

    async def update(self, slug: str, /, **attributes: Unpack[ArticleFields]) -> Article:
        """Change an article; it is sent once.

        Args:
            slug: its key.
            title: as for `create`.
            body: as for `create`.
            status: as for `create`.
            topic_id: as for `create`.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Returns:
            The article, as far as the answer tells it: that may be its slug alone (seen).

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread, or nothing would change.
            NotFound: there is none.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(UPDATE, slug, given=attributes)


def _lists(topic: str | None) -> tuple[Operation, tuple[str, ...]]:
    """Which list it is, and the key in its path."""
    return (LIST, ()) if topic is None else (LIST_OF_TOPIC, (topic,))
