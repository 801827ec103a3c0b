"""The luck of each request: what churns, what fails, how long it takes. Pure but for its seed."""

from random import Random

from reamaze_async.sandbox.checks import check_numbers
from reamaze_async.sandbox.churn import Churn
from reamaze_async.sandbox.faults import Fault, Faults, Step, chances, choose, delivery
from reamaze_async.sandbox.http import Sent
from reamaze_async.sandbox.world import World


class Chance:
    """Rolls the dice, a set for each purpose, so that one setting doesn't change another's luck."""

    def __init__(
        self,
        seed: int,
        *,
        churn: Churn | float | None,
        faults: Faults | None,
        stall: float,
        latency: float,
        jitter: float,
        latency_per_page: float,
    ) -> None:
        check_numbers(float, stall=stall, latency=latency, jitter=jitter)
        check_numbers(float, latency_per_page=latency_per_page)
        if not isinstance(churn, Churn):
            check_numbers(float, most=1, churn=churn)
            churn = Churn(mixed=churn or 0.0)
        self._churn = churn
        self._chances = chances(faults)
        self._stall = stall
        self._latency = latency
        self._jitter = jitter
        self._latency_per_page = latency_per_page
        self._churn_dice = Random(f"churn {seed}")
        self._fault_dice = Random(f"faults {seed}")
        self._latency_dice = Random(f"latency {seed}")

    def apply(self, world: World) -> None:
        """Change the world as the churn says, before one list request is answered."""
        self._churn.apply(world, self._churn_dice)

    def fault(self) -> Fault | None:
        """What goes wrong with one list request."""
        return choose(self._chances, self._fault_dice.random())

    def delivery(self, sent: Sent, fault: Fault | None, page: int) -> tuple[Step, ...]:
        """The steps in which an answer goes out: its latency first."""
        steps = delivery(sent, fault, stall=self._stall)
        wait = self._latency + self._jitter * self._latency_dice.random()
        wait += self._latency_per_page * page
        return (wait, *steps) if wait > 0 else steps
