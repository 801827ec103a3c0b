"""The bar's lines, for any width; on real terminals it is tried in `test_display`."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from reamaze_async.cli.bar import Drawing
from reamaze_async.cli.progress import Moment, Speed

MOMENT = Moment(
    elapsed=20.0, items=1230, total_count=3000, pages=41, page_count=100, requests=45, retries=4
)


def drawn(moment: Moment, width: int, encoding: str = "utf-8") -> list[str]:
    """What is drawn at a moment."""
    speed = Speed()
    speed.note(moment)
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    console = Console(file=file, width=width, legacy_windows=False)
    console.print(Drawing(moment, speed), end="")
    file.seek(0)
    return file.read().splitlines()


def test_lines_of_an_ordinary_terminal():
    """How far on the first line, how it goes on the second."""
    bar, told = drawn(MOMENT, 80)
    assert bar.startswith(" 41% \u2501\u2501")
    assert bar.endswith(" 1,230 of 3,000 conversations")
    assert len(bar) == 80
    assert told == "page 41 of 100 | 29 s left | 62/s | 135 requests/min | retries: 4"


def test_what_holds_it_up_has_a_line_of_its_own():
    """While the limit holds everything up, a third line says so."""
    held = replace(MOMENT, paused_for=41.0, refused=True, waiting=8)
    assert drawn(held, 80)[2:] == ["Waiting for the limit, 41 s"]


@pytest.mark.parametrize("width", range(1, 120))
def test_no_line_is_too_wide(width):
    """Whatever the width, each line fits; what doesn't is left out whole."""
    held = replace(MOMENT, paused_for=41.0, refused=True, waiting=8)
    assert max(map(len, drawn(held, width))) <= width


def test_before_the_first_answer():
    """Without a total the bar waits, and says what for."""
    bar, told = drawn(Moment(elapsed=0.5, requests=1), 60)
    assert bar.startswith("  0% ")
    assert bar.endswith(" waiting for the first page")
    assert told == ""


def test_a_terminal_that_knows_ascii_only():
    """Where the encoding has no lines, the bar is made of hyphens."""
    bar, _ = drawn(MOMENT, 80, encoding="ascii")
    assert bar.startswith(" 41% ---")


def test_an_activity_without_a_known_end():
    """Nothing pretends to know how much there is: no share, no end, what is done and how far."""
    moment = Moment(
        activity="looking for changes", elapsed=3.0, items=90, total_count=3000, pages=3,
        page_count=100, requests=10,
    )  # fmt: skip
    bar, told = drawn(moment, 80)
    assert bar.endswith(" looking for changes: 90 conversations read")
    assert "%" not in bar
    assert told == "page 3"
    assert drawn(replace(moment, items=0, pages=0), 80)[0].endswith(" looking for changes")
