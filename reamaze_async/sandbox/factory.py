"""Conversations made from a seed: people, subjects, slugs, and the oddities real accounts have."""

from collections.abc import Sequence
from random import Random

from reamaze_async.sandbox import fake_data
from reamaze_async.sandbox.conversation import ON_HOLD, Conversation, Counting
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import CHAT, Channel, User
from reamaze_async.sandbox.fake_data import Size
from reamaze_async.sandbox.files import Files
from reamaze_async.sandbox.people import People
from reamaze_async.sandbox.thread import fewest
from reamaze_async.sandbox.times import HOUR

SPAN = 4 * 365 * 24 * HOUR
"""However many there are, the first ones are not older than this."""

HOW_COMMON = {0: 40, 1: 24, 2: 60, 3: 8, 4: 44, 5: 8, 6: 6, 7: 4, 8: 3, 9: 1, 12: 1, 23: 1}
STATUSES = tuple(status for status, times in HOW_COMMON.items() for _ in range(times))
"""Each status as often as it is common; the last two are listed nowhere."""

ANSWERED = frozenset({1, 2, 6, 8})
"""Statuses in which staff, or what answers for them, has written last."""

LONGEST_SLUG = 200

ODD_ORIGINS = (4, 5, 13, 18, 19, 42)


class Factory:
    """Makes conversations one after another, oldest first, the same ones for the same seed."""

    def __init__(
        self,
        seed: int,
        brand: str,
        size: Size,
        people: People | None = None,
        counting: Counting = "all",
    ) -> None:
        self.channels: tuple[Channel, ...] = fake_data.channels(brand)
        self.people: People = people or People(brand)
        self.files: Files = Files()
        self._counting: Counting = counting
        self._brand = brand
        self._size: Size = size
        self._random = Random(f"world {seed}")
        self._next_id = 100_001
        self._slugs: dict[str, int] = {}

    def luck(self) -> float:
        """The next number from 0 to 1."""
        return self._random.random()

    def history(self, count: int, until: int, tied: int = 1) -> list[Conversation]:
        """`count` conversations over the years before `until`, some at the same millisecond.

        Args:
            count: How many.
            until: The latest moment.
            tied: So many neighbours at a time begin in one and the same millisecond.
        """
        luck = self.luck
        longest = min(8 * HOUR, 2 * SPAN // max(1, count))
        gaps = [0 if luck() < 0.02 else 1 + int(luck() * longest) for _ in range(count)]
        gaps = [0 if number % tied else gap for number, gap in enumerate(gaps)]
        at, made = until - sum(gaps), []
        for gap in gaps:
            at += gap
            made.append(self.make(at, until))
        return made

    def make(self, created: int, now: int, channel: Channel | None = None) -> Conversation:
        """One more conversation, as it has become from `created` until `now`."""
        luck, staff = self.luck, self.people.staff
        number, self._next_id = self._next_id, self._next_id + 1
        channel = channel or self.channels[int(luck() ** 2 * len(self.channels))]
        outbound = number % 29 == 13
        author = staff[number % len(staff)] if outbound else self._customer(created)
        status = STATUSES[int(luck() * len(STATUSES))]
        last = created + int(luck() ** 3 * max(0, now - created))
        subject = None
        if channel.channel != CHAT or luck() < 0.5:
            subject = fake_data.subject(luck(), luck())
        made = Conversation(
            id=number,
            slug=self.slug(subject, number),
            subject=subject,
            created=created,
            updated=last + int(luck() * max(0, now - last)),
            customer_at=None if outbound else last,
            staff_at=last if outbound or luck() < 0.6 else None,
            status=status,
            origin=self._origin(number, channel, outbound=outbound),
            category=channel,
            author=None if number % 61 == 17 else author,
            assignee=staff[int(luck() * len(staff))] if luck() < 0.4 else None,
            followers=(author,) if author and luck() < 0.2 else (),
            tags=fake_data.tags(luck()),
            data=self._data(number),
            brand=self._brand,
            luck=self._random.getrandbits(48),
            staff=staff,
            files=self.files,
            counting=self._counting,
            size=self._size,
            hold_until=now + 24 * HOUR if status == ON_HOLD else None,
            message_count=1 if last == created else 1 + int(luck() * 9),
        )
        return _agreeing(made)

    def slug(self, subject: str | None, number: int) -> str:
        """A slug nobody has had: from the subject, told apart by a suffix (guess)."""
        base = fake_data.slugify(subject or "")[:LONGEST_SLUG] or f"conversation-{number:x}"
        if number % 101 == 9:
            base = f"{base}.v1_{number}$"
        times = self._slugs[base] = self._slugs.get(base, 0) + 1
        return base if times == 1 else self.slug(f"{base}-{times}", 0)

    def _customer(self, at: int) -> User | None:
        return self.people.drawn(self.luck(), 20 + self._next_id % 100_000, at)

    def _origin(self, number: int, channel: Channel, *, outbound: bool) -> int:
        if outbound:
            return 16
        odd = ODD_ORIGINS[number // 53 % len(ODD_ORIGINS)]
        return odd if number % 53 == 11 else channel.origin

    def _data(self, number: int) -> JSON | None:
        if number % 47 == 3:
            return None
        return {"order_number": str(10_000 + number % 90_000)} if self.luck() < 0.3 else {}


def _agreeing(made: Conversation) -> Conversation:
    """A conversation whose messages can be what it says of them.

    Nobody has answered where there is one message; what is done with was answered last by staff.
    """
    if made.customer_at is not None and made.staff_at is not None:
        last, share = made.customer_at, made.luck % 997 / 997
        first, end = (last, made.updated) if made.status in ANSWERED else (made.created, last)
        made.staff_at = None if last == made.created else first + int(share * (end - first))
    made.message_count = max(made.message_count, fewest(made))
    return made


def spread(made: Sequence[Conversation], messages: int) -> None:
    """Give the conversations so many messages in all; those of one message keep it.

    Raises:
        ValueError: There can't be so few, or nobody can take more.
    """
    lowest = {it.id: fewest(it) for it in made}
    longer = [it for it in made if it.message_count > 1]
    weights, rest = sum(it.message_count for it in longer), messages - sum(lowest.values())
    if rest < 0 or (rest and not longer):
        message = f"messages={messages} can't belong to these {len(made)} conversations"
        raise ValueError(message)
    for it in longer:
        share = rest * it.message_count // weights
        rest, weights = rest - share, weights - it.message_count
        it.message_count = lowest[it.id] + share
