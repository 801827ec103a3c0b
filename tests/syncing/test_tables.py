"""The tables of several resources in one database."""

import pytest

from reamaze_async.formats import table_of
from reamaze_async.resources import NAMES, endpoint_of
from reamaze_async.syncing.state import SyncState
from reamaze_async.syncing.tables import Tables, is_empty, owned_by

EVERYTHING = {"origin": "https://acme.reamaze.io", "path": "/conversations", "query": "filter=all"}


def test_table_of_two_resources():
    """No two resources write the same table."""
    needed = [Tables(table_of(endpoint_of(name).schema)).needed for name in NAMES]
    names = [name for tables in needed for name in tables]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("query", ["filter=open", "", "filter=all&tag=vip"])
def test_messages_that_go_with_what_only_left_a_filter(query):
    """Messages go with conversations only where nothing but deletion makes those leave."""
    state = SyncState(listing=EVERYTHING | {"query": query})
    assert owned_by(state, ["conversations", "messages"]) is None


def test_messages_that_are_not_there():
    """Nor where no messages are kept, and nothing goes with anything else."""
    state = SyncState(listing=EVERYTHING)
    owned = owned_by(state, ["conversations", "messages"])
    assert owned
    assert (owned[0].name, owned[1]) == ("messages", "conversation_slug")
    assert owned_by(state, ["conversations"]) is None
    assert owned_by(SyncState(listing=EVERYTHING, table="contacts"), ["messages"]) is None


def test_rows_of_another_resource(path):
    """What can't be read isn't empty."""
    path.write_bytes(b"something else entirely, and long enough")
    assert not is_empty(path)
    assert not is_empty(path.with_name("missing.sqlite"))
