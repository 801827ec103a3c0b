"""`-v`: what is logged is told, and only while a command runs."""

import logging
import re

import pytest

from reamaze_async.cli.verbose import log_to

OURS, BELOW = logging.getLogger("reamaze_async.x"), logging.getLogger("asyncio")


@pytest.mark.parametrize(
    ("verbosity", "expected"),
    [
        (0, ["Warning: late"]),
        (1, ["page 4", "Warning: late"]),
        (2, ["page 4", "Warning: late", "select"]),
    ],
)
def test_line_that_nobody_asked_for(verbosity, expected):
    """Warnings always; with -v each request; with -vv what lies below, and when."""
    lines = []
    with log_to(lines.append, verbosity):
        OURS.debug("page %d", 4)
        OURS.warning("late")
        BELOW.debug("select")
    OURS.warning("after the end")
    assert [re.sub(r"[\d:.]{12} ", "", line) for line in lines] == expected
    assert all(re.search(r"\d\d:\d\d:\d\d\.\d{3} ", line) for line in lines) == (verbosity > 1)


def test_level_that_stays():
    """Afterwards the loggers are as they were."""
    before = OURS.parent.level, BELOW.level
    with log_to(print, 2):
        pass
    assert (OURS.parent.level, BELOW.level) == before
