"""Pages that keep failing: is it the page, or the server?

A page that has failed, all retries spent, is asked for once more when the list can't go on without
it. If it fails again, another page is asked for. When that one comes, the first is left out; when
the other page fails too, the server is down and the iteration ends.
"""

from __future__ import annotations

from typing import Literal

Verdict = Literal["again", "ask another", "stop"]


class FailingPages:
    """The pages that have failed so far.

    Attributes:
        suspect: the page that failed twice, until another one has come or failed.
    """

    def __init__(self) -> None:
        self.suspect: int | None = None
        self._failed: set[int] = set()
        self._other: int | None = None

    def failed(self, number: int) -> Verdict:
        """Note that a page failed; return what to do about it."""
        if number == self._other:
            return "stop"
        if number not in self._failed:
            self._failed.add(number)
            return "again"
        self.suspect = number if self.suspect is None else min(number, self.suspect)
        return "ask another"

    def another(self, pages: int) -> int | None:
        """The page to compare the suspect with, to be asked for now; None if none is needed."""
        if self.suspect is None or self._other is not None:
            return None
        self._other = self.suspect + 1 if self.suspect < pages else self.suspect - 1
        return self._other

    def arrived(self, number: int) -> int | None:
        """Note that a page came; return the suspect if it is to be left out."""
        if number != self._other:
            return None
        suspect, self.suspect, self._other = self.suspect, None, None
        return suspect
