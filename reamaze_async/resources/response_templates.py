"""Response templates: shared ones, and the user's own."""

from __future__ import annotations

from typing import TypedDict, Unpack

import msgspec

from reamaze_async.account_models import ResponseTemplate
from reamaze_async.listings.listing import Listing, Page
from reamaze_async.paging.plan import Drift
from reamaze_async.validation import text
from reamaze_async.wire import fields
from reamaze_async.wire.fields import Field, Given
from reamaze_async.wire.parameters import Parameter
from reamaze_async.wire.schema import Column, Schema, several

from .endpoints import Endpoint, Operation, Resource, ids


class ResponseTemplateQuery(TypedDict, total=False):
    """The conditions that `list`, `page` and `count` take; see `list`."""

    q: str | None


class NewResponseTemplateFields(TypedDict, total=False):
    """What a new template may be given beside name and body; see `create`."""

    is_personal: Given[bool]


class ResponseTemplateFields(NewResponseTemplateFields, total=False):
    """What may be changed of a template; see `update`."""

    name: Given[str]
    body: Given[str]


class _Outline(msgspec.Struct, frozen=True, gc=False):
    id: int


FIELDS = (
    Field("name", fields.letters, is_needed=True),
    Field("body", fields.letters, is_needed=True),
    Field("is_personal", fields.zero_or_one),
)

LIST = Operation(
    "GET",
    "/response_templates",
    "response_templates.list",
    "pages, maybe without counts",
    parameters=(Parameter("q", "q", text, "Words to look for."),),
)
GET = Operation("GET", "/response_templates/{id}", "response_templates.get")
CREATE = Operation(
    "POST",
    "/response_templates",
    "response_templates.create",
    fields=FIELDS,
    root="response_template",
)
UPDATE = Operation(
    "PUT",
    "/response_templates/{id}",
    "response_templates.update",
    fields=FIELDS,
    root="response_template",
)

SCHEMA = Schema(
    "response_templates",
    "id",
    (
        Column("id", "integer"),
        *several("text", "name", "body"),
        Column("group_id", "integer", "response_template_group.id"),
        Column("group_name", path="response_template_group.name"),
        Column("is_personal", "boolean"),
    ),
)

ENDPOINT = Endpoint(
    name="response_templates",
    root="response_template",
    kind=ResponseTemplate,
    outline=_Outline,
    keys=ids,
    operations=(LIST, GET, CREATE, UPDATE),
    schema=SCHEMA,
)


class ResponseTemplates(Resource[ResponseTemplate]):
    """`session.response_templates`."""

    _endpoint = ENDPOINT

    def list(
        self,
        *,
        ordered: bool = True,
        drift: Drift = "repair",
        **conditions: Unpack[ResponseTemplateQuery],
    ) -> Listing[ResponseTemplate]:
        """All templates that the user may see, in an order that isn't documented.

        Whether they are counted isn't known: they are read by pages until one isn't full or brings
        nothing new; more than 30 at once are all.

        Without counts nothing tells that a template was deleted while they were read: the one that
        moved up to a page that was read by then may be missing, without a word.

        Args:
            q: words to look for.
            ordered: as for `conversations.list`.
            drift: as for `conversations.list`.
            **conditions: those named above.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
        """
        return self._list(LIST, asked=conditions, ordered=ordered, drift=drift)

    async def page(
        self, number: int, **conditions: Unpack[ResponseTemplateQuery]
    ) -> Page[ResponseTemplate]:
        """One page as it is now; past the end it is empty.

        Where the server doesn't count, the page's counts are of what stands on it and above.

        Args:
            number: from 1.
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the page could not be fetched.
        """
        return await self._page(number, LIST, asked=conditions)

    async def count(self, **conditions: Unpack[ResponseTemplateQuery]) -> int:
        """How many templates match: by one request, or by all pages if the server doesn't count.

        Args:
            **conditions: as for `list`.

        Raises:
            TypeError: there is no such condition.
            InvalidParameter: a value would be refused or misread.
            ReamazeError: the answer could not be fetched.
        """
        first = await self.page(1, **conditions)
        if first.page_count < 2 or first.total_count > len(first.items):
            return first.total_count
        return sum([1 async for _ in self.list(**conditions)])

    async def get(self, id: str | int, /) -> ResponseTemplate:  # noqa: A002 - the API's own word
        """One template.

        Args:
            id: its number.

        Raises:
            InvalidParameter: the id is empty, or neither text nor a whole number.
            NotFound: there is none.
            ReamazeError: it could not be fetched.
        """
        return await self._get(GET, id)

    async def create(
        self, name: str, body: str, **attributes: Unpack[NewResponseTemplateFields]
    ) -> ResponseTemplate:
        """Write a template; it is sent once.

        Args:
            name: for people, sent to the letter.
            body: the text, sent to the letter.
            is_personal: for this user alone.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread; nothing was sent.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(CREATE, given={"name": name, "body": body, **attributes})

    async def update(
        self,
        id: str | int,  # noqa: A002 - the API's own word
        /,
        **attributes: Unpack[ResponseTemplateFields],
    ) -> ResponseTemplate:
        """Change a template; it is sent once.

        Args:
            id: its number.
            name: as for `create`.
            body: as for `create`.
            is_personal: as for `create`.
            **attributes: those named above; what is left out isn't sent, None is sent as null.

        Raises:
            TypeError: there is no such attribute.
            InvalidParameter: a value would be refused or misread, or nothing would change.
            NotFound: there is none.
            UnprocessableEntity: the server refused the values; see `errors`.
            ReamazeError: no good answer came.
        """
        return await self._write(UPDATE, id, given=attributes)
