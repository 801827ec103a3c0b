"""People and channels, which most other things refer to."""

from dataclasses import dataclass

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.times import stamp

EMAIL, CHAT = 1, 6
"""Kinds of channel."""


@dataclass(slots=True)
class User:
    """A customer or a member of staff, as an author, an assignee or a follower shows them.

    One and the same object stands wherever the person is named, so that a new name shows at once.
    """

    id: int
    name: str | None
    email: str | None
    data: JSON | str | None = None
    mobile: str | None = None
    twitter: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    is_staff: bool = False
    friendly_name: str | None = None
    """None: the first word of the name."""
    own_id: str | None = None
    """The caller's own id, from single sign-on."""

    @property
    def friendly(self) -> str | None:
        """How to address the person: given, or the first word of what stands for a name."""
        name = self.display_name
        return self.friendly_name or (name.split() or [name])[0] if name else None

    @property
    def display_name(self) -> str | None:
        """The name, or what stands for one."""
        return self.name or self.email or self.mobile or self.instagram

    def json(self) -> JSON:
        """The user object in the order of real answers (seen)."""
        return {
            "id": self.id,
            "name": self.name,
            "data": self.data,
            "email": self.email,
            "twitter": self.twitter,
            "facebook": self.facebook,
            "instagram": self.instagram,
            "mobile": self.mobile,
            "friendly_name": self.friendly,
            "display_name": self.display_name,
        }

    def writer(self) -> JSON:
        """The user of a message (the last two keys are only seen)."""
        return {
            "name": self.name,
            "email": self.email,
            "mobile": self.mobile,
            "staff?": self.is_staff,
        }

    def follower(self) -> JSON:
        """The same with the three keys that followers carry; the question marks belong (seen)."""
        return self.json() | {
            "staff?": self.is_staff,
            "customer?": not self.is_staff,
            "bot?": False,
        }


FILTERS = {"email": {EMAIL}, "twitter": {2}, "facebook": {3, 12, 13}, "chat": {CHAT}}
"""The words of `GET /channels?channel=`, and which kinds each names (documented, kinds a guess)."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, which conversations show as their `category`."""

    name: str
    slug: str
    channel: int
    origin: int
    email: str | None = None
    id: int = 0
    created: int = 0
    brand: str = "acme"

    def category(self) -> JSON:
        """The category object of a conversation (the last key is only seen)."""
        return {
            "name": self.name,
            "slug": self.slug,
            "email": self.email,
            "channel": self.channel,
            "settings_display_html_email": "1" if self.channel == EMAIL else "0",
        }

    def brief(self) -> JSON:
        """The category object of a message's conversation (seen)."""
        return {
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "email": self.email,
            "channel": self.channel,
        }

    def json(self) -> JSON:
        """The channel itself, in the order of real answers (seen)."""
        is_mail = self.channel == EMAIL
        return {
            "name": self.name,
            "slug": self.slug,
            "email": self.email,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.created + self.id),
            "channel": self.channel,
            "visibility": 0 if self.channel == 9 else 1,
            "spam_filter_enabled": is_mail,
            "reply_from_origin": False,
            "verified": is_mail,
            "verification_email": self.email if is_mail else None,
            "last_verified": stamp(self.created + self.id) if is_mail else None,
            "settings_reply_from_name": ("channel", "brand", "staff")[self.id % 3],
            "settings_signature": "Your team" if is_mail else None,
            "brand": {"name": self.brand.title(), "url": f"https://{self.brand}.reamaze.com"},
        }
