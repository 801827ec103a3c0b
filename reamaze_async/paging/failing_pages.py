"""Pages that keep failing: whether it is the page, or the server.

A page that has failed for good is asked for once more when the list can't go on without it. If it
fails again, another page is asked for: when that one comes, the first is left out; when it doesn't
come either, the server is down, and that is the end.
"""

from __future__ import annotations

from typing import Literal

Verdict = Literal["again", "ask another", "stop"]


class FailingPages:
    """What has failed so far.

    Attributes:
        suspect: a page that failed twice, until another one has come or failed.
    """

    def __init__(self) -> None:
        self.suspect: int | None = None
        self._failed: set[int] = set()
        self._other: int | None = None

    def failed(self, number: int) -> Verdict:
        """What to do about a page that can't be had."""
        if number == self._other:
            return "stop"
        if number not in self._failed:
            self._failed.add(number)
            return "again"
        self.suspect = number if self.suspect is None else min(number, self.suspect)
        return "ask another"

    def another(self, pages: int) -> int | None:
        """A page to ask for now, to compare the suspect with; None if that isn't needed."""
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
