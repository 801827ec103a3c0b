"""Failures in the words of the command line."""

import pytest

from reamaze_async.cli.errors import in_options
from reamaze_async.errors import (
    DecodeError,
    IncompleteListing,
    RequestTimeout,
    UnexpectedRedirect,
)

ASKED = {"method": "GET", "path": "/api/v1/conversations", "page": 4}


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (RequestTimeout(**ASKED, timeout=30.0), "Try again, or give a longer --timeout."),
        (UnexpectedRedirect(**ASKED, status=302), "check the brand or --base-url."),
        (IncompleteListing([3]), "list again with --verify, or at a quieter time."),
        (
            DecodeError(**ASKED, reason="?"),
            "in Python, `session.request()` hands out what came, to look at or to report.",
        ),
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
        ("for_id='' is empty", "--for-id='' is empty"),
        ("data['a']='' is empty", "--data['a']='' is empty"),
        ("data key='a[' holds a bracket", "--data key='a[' holds a bracket"),
        ("start_date='b' is after end_date='a': x", "--start-date='b' is after --end-date='a': x"),
        ("tag='a is end_date=b' is", "--tag='a is end_date=b' is"),
        ("a=b.ndjson: it is there", "a=b.ndjson: it is there"),
        ("x.ndjson: it is there", "x.ndjson: it is there"),
        ("start over (`restart=True`).", "start over (--restart)."),
        ("or start over by restart=True.", "or start over by --restart."),
    ],
)
def test_names_are_options(sentence, told):
    """A sentence that begins with an argument begins with its option."""
    assert in_options(sentence) == told
