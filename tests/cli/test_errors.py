"""Failures in the words of the command line."""

from typing import get_args

import pytest

from reamaze_async import remedies
from reamaze_async.cli.errors import REMEDIES, in_options
from reamaze_async.errors import (
    DecodeError,
    ExportRefused,
    IncompleteListing,
    InvalidParameter,
    RequestTimeout,
    UnexpectedRedirect,
)
from reamaze_async.validation import invalid

ASKED = {"method": "GET", "path": "/api/v1/conversations", "page": 4}


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (RequestTimeout(**ASKED, timeout=30.0), "Try again, or give a longer --timeout."),
        (UnexpectedRedirect(**ASKED, status=302), "check the brand or --base-url."),
        (IncompleteListing([3]), "list again with --verify, or at a quieter time."),
        (DecodeError(**ASKED, reason="?"), "prints what came, to look at or to report."),
        (ExportRefused("x", "no.", remedy="start-over"), "Start over by --restart."),
        (InvalidParameter("a is b."), "a is b."),
    ],
)
def test_remedies_are_options(error, ending):
    """Where the library names an argument, the command names its option."""
    assert in_options(error).endswith(ending)


def test_a_remedy_without_words():
    """Each face has words for every remedy, and the command line's name no argument."""
    assert set(get_args(remedies.Remedy)) == remedies.REMEDIES.keys() == REMEDIES.keys()
    assert not [text for text in REMEDIES.values() if "base_url" in text or "=True" in text]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("start_date", "--start-date='' is empty"),
        ("for_", "--for='' is empty"),
        ("for_id", "--for-id='' is empty"),
        ("data['a b']", "--data['a b']='' is empty"),
        ("data key", "--data key='' is empty"),
        ("x.ndjson", "x.ndjson='' is empty"),
    ],
)
def test_names_are_options(name, told):
    """A sentence that begins with an argument begins with its option."""
    assert in_options(invalid(name, "", "is empty")) == told
