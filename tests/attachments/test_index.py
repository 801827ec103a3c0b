"""The index: what is in it after any end, and in which order."""

import pytest

from reamaze_async import FileInUse
from reamaze_async.attachments.index import Fetched, Journal, line_of


def fetched(number: int, **more) -> Fetched:
    """A line."""
    return Fetched(url=f"https://host/{number}", file=f"{number}", bytes=number, **more)


def journal(tmp_path) -> Journal:
    """The journal of an index."""
    return Journal(tmp_path / "attachments.ndjson")


def test_order_of_the_index_lost(tmp_path):
    """One line for each address, in the order in which they were met; the latest counts."""
    made = journal(tmp_path)
    for one in (fetched(2, state="failed"), fetched(1), fetched(2)):
        made.append(one)
    assert made.get("https://host/2") == fetched(2)
    made.finish()
    made.close()
    text = (tmp_path / "attachments.ndjson").read_bytes()
    assert text == line_of(fetched(2)) + line_of(fetched(1))
    assert [path.name for path in tmp_path.iterdir()] == ["attachments.ndjson"]


def test_line_cut_by_a_kill(tmp_path):
    """What was written before the cut is known, and what comes after it stands on its own line."""
    made = journal(tmp_path)
    made.append(fetched(1))
    made.close()
    path = tmp_path / "attachments.ndjson.part"
    path.write_bytes(path.read_bytes() + line_of(fetched(2))[:30])
    made = journal(tmp_path)
    assert (made.get("https://host/1"), made.get("https://host/2")) == (fetched(1), None)
    made.append(fetched(3))
    assert [one.bytes for one in made.all()] == [1, 3]
    made.close()


def test_finished_index_forgotten(tmp_path):
    """A later run knows what an earlier one has finished."""
    made = journal(tmp_path)
    made.append(fetched(1))
    made.finish()
    made.close()
    made = journal(tmp_path)
    assert made.get("https://host/1") == fetched(1)
    made.close()


@pytest.mark.parametrize("size", [0, 10, 100])
def test_half_of_the_finished_index_taken_over(tmp_path, size):
    """A run that was killed as it took over the index has lost nothing of it."""
    made = journal(tmp_path)
    made.append(fetched(1)), made.append(fetched(2))
    made.finish(), made.close()
    index = tmp_path / "attachments.ndjson"
    index.with_name(f"{index.name}.part").write_bytes(index.read_bytes()[:size])
    made = journal(tmp_path)
    assert list(made.all()) == [fetched(1), fetched(2)]
    made.close()


def test_two_at_once(tmp_path):
    """Two processes don't write one index."""
    made = journal(tmp_path)
    with pytest.raises(FileInUse):
        journal(tmp_path)
    made.close()
