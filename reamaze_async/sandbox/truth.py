"""What a test may know of the world: everything that is true, now and since a moment."""

from typing import Any

from reamaze_async.sandbox.contact import Contact
from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.entities import Channel
from reamaze_async.sandbox.library import Article, ResponseTemplate
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.rating import Rating
from reamaze_async.sandbox.resources import BY_NAME
from reamaze_async.sandbox.rules import Habits, read_query
from reamaze_async.sandbox.search import Search, newest, oldest
from reamaze_async.sandbox.staff import StaffMember
from reamaze_async.sandbox.status_page import Incident, System
from reamaze_async.sandbox.store import Selection, Store
from reamaze_async.sandbox.world import World


class Watch:
    """One list, since the moment when the watch began.

    A message counts by what its conversation is now, since only its own changes are remembered.
    """

    def __init__(self, store: Store[Any], query: Selection[Any]) -> None:
        self._store = store
        self._query = query
        self._mark = store.mark()

    def now(self) -> list[Any]:
        """What the list holds, in its order."""
        return self._store.view(self._query).everything()

    def stayed(self) -> list[Any]:
        """What it held at every moment since, in its order now: nothing of it may be missed."""
        return self._store.stayed(self._mark, self._query)

    def seen(self) -> list[Any]:
        """What it held at some moment since, each version by itself: nothing else may be listed."""
        befores = (change.before for change in self._store.history[self._mark :])
        once = [it for it in befores if it is not None and self._query.matches(it)]
        return [*self.now(), *once]


class Truth:
    """The truth about each resource, whatever a client is told."""

    world: World
    _habits: Habits

    @property
    def conversations(self) -> list[Conversation]:
        """The truth now, archived ones included, newest first."""
        return self.world.conversations

    @property
    def messages(self) -> list[Message]:
        """All messages of all conversations now, newest first."""
        return self.world.messages.view(Search(newest)).everything()

    @property
    def contacts(self) -> list[Contact]:
        """All contacts now, newest first."""
        return self.world.contacts.view(Search(newest)).everything()

    @property
    def channels(self) -> list[Channel]:
        """The brand's channels."""
        return list(self.world.channels)

    @property
    def articles(self) -> list[Article]:
        """All articles now, in the order of their making."""
        return self.world.articles.everything()

    @property
    def response_templates(self) -> list[ResponseTemplate]:
        """All response templates now, in the order of their making."""
        return self.world.response_templates.everything()

    @property
    def staff(self) -> list[StaffMember]:
        """All staff now, oldest first."""
        return self.world.people.members.view(Search(oldest)).everything()

    @property
    def ratings(self) -> list[Rating]:
        """All satisfaction ratings now, newest first."""
        return self.world.ratings.view(Search(newest)).everything()

    @property
    def incidents(self) -> list[Incident]:
        """All incidents now, newest first."""
        return self.world.incidents.view(Search(newest)).everything()

    @property
    def systems(self) -> list[System]:
        """All systems of the status page."""
        return self.world.systems.everything()

    def watch(self, name: str, **params: str) -> Watch:
        """Look at a list from now on, to know afterwards what it held.

        Args:
            name: `messages`, `contacts`, `satisfaction_ratings`, `conversations`, ...
            params: The API's own parameters.

        Raises:
            KeyError: There is no such list.
        """
        resource = BY_NAME[name]
        return Watch(resource.store(self.world), resource.query(params, self._habits))

    def mark(self) -> int:
        """This moment of the world, for `stayed` and `seen`."""
        return self.world.mark()

    def stayed(self, mark: int, **params: str) -> list[str]:
        """The slugs that matched at every moment since `mark`, in the list's order now.

        Args:
            mark: What `mark()` gave.
            params: The API's own parameters (`filter="all"`, `sort="changed"`, ...).
        """
        return self.world.stayed(mark, read_query(params, self._habits))

    def seen(self, mark: int, **params: str) -> frozenset[str]:
        """The slugs that matched at some moment since `mark`: nothing else may be listed."""
        return self.world.seen(mark, read_query(params, self._habits))

    def changed(self, mark: int) -> frozenset[str]:
        """The slugs that changed in any way since `mark`: under a moving sort, what may jump."""
        return self.world.changed(mark)
