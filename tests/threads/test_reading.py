"""Reading pages: rows for the join, typed and raw alike."""

from reamaze_async.resources.conversations import _OF_THREADS
from reamaze_async.resources.messages import ENDPOINT
from reamaze_async.threads import reading
from reamaze_async.wire.request import list_request
from reamaze_async.wire.unreadable import Unreadable

AT = "2026-03-02T10:02:33.120-08:00"
LIST = list_request("/messages", "", 1, "")
MESSAGES = (
    b'{"page_size":30,"page_count":1,"total_count":3,"messages":[{"body":"a","created_at":"%b",'
    b'"conversation":{"slug":"s","created_at":"%b"}},{"body":"b"},3]}'
) % (AT.encode(), AT.encode())


def test_typed_and_raw_rows_that_differ():
    """Both say the same of a message: whose it is, when, and since when there is its thread."""
    for decode in (ENDPOINT.pages.typed, ENDPOINT.pages.raw):
        first, second, third = reading.messages(decode)(LIST, MESSAGES).items
        assert first[2:] == ("s", 1772474553.12, 1772474553.12)
        assert second[2:] == ("", None, None)
        assert isinstance(third, Unreadable)


def test_count_in_quotes():
    """A `message_count` in quotes is a number; one that is none is not known."""
    for given, counted in ((b'"7"', 7), (b"null", None), (b'"many"', None)):
        item = b'{"slug":"s","created_at":"%b","message_count":%b}' % (AT.encode(), given)
        page = b'{"page_count":1,"total_count":1,"conversations":[%b]}' % item
        for decode in (_OF_THREADS().typed, _OF_THREADS().raw):
            (row,) = reading.conversations(decode)(LIST, page).items
            assert row[1:] == ("s", 1772474553.12, counted)


def test_secret_in_a_repr():
    """The bytes of a conversation hold a secret link, which no repr shows."""
    item = b'{"slug":"s","perma_url":"https://secret"}'
    page = b'{"page_count":1,"total_count":1,"conversations":[%b]}' % item
    (row,) = reading.conversations(_OF_THREADS().raw)(LIST, page).items
    assert "secret" not in repr(row)
