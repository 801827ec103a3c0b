"""People and channels, which most other things refer to."""

from dataclasses import dataclass

from reamaze_async.sandbox.encoding import JSON

EMAIL, CHAT = 1, 6
"""Kinds of channel."""


@dataclass(frozen=True, slots=True)
class User:
    """A customer or a member of staff, as an author, an assignee or a follower shows them."""

    id: int
    name: str | None
    email: str | None
    data: JSON | str | None = None
    mobile: str | None = None
    twitter: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    is_staff: bool = False

    def json(self) -> JSON:
        """The user object in the order of real answers (seen)."""
        name = self.name or self.email or self.mobile or self.instagram
        return {
            "id": self.id,
            "name": self.name,
            "data": self.data,
            "email": self.email,
            "twitter": self.twitter,
            "facebook": self.facebook,
            "instagram": self.instagram,
            "mobile": self.mobile,
            "friendly_name": name.split()[0] if name else None,
            "display_name": name,
        }

    def follower(self) -> JSON:
        """The same with the three keys that followers carry; the question marks belong (seen)."""
        return self.json() | {
            "staff?": self.is_staff,
            "customer?": not self.is_staff,
            "bot?": False,
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, which conversations show as their `category`."""

    name: str
    slug: str
    channel: int
    origin: int
    email: str | None = None

    def json(self) -> JSON:
        """The category object (the last key is only seen, the others documented)."""
        return {
            "name": self.name,
            "slug": self.slug,
            "email": self.email,
            "channel": self.channel,
            "settings_display_html_email": "1" if self.channel == EMAIL else "0",
        }
