"""Finished files read again: every item as it came, from each format that holds it."""

import pytest

from reamaze_async import export
from reamaze_async.formats.reading import READABLE, items_of


@pytest.mark.parametrize("form", READABLE)
async def test_item_changed_by_its_format(session, tmp_path, form):
    """What is read from a file is what the listing gives, byte for byte and in order."""
    path = tmp_path / f"messages.{form}"
    await export(session.messages.list(), path)
    assert list(items_of(path, form)) == [raw async for raw in session.messages.list().raw()]
