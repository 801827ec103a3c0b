"""Satisfaction ratings: what customers thought of conversations that were done."""

from dataclasses import dataclass
from datetime import datetime

from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.times import moment, zulu

COMMENTS = (None, "Thank you!", "", "Took <b>far</b> too long &amp; no answer", "👍", None)
SCORES = (5, 5, 4, 5, 3, 1, 5, 2, 4, None)


@dataclass(slots=True, eq=False)
class Rating:
    """One rating. Times are milliseconds since 1970."""

    id: int
    rating: int | None
    comment: str | None
    user: User
    assignee: User | None
    conversation: Conversation
    created: int
    updated: int

    @property
    def created_at(self) -> datetime:
        """When it was given, aware, in the account's zone."""
        return moment(self.created)

    def json(self) -> JSON:
        """The rating in the order of the documentation; ids are decimal strings (documented)."""
        return {
            "id": str(self.id),
            "rating": self.rating,
            "comment": self.comment,
            "user_id": str(self.user.id),
            "assignee_id": str(self.assignee.id) if self.assignee else None,
            "conversation_id": str(self.conversation.id),
            "created_at": zulu(self.created),
            "updated_at": zulu(self.updated),
        }


def rated(conversation: Conversation, number: int, at: int) -> Rating | None:
    """What the customer says of a conversation at a moment; None where no customer is known."""
    user, luck = conversation.author, conversation.luck
    if user is None or user.is_staff:
        return None
    return Rating(
        id=number,
        rating=SCORES[luck % len(SCORES)],
        comment=COMMENTS[luck % len(COMMENTS)],
        user=user,
        assignee=conversation.assignee,
        conversation=conversation,
        created=at,
        updated=at + (luck % 86_400_000 if luck % 5 == 0 else 0),
    )
