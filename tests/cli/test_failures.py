"""Failures in the words of the command line."""

import pytest

from reamaze_async.cli.failures import in_options
from reamaze_async.errors import IncompleteListing, RequestTimeout, UnexpectedRedirect

ASKED = {"method": "GET", "path": "/api/v1/conversations", "page": 4}


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (RequestTimeout(**ASKED, timeout=30.0), "Try again, or give a longer --timeout."),
        (UnexpectedRedirect(**ASKED, status=302), "check the brand or --base-url."),
        (IncompleteListing([3]), "list again to find the rest, with --verify."),
    ],
)
def test_remedies_are_options(error, ending):
    """Where the library names an argument, the command names its option."""
    assert in_options(str(error)).endswith(ending)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("start_date='x' is no date", "--start-date='x' is no date"),
        ("for_='' is empty", "--for='' is empty"),
        ("x.ndjson: it is there", "x.ndjson: it is there"),
    ],
)
def test_names_are_options(sentence, told):
    """A sentence that begins with an argument begins with its option."""
    assert in_options(sentence) == told
