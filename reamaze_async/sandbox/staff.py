"""The people who answer, as `/staff` shows them."""

from dataclasses import dataclass
from datetime import datetime

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.times import moment, zulu

ROLES = (
    (11, "Administrator", "Can do everything"),
    (12, "Staff", "Answers conversations"),
    (13, "Light", "Reads along"),
)

PERMISSIONS = (
    "manage_staff?", "manage_roles?", "manage_billing?", "manage_channels?", "manage_brands?",
    "manage_incidents?", "manage_articles?", "manage_response_templates?", "manage_workflows?",
    "manage_integrations?", "manage_tags?", "manage_spam?", "access_reports?", "access_live_view?",
    "access_webhook_subscriptions_api?", "delete_conversations?", "merge_conversations?",
    "export_contacts?", "delete_contacts?", "edit_contacts?", "view_all_conversations?",
)  # fmt: skip
"""Some of about 38 keys; the question marks belong to them (seen)."""


@dataclass(slots=True, eq=False)
class StaffMember:
    """One member of staff. Times are milliseconds since 1970."""

    user: User
    created: int
    role: int = 1
    """Its place among the roles."""

    @property
    def id(self) -> int:
        """The internal id, which is shown nowhere."""
        return self.user.id

    @property
    def email(self) -> str | None:
        """What tells one from another."""
        return self.user.email

    @property
    def created_at(self) -> datetime:
        """When it joined, aware, in the account's zone."""
        return moment(self.created)

    def json(self) -> JSON:
        """The member in the order of real answers (seen)."""
        return {
            "name": self.user.name,
            "created_at": zulu(self.created),
            "email": self.user.email,
            "display_name": self.user.friendly,
            "notification_email": self.user.email if self.id % 2 else None,
            "role": self._role(),
        }

    def _role(self) -> JSON:
        number, name, description = ROLES[self.role]
        is_admin = self.role == 0
        permissions: JSON = {key: is_admin or key.startswith("manage_tags") for key in PERMISSIONS}
        permissions["visible_channel_ids"] = [] if is_admin else [4711, 4712]
        permissions["max_chats"] = 5
        permissions["shopify_access"] = {"access": is_admin, "process_refunds": is_admin}
        return {
            "id": number,
            "name": name,
            "description": description,
            "admin?": is_admin,
            "default?": self.role == 1,
            "permissions": permissions,
        }
