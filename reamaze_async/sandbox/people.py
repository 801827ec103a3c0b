"""Everybody there is, customers and staff, and how they are found. Pure."""

from collections.abc import Iterable

from reamaze_async.sandbox import fake_data
from reamaze_async.sandbox.contact import OWN_ID, Contact, Identity, Note, canonical, identities_of
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.staff import StaffMember
from reamaze_async.sandbox.store import Store
from reamaze_async.sandbox.times import HOUR

FIRST_SILENT = 200_000
"""Numbers of those contacts who never wrote, where nobody said how many contacts there are."""

NOTES = (
    "Prefers to be called in the morning.",
    "VIP & friend of the house",
    "Asked twice\r\n<b>!</b>",
)


class People:
    """Staff and contacts, told apart by their addresses.

    Args:
        brand: Part of staff's addresses.
        contacts: How many contacts there are at first; None: those who write, and a few more.
        staff: How many answer.
        login: The address of the token's user, who is staff too; None: nobody more.
        now: The world's first moment, in milliseconds since 1970.
    """

    def __init__(
        self,
        brand: str,
        *,
        contacts: int | None = None,
        staff: int = len(fake_data.STAFF),
        login: str | None = None,
        now: int = 0,
    ) -> None:
        self.now: int = now
        self.staff: tuple[User, ...] = fake_data.staff(brand, staff)
        self.contacts: Store[Contact] = Store()
        self.members: Store[StaffMember] = Store()
        self._count = contacts
        self._customers: dict[int, User] = {}
        self._owners: dict[Identity, User] = {}
        self._silent = FIRST_SILENT
        self._newest = 0
        for number, user in enumerate(self.staff):
            self._employ(StaffMember(user, now - (5000 - 20 * number) * HOUR, min(number, 1)))
        if login and self.user(login) is None:
            user = User(900_000_000, "Me", login, is_staff=True)
            self._employ(StaffMember(user, now - HOUR, 0))
        self.me: User | None = self.user(login) if login else None

    def user(self, email: str) -> User | None:
        """The customer or member of staff with this address."""
        return self._owners.get(canonical("email", email))

    def is_taken(self, kind: str, identifier: str) -> bool:
        """Whether an identity leads to anybody, staff among them."""
        return canonical(kind, identifier) in self._owners

    def contact(self, kind: str, identifier: str) -> Contact | None:
        """The contact that an identity of this kind leads to."""
        owner = self._owners.get(canonical(kind, identifier))
        return self.contacts.get(owner.id) if owner else None

    def any_contact(self, name: str) -> Contact | None:
        """The contact with this email, else with this id of the caller's own, else this `_id`."""
        return self.contact("email", name) or self.contact(OWN_ID, name) or self.contacts.get(name)

    def drawn(self, luck: float, among: int, at: int) -> User | None:
        """One of the customers, few of whom write often; a contact since `at`, if not before.

        Args:
            luck: A number from 0 to 1.
            among: How many there are to choose from, where nobody has said.
            at: When the contact is made, if it wasn't yet.
        """
        among = among if self._count is None else self._count
        return self._customer(int(luck**2 * among), at) if among else None

    def newcomer(self, address: str, name: str | None, data: JSON | None) -> User:
        """Whoever has this email or telephone number; a contact is made if nobody has."""
        kind = "mobile" if address.startswith("+") else "email"
        known = self._owners.get(canonical(kind, address))
        if known is None:
            known = User(self.next_id(), name, None, data)
            setattr(known, kind, address)
            self.add(known)
        return known

    def next_id(self) -> int:
        """An id that nobody has had."""
        self._newest += 1
        return 870_000_000 + self._newest

    def add(self, user: User, at: int | None = None, kind: str = "create") -> Contact:
        """Take in a contact, made `at` a moment or now."""
        at = self.now if at is None else at
        contact = Contact(user, at, at, identities_of(user))
        self.own(contact, contact.identities)
        if user.own_id:
            self._owners[canonical(OWN_ID, user.own_id)] = user
        self.contacts.put(contact, kind)
        return contact

    def own(self, contact: Contact, identities: Iterable[Identity]) -> None:
        """Let identities lead to a contact."""
        for kind, name in identities:
            self._owners[canonical(kind, name)] = contact.user

    def remove(self, contact: Contact, kind: str = "delete") -> None:
        """Take out a contact, and all that leads to it."""
        self.contacts.remove(contact, kind)
        left = {key: user for key, user in self._owners.items() if user is not contact.user}
        self._owners = left

    def join(self, user: User) -> StaffMember:
        """A new member of staff."""
        return self._employ(StaffMember(user, self.now))

    def silent(self, at: int) -> Contact:
        """One more contact who has written nothing, made `at` a moment."""
        self._silent += 1
        self._customer(self._silent, at)
        return self.contacts.everything()[-1]

    def fill_up(self, since: int) -> None:
        """Make those contacts who never wrote, over the years from `since` until now."""
        if self._count is None:
            few = len(self.contacts) // 8 + 2
            numbers = range(self._silent + 1, self._silent + few + 1)
            self._silent += few
        else:
            numbers = range(self._count)
        span = max(1, self.now - since)
        for number in numbers:
            self._customer(number, since + number * 7_919_337_113 % span)

    def _customer(self, number: int, at: int) -> User:
        person = self._customers.get(number)
        if person is None:
            person = self._customers[number] = fake_data.customer(number)
            contact = self.add(person, at)
            contact.notes = self._notes(number, at)
        return person

    def _notes(self, number: int, at: int) -> tuple[Note, ...]:
        count = number % 3 + 1 if number % 9 == 4 else 0
        creator = self.staff[number % len(self.staff)] if self.staff and number % 4 else None
        return tuple(
            Note(number * 10 + n, NOTES[(number + n) % len(NOTES)], at + n, at + n, creator)
            for n in range(count)
        )

    def _employ(self, member: StaffMember) -> StaffMember:
        self.members.put(member, "create")
        if member.user.email:
            self._owners[canonical("email", member.user.email)] = member.user
        return member
