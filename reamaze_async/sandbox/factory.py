"""Conversations made from a seed: people, subjects, slugs, and the oddities real accounts have."""

from random import Random

from reamaze_async.sandbox import fake_data
from reamaze_async.sandbox.conversation import ON_HOLD, Conversation
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import CHAT, Channel, User
from reamaze_async.sandbox.fake_data import Size

HOUR = 3_600_000
SPAN = 4 * 365 * 24 * HOUR
"""However many there are, the first ones are not older than this."""

HOW_COMMON = {0: 40, 1: 24, 2: 60, 3: 8, 4: 44, 5: 8, 6: 6, 7: 4, 8: 3, 9: 1, 12: 1, 23: 1}
STATUSES = tuple(status for status, times in HOW_COMMON.items() for _ in range(times))
"""Each status as often as it is common; the last two are listed nowhere."""

LONGEST_SLUG = 200

ODD_ORIGINS = (4, 5, 13, 18, 19, 42)


class Factory:
    """Makes conversations one after another, oldest first, the same ones for the same seed."""

    def __init__(self, seed: int, brand: str, size: Size) -> None:
        self.channels: tuple[Channel, ...] = fake_data.channels(brand)
        self.staff: tuple[User, ...] = fake_data.staff(brand)
        self.users: dict[str, User] = {user.email: user for user in self.staff if user.email}
        self._brand = brand
        self._size: Size = size
        self._random = Random(f"world {seed}")
        self._next_id = 100_001
        self._customers: dict[int, User] = {}
        self._slugs: dict[str, int] = {}

    def luck(self) -> float:
        """The next number from 0 to 1."""
        return self._random.random()

    def history(self, count: int, until: int) -> list[Conversation]:
        """`count` conversations over the years before `until`, some at the same millisecond."""
        luck = self.luck
        longest = min(8 * HOUR, 2 * SPAN // max(1, count))
        gaps = [0 if luck() < 0.02 else 1 + int(luck() * longest) for _ in range(count)]
        at, made = until - sum(gaps), []
        for gap in gaps:
            at += gap
            made.append(self.make(at, until))
        return made

    def make(self, created: int, now: int, channel: Channel | None = None) -> Conversation:
        """One more conversation, as it has become from `created` until `now`."""
        luck = self.luck
        number, self._next_id = self._next_id, self._next_id + 1
        channel = channel or self.channels[int(luck() ** 2 * len(self.channels))]
        outbound = number % 29 == 13
        author = self.staff[number % len(self.staff)] if outbound else self._customer()
        status = STATUSES[int(luck() * len(STATUSES))]
        last = created + int(luck() ** 3 * max(0, now - created))
        subject = None
        if channel.channel != CHAT or luck() < 0.5:
            subject = fake_data.subject(luck(), luck())
        return Conversation(
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
            assignee=self.staff[int(luck() * len(self.staff))] if luck() < 0.4 else None,
            followers=(author,) if luck() < 0.2 else (),
            tags=fake_data.tags(luck()),
            data=self._data(number),
            brand=self._brand,
            luck=self._random.getrandbits(48),
            size=self._size,
            hold_until=now + 24 * HOUR if status == ON_HOLD else None,
            message_count=1 if last == created else 1 + int(luck() * 9),
        )

    def slug(self, subject: str | None, number: int) -> str:
        """A slug nobody has had: from the subject, told apart by a suffix (guess)."""
        base = fake_data.slugify(subject or "")[:LONGEST_SLUG] or f"conversation-{number:x}"
        if number % 101 == 9:
            base = f"{base}.v1_{number}$"
        times = self._slugs[base] = self._slugs.get(base, 0) + 1
        return base if times == 1 else self.slug(f"{base}-{times}", 0)

    def newcomer(self, email: str, name: str | None, data: JSON | None) -> User:
        """The contact with this address, made if there is none."""
        known = self.users.get(email.lower())
        if known is None:
            number = 870_000_000 + len(self.users)
            known = self.users[email.lower()] = User(number, name, email, data)
        return known

    def _customer(self) -> User:
        number = int(self.luck() ** 2 * (20 + self._next_id % 100_000))
        person = self._customers.get(number)
        if person is None:
            person = self._customers[number] = fake_data.customer(number)
            if person.email:
                self.users[person.email] = person
        return person

    def _origin(self, number: int, channel: Channel, *, outbound: bool) -> int:
        if outbound:
            return 16
        odd = ODD_ORIGINS[number // 53 % len(ODD_ORIGINS)]
        return odd if number % 53 == 11 else channel.origin

    def _data(self, number: int) -> JSON | None:
        if number % 47 == 3:
            return None
        return {"order_number": str(10_000 + number % 90_000)} if self.luck() < 0.3 else {}
