"""The join: whatever two lists bring, every thread gets its messages, and nothing else is held."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.threads.join import (
    IN_VAIN,
    Join,
    Joined,
    ListedConversation,
    ListedMessage,
)


def conversation(slug: str, began: float | None = 1.0, counted: int | None = None):
    """A conversation as the join sees it."""
    return ListedConversation(slug, slug, began, counted)


def message(key: str, slug: str, at: float | None, began: float | None = 1.0):
    """A message as the join sees it, whose key is its outline."""
    return ListedMessage(key, key, slug, at, began)


def new_join(**how) -> Join:
    """A join whose keys are the outlines themselves."""
    return Join(str, **how)


@dataclass
class World:
    """Conversations with their messages, some of which a list leaves out or counts wrongly."""

    began: dict[str, int]
    messages: dict[str, list[int]]
    listed: list[str]
    counts_too_many: bool = False
    pages: tuple[int, int] = (1, 1)
    strays: list[str] = field(default_factory=list)
    point: list[float] = field(default_factory=list)

    def conversations(self) -> list[ListedConversation]:
        """The list of conversations, newest first."""
        listed = sorted(self.listed, key=lambda slug: -self.began[slug])
        more = int(self.counts_too_many)
        return [
            conversation(slug, self.began[slug], len(self.messages[slug]) + more) for slug in listed
        ]

    def everything(self) -> list[ListedMessage]:
        """The list of messages, newest first."""
        found = [
            message(f"{slug} {number}", slug, at, self.began[slug])
            for slug, times in self.messages.items()
            for number, at in enumerate(times)
        ]
        late = [message(f"stray {slug}", slug, -1, self.began[slug]) for slug in self.strays]
        return sorted(found, key=lambda one: -(one.at or 0)) + late

    def thread(self, slug: str) -> list[ListedMessage]:
        """What a listing of one thread brings."""
        return [one for one in self.everything() if one.slug == slug]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Small ones, in which much happens in the same moment."""
    slugs = [f"c{number}" for number in range(draw(st.integers(0, 12)))]
    began = {slug: draw(st.integers(0, 8)) for slug in slugs}
    messages = {
        slug: [began[slug], *draw(st.lists(st.integers(began[slug], 12), max_size=4))]
        for slug in slugs
    }
    listed = [slug for slug in slugs if draw(st.integers(0, 3))]
    pages = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return World(began, messages, listed, draw(st.booleans()), pages)


def walk(world: World, join: Join) -> list[Joined]:
    """Drive a join to its end; what is read alone comes three steps later."""
    conversations, messages = world.conversations(), world.everything()
    found, alone = [], []
    while True:
        step = join.next()
        if isinstance(step, Joined):
            found.append(step)
            alone += [step] if step.alone else []
        elif step == "conversations":
            join.take_conversations(_page(join, conversations, world.pages[0], step))
        elif step == "messages":
            join.take_messages(_page(join, messages, world.pages[1], step))
        elif step == "a read" or (step == "nothing" and alone):
            join.read_alone(alone[0], world.thread(alone.pop(0).conversation.slug))
        else:
            return found


def _page(join: Join, rest: list, size: int, which) -> list:
    page, rest[:] = rest[:size], rest[size:]
    if not page:
        join.end(which)
    return page


@given(worlds())
def test_message_lost_or_strayed(world):
    """Every listed conversation comes once, in order, with its messages or to be read alone."""
    found = walk(world, new_join())
    assert [one.conversation for one in found] == world.conversations()
    for one in found:
        whole = [each.item for each in world.thread(one.conversation.slug)]
        assert [each.item for each in one.messages] == whole


@given(worlds())
def test_thread_read_alone_for_nothing(world):
    """Alone are read those that count more than came, and no more than the bound allows."""
    alone = [one for one in walk(world, new_join()) if one.alone]
    assert len(alone) == (min(IN_VAIN, len(world.listed)) if world.counts_too_many else 0)


@given(worlds())
def test_more_held_than_may_be(world):
    """Held are only messages of conversations that began before the point reached."""
    join, point = new_join(), None
    conversations, messages = world.conversations(), world.everything()
    while (step := join.next()) != "nothing":
        if isinstance(step, Joined):
            point = step.conversation.began
        elif step == "conversations":
            join.take_conversations(_page(join, conversations, world.pages[0], step))
        elif step == "messages":
            join.take_messages(_page(join, messages, world.pages[1], step))
        else:
            return
        older = [one for one in world.everything() if point is None or (one.began or 0) <= point]
        assert join.held <= len(older)
    if world.listed and len(world.listed) == len(world.began):
        assert join.held == 0


@given(worlds(), st.data())
def test_merged_message_that_is_silent(world, data):
    """A message that comes after its conversation was handed out is told, by its slug."""
    world.counts_too_many = False
    world.strays = [slug for slug in world.listed if data.draw(st.booleans())]
    join = new_join(to_the_end=True)
    walk(world, join)
    assert set(join.incomplete) == set(world.strays)


def handed_out(join: Join, *conversations: ListedConversation) -> list[Joined]:
    """What a join hands out at once, when it has taken these."""
    join.take_conversations(conversations)
    found = []
    while isinstance(step := join.next(), Joined):
        found.append(step)
    return found


def settled(join: Join, *messages: ListedMessage) -> Join:
    """The join, at the end of the list of messages."""
    join.take_messages(messages)
    join.end("messages")
    return join


def test_merged_conversation_read_alone_that_is_loud():
    """Older messages of a thread that was read alone are no news when they come."""
    join = new_join()
    old = message("old", "a", 0, 1)
    join.take_messages([message("new", "a", 5, 1), old])
    (one,) = handed_out(join, conversation("a", 1, counted=2))
    join.end("conversations")
    assert (one.alone, join.next()) == (True, "nothing")
    assert join.incomplete == ("a",)
    join.read_alone(one, [message("new", "a", 5, 1), old])
    assert join.incomplete == ()


def test_merged_message_that_comes_after_the_read():
    """The same, when the thread has been read before they come."""
    join, old = new_join(), message("old", "a", 0, 1)
    join.take_messages([message("new", "a", 5, 1), message("x", "b", 0.5, 0.5)])
    (one,) = handed_out(join, conversation("a", 1, counted=2))
    join.read_alone(one, [message("new", "a", 5, 1), old])
    join.take_messages([old])
    settled(join)
    assert handed_out(join, conversation("b", 0)) != []
    assert join.incomplete == ()


@pytest.mark.parametrize("came", [True, False])
def test_out_of_order(came):
    """A conversation that comes too late for its messages is read alone."""
    join = settled(new_join(), *([message("m", "late", 9, 8)] if came else []))
    found = handed_out(join, conversation("early", 1), conversation("late", 8))
    assert [one.alone for one in found] == [False, came]


def test_conversation_that_does_not_say_when():
    """Without the time at which it began, a conversation is read alone."""
    (one,) = handed_out(settled(new_join()), conversation("a", None))
    assert one.alone


def test_count_believed_again():
    """A read that brings something makes the count believed as before."""
    join = settled(new_join())
    for number in range(3 * IN_VAIN):
        (one,) = handed_out(join, conversation(f"c{number}", 1, counted=1))
        brings = number % IN_VAIN == IN_VAIN - 1
        join.read_alone(one, [message("m", "x", 2)] if brings else [])
        assert one.alone
    assert join.found_alone == 3


def test_count_disproved():
    """After so many reads in a row that brought nothing, no other is begun."""
    join = settled(new_join())
    found = handed_out(join, *(conversation(f"c{n}", 1, counted=1) for n in range(2 * IN_VAIN)))
    assert (len(found), join.next()) == (IN_VAIN, "a read")
    for one in found:
        join.read_alone(one, [])
    assert [one.alone for one in handed_out(join)] == [False] * IN_VAIN


def test_equal_messages_that_count_as_one():
    """Two messages that agree in all are two: a read that brings the second brought something."""
    join = settled(new_join(), message("twin", "a", 2))
    (one,) = handed_out(join, conversation("a", 1, counted=2))
    join.read_alone(one, [message("twin", "a", 2)] * 2)
    assert join.found_alone == 1


def test_conversation_gone():
    """Messages of a conversation that is gone are missed by nobody."""
    join = new_join()
    join.take_messages([message("x", "b", 0.5, 0.5)])
    (one,) = handed_out(join, conversation("a", 1, counted=2))
    join.give_up(one, is_gone=True)
    settled(join, message("m", "a", 1, 1))
    handed_out(join, conversation("b", 0.5))
    assert join.incomplete == ()


def test_message_without_a_conversation():
    """A message that doesn't say where it belongs is counted, not dropped."""
    join = settled(new_join(), message("m", "", 2, None))
    handed_out(join, conversation("a", 1))
    assert join.orphans == 1


def test_gone_on_in_the_middle():
    """Who goes on knows what was handed out before: nothing of it is late, or held."""
    join = new_join(handed_out=["a"], had=["m"], point=5.0)
    settled(join, message("m", "a", 6, 5), message("n", "left out", 6, 6), message("o", "b", 5, 1))
    (one,) = handed_out(join, conversation("b", 1))
    assert [each.item for each in one.messages] == ["o"]
    assert (join.incomplete, join.held) == ((), 0)


def thread_of(found: Sequence[Joined]) -> list[str]:
    """The slugs, in order."""
    return [one.conversation.slug for one in found]


def test_each_that_waits_for_messages():
    """Where each is read alone, no message of the whole brand is waited for."""
    join = new_join()
    join.read_each()
    found = handed_out(join, conversation("a", 1), conversation("b", 2))
    assert (thread_of(found), [one.alone for one in found]) == (["a", "b"], [True, True])
