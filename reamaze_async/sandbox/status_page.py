"""The status page: systems, and the incidents that affect them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.times import moment, stamp

STAGES = ("investigating", "identified", "monitoring", "resolved")
"""What an update of an incident may say (documented)."""

CONDITIONS = (
    "operational",
    "degraded_performance",
    "partial_outage",
    "major_outage",
    "under_maintenance",
)
"""What a system may be, worse further down (documented)."""

ACCOUNT, BRAND = 5_001, 7_001


@dataclass(slots=True, eq=False)
class System:
    """One system. Times are milliseconds since 1970."""

    id: int
    title: str
    created: int
    updated: int
    status: str = CONDITIONS[0]
    incidents: "tuple[Incident, ...]" = ()
    """Those that aren't resolved."""

    @property
    def key(self) -> str:
        """Its id as it is served (seen: like a UUID)."""
        return uuid("5e57e300", self.id)

    def json(self) -> JSON:
        """The system in the order of real answers (seen)."""
        return {
            "id": self.key,
            "title": self.title,
            "account_id": ACCOUNT,
            "brand_id": BRAND,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "status": self.status,
            "active_incidents": [
                {"id": it.key, "title": it.title, "status": it.status} for it in self.incidents
            ],
        }


@dataclass(frozen=True, slots=True)
class Update:
    """What was told of an incident."""

    id: int
    status: str
    message: str
    created: int

    def json(self) -> JSON:
        """The update as it is served (seen)."""
        return {
            "id": uuid("0bda7e00", self.id),
            "status": self.status,
            "message": self.message,
            "created_at": stamp(self.created),
        }


@dataclass(frozen=True, slots=True)
class Affected:
    """A system, and what an incident makes of it."""

    id: int
    system: System
    status: str

    def json(self) -> JSON:
        """The pair as it is served (seen)."""
        return {
            "id": uuid("af000000", self.id),
            "system_id": self.system.key,
            "status": self.status,
            "system": {"id": self.system.key, "title": self.system.title},
        }


@dataclass(slots=True, eq=False)
class Incident:
    """One incident. Times are milliseconds since 1970."""

    id: int
    title: str
    created: int
    updated: int
    updates: tuple[Update, ...] = ()
    affected: tuple[Affected, ...] = ()

    @property
    def key(self) -> str:
        """Its id as it is served (seen: like a UUID)."""
        return uuid("1ac1de00", self.id)

    @property
    def created_at(self) -> datetime:
        """When it began, aware, in the account's zone."""
        return moment(self.created)

    @property
    def status(self) -> str:
        """What the last update says."""
        return self.updates[-1].status if self.updates else STAGES[0]

    def json(self) -> JSON:
        """The incident in the order of real answers (seen)."""
        return {
            "id": self.key,
            "title": self.title,
            "account_id": ACCOUNT,
            "brand_id": BRAND,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "status": self.status,
            "external_url": f"https://status.example.com/incidents/{self.key}",
            "updates": [update.json() for update in self.updates],
            "incidents_systems": [pair.json() for pair in self.affected],
        }


def uuid(kind: str, number: int) -> str:
    """An id in the shape of a UUID, the same one every time."""
    return f"{kind}-0000-4000-8000-{number:012x}"


def update_systems(systems: Iterable[System], incidents: Iterable[Incident]) -> None:
    """Give every system the incidents that aren't resolved, and the worst status among them."""
    active = [it for it in incidents if it.status != STAGES[-1]]
    for system in systems:
        felt = [(it, pair) for it in active for pair in it.affected if pair.system is system]
        system.incidents = tuple(dict.fromkeys(it for it, _ in felt))
        worst = max((CONDITIONS.index(pair.status) for _, pair in felt), default=0)
        system.status = CONDITIONS[worst]
