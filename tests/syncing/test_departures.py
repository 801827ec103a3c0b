"""Finding what has left a list by looking at few pages of it."""

from math import log2

from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.syncing.departures import DepartureSearch, PageSample


class Table:
    """A database in memory: keys and times."""

    def __init__(self, times: dict[str, str]) -> None:
        self.times = dict(times)

    def count(self) -> int:
        return len(self.times)

    def below(self, time: str) -> int:
        return sum(other < time for other in self.times.values())

    def between(self, newest: str | None, oldest: str | None) -> set[str]:
        return {
            key
            for key, time in self.times.items()
            if (newest is None or time <= newest) and (oldest is None or time >= oldest)
        }


def sample(rows: list[str], times: dict[str, str], number: int, size: int) -> PageSample:
    """A page of a list."""
    keys = rows[(number - 1) * size : number * size]
    below = len(rows) - number * size if keys else 0
    return PageSample(number, frozenset(keys), times[keys[0]], times[keys[-1]], max(0, below))


def search(times: dict[str, str], here: set[str], size: int) -> tuple[set[str], int]:
    """Audit a database that holds all of `times` against a list of those `here`, newest first."""
    rows = [key for key in times if key in here]
    table, pages, samples = Table(times), -(-len(rows) // size), 0
    search = DepartureSearch(table, pages, len(rows))
    while (number := search.next_page()) is not None:
        samples += 1
        for step in (
            lambda at: search.add(sample(rows, times, at, size)),
            lambda _: search.between_neighbours(),
        ):
            gone = step(number)
            assert not gone & here
            for key in gone:
                del table.times[key]
    return set(table.times), samples


def dated(count: int, step: int = 1) -> dict[str, str]:
    """So many keys, newest first; `step` of them at the same instant."""
    return {f"k{number:04}": f"{(count - number) // step:06}" for number in range(count)}


@given(st.integers(2, 300), st.integers(1, 7), st.integers(1, 3), st.data())
def test_one_departure_missed(count, size, step, data):
    """One that has left is found, and nothing else is taken for gone."""
    times = dated(count, step)
    gone = data.draw(st.sampled_from(list(times)))
    stored, _ = search(times, set(times) - {gone}, size)
    assert stored >= set(times) - {gone}
    if step == 1:
        assert stored == set(times) - {gone}


@given(st.integers(2, 300), st.integers(1, 7), st.integers(1, 3), st.data())
def test_stayed_and_removed(count, size, step, data):
    """Whatever has left, what stayed is never removed."""
    times = dated(count, step)
    here = data.draw(st.sets(st.sampled_from(list(times)), min_size=1))
    stored, _ = search(times, here, size)
    assert stored >= here


def test_many_looks():
    """A departure among 1000 pages takes about as many looks as halving takes."""
    times = dated(30_000)
    for gone in ("k0000", "k0029", "k0030", "k15000", "k29999", "k12345"):
        stored, samples = search(times, set(times) - {gone}, 30)
        assert len(stored) == 30_000 - (gone in times)
        assert samples <= log2(1000) + 4


def test_looks_without_end():
    """After so many looks it gives up, whatever is left to find."""
    times = dated(3000)
    here = set(list(times)[::2])
    _, samples = search(times, here, 30)
    assert samples <= 100


def test_nothing_has_left():
    """Where the counts agree there is nothing to look for."""
    times = dated(300)
    assert search(times, set(times), 30) == (set(times), 0)


def test_slipped_between_two_looks():
    """Where the list has shifted between two neighbouring looks, their gap proves nothing."""
    times = dated(6)
    keys = list(times)
    rows = DepartureSearch(Table(times), pages=2, total=5)
    rows.add(PageSample(1, frozenset(keys[:3]), times[keys[0]], times[keys[2]], below=3))
    rows.add(PageSample(2, frozenset(keys[4:]), times[keys[4]], times[keys[5]], below=0))
    assert rows.between_neighbours() == set()


def test_list_in_another_order():
    """Where the list isn't in the rows' order, no more is taken for gone than the counts tell."""
    times = dated(300)
    keys = list(times)
    rows, table = keys[1:][::2] + keys[2:][::2], Table(times)
    search = DepartureSearch(table, pages=10, total=len(rows))
    while (number := search.next_page()) is not None:
        for step in (
            lambda at: search.add(sample(rows, times, at, 30)),
            lambda _: search.between_neighbours(),
        ):
            for key in step(number):
                del table.times[key]
    assert len(table.times) >= 299
