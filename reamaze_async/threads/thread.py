"""A thread: a conversation and its messages."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from reamaze_async.models import Conversation, Message, Visibility


class Thread(NamedTuple):
    """A conversation and its messages.

    Attributes:
        conversation: as the list of conversations gave it.
        messages: oldest first.
    """

    conversation: Conversation
    messages: tuple[Message, ...]

    @property
    def first_response(self) -> timedelta | None:
        """From the first customer message to the first regular staff message after it.

        None where there is no such answer. Internal notes are no answers. Whoever wrote a message
        without a `user`, as bots and deleted users do, is neither a customer nor staff.
        """
        asked = None
        for message in self.messages:
            if message.user is None or message.created_at is None:
                continue
            is_staff = message.user.is_staff
            if asked is None and is_staff is False:
                asked = message.created_at
            elif asked is not None and is_staff and message.visibility in _SEEN_BY_CUSTOMERS:
                return message.created_at - asked
        return None


_SEEN_BY_CUSTOMERS = (Visibility.REGULAR, None)
