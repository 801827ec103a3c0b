"""Everything that can go wrong: its place in the tree, its facts, its sentence, and its pickle."""

import copy
import pickle
from typing import Any

import pytest

import reamaze_async
from reamaze_async import (
    APIError,
    AuthenticationError,
    ConnectionFailed,
    DecodeError,
    ExportFailed,
    ExportRefused,
    FileInUse,
    IncompleteListing,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    RateLimited,
    ReamazeError,
    RequestTimeout,
    ServerError,
    SessionUnusable,
    UnexpectedRedirect,
    UnprocessableEntity,
)

ASKED: dict[str, Any] = {"method": "GET", "path": "/api/v1/conversations", "page": 4}
WRITE: dict[str, Any] = {"method": "POST", "path": "/api/v1/conversations"}
WHAT = "GET /api/v1/conversations page 4: "

SENTENCES: list[tuple[ReamazeError, str]] = [
    (
        ConnectionFailed(**ASKED, reason="connection reset by peer"),
        WHAT + "the connection failed (connection reset by peer). "
        "Check the network and the brand's host, then try again.",
    ),
    (
        RequestTimeout(**ASKED, timeout=30.0),
        WHAT + "no complete answer within 30 s. Try again, or give the session a longer `timeout`.",
    ),
    (
        APIError(**ASKED, status=418, message="short and stout"),
        WHAT + "HTTP 418 (short and stout). "
        "See the Re:amaze API reference for what this status means here.",
    ),
    (
        AuthenticationError(**ASKED, status=401, message="HTTP Basic: Access denied."),
        WHAT + "HTTP 401 (HTTP Basic: Access denied.). "
        "Check the brand, the login email and the API token (Settings > Developer > API Token).",
    ),
    (
        PermissionDenied(**ASKED, status=403),
        WHAT + "HTTP 403. A wrong login email or API token is answered so too: "
        "check them first, then whether this user's role may do this.",
    ),
    (
        NotFound(**ASKED, status=404),
        WHAT + "HTTP 404. Check the slug or id; if every request fails so, check the brand.",
    ),
    (
        UnprocessableEntity(**WRITE, message="body is missing", errors={"body": ["is missing"]}),
        (
            "POST /api/v1/conversations: HTTP 422 (body is missing). "
            "Correct the values and send them again."
        ),
    ),
    (
        RateLimited(**ASKED, retry_after=0.2),
        WHAT + "HTTP 429. The rate limit is reached: try again in 1 s, "
        "or allow a longer `Retry(deadline=...)`.",
    ),
    (
        RateLimited(**ASKED),
        WHAT + "HTTP 429. The rate limit is reached: try again later, "
        "or allow a longer `Retry(deadline=...)`.",
    ),
    (
        RateLimited(**ASKED, reason="Redis is away", remedy="check-shared-limit"),
        WHAT + "Redis is away. Nothing is sent until it is back: check that it runs and can be "
        "reached from here, or allow a longer `Retry(deadline=...)`.",
    ),
    (
        ServerError(**ASKED, status=503),
        WHAT + "HTTP 503. The trouble is on the server's side: try again later.",
    ),
    (
        UnexpectedRedirect(**ASKED, status=302, location="acme.reamaze.io/login"),
        WHAT + "HTTP 302 (to acme.reamaze.io/login). "
        "It was not followed, to keep the credentials here: check the brand or `base_url`.",
    ),
    (
        UnexpectedRedirect(**ASKED, status=304),
        WHAT + "HTTP 304. "
        "It was not followed, to keep the credentials here: check the brand or `base_url`.",
    ),
    (
        DecodeError(**ASKED, reason="it is HTML", is_garbled=True),
        WHAT + "the answer can't be read: it is HTML. Try again; "
        "if it stays so, check that the brand or `base_url` names a Re:amaze host.",
    ),
    (
        DecodeError(**ASKED, reason="expected `str`", place="$.conversations[3].slug"),
        WHAT + "the answer can't be read: expected `str` at $.conversations[3].slug. "
        "`session.request()` hands out what came, to look at or to report.",
    ),
    (
        DecodeError(**ASKED, reason="it is too large", remedy="larger-response"),
        WHAT + "the answer can't be read: it is too large. "
        "If it may be so large, give the session a larger `max_response`.",
    ),
    (
        IncompleteListing([3, 4], path="/api/v1/conversations"),
        (
            "GET /api/v1/conversations: items may be missing around pages 3, 4, "
            "since the list changed faster than it was read. "
            "Everything that came was handed out. To find the rest, list again "
            "with drift='verify', or at a quieter time."
        ),
    ),
    (
        IncompleteListing(range(1, 12)),
        (
            "items may be missing around pages 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..., "
            "since the list changed faster than it was read. "
            "Everything that came was handed out. To find the rest, list again "
            "with drift='verify', or at a quieter time."
        ),
    ),
    (
        IncompleteListing([7]),
        (
            "items may be missing around page 7, since the list changed faster than it was read. "
            "Everything that came was handed out. To find the rest, list again "
            "with drift='verify', or at a quieter time."
        ),
    ),
    (InvalidParameter("page=0 must be 1."), "page=0 must be 1."),
    (SessionUnusable("This session is closed."), "This session is closed."),
    (ExportRefused("a.csv", "it exists."), "a.csv: it exists."),
    (FileInUse("a.csv", "it is busy."), "a.csv: it is busy."),
    (ExportFailed("a.csv", "the disk is full."), "a.csv: the disk is full."),
]
ERRORS = [error for error, _ in SENTENCES]
KINDS = [getattr(reamaze_async, name) for name in reamaze_async.__all__]
KINDS = [kind for kind in KINDS if isinstance(kind, type) and issubclass(kind, ReamazeError)]


# --- the tree -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parents"),
    [
        (InvalidParameter, {ReamazeError, ValueError}),
        (SessionUnusable, {ReamazeError, RuntimeError}),
        (ConnectionFailed, {ReamazeError}),
        (RequestTimeout, {ReamazeError, TimeoutError}),
        (APIError, {ReamazeError}),
        (AuthenticationError, {APIError}),
        (PermissionDenied, {APIError}),
        (NotFound, {APIError}),
        (UnprocessableEntity, {APIError}),
        (RateLimited, {APIError}),
        (ServerError, {APIError}),
        (UnexpectedRedirect, {APIError}),
        (DecodeError, {ReamazeError}),
        (IncompleteListing, {ReamazeError}),
        (ExportRefused, {ReamazeError}),
        (FileInUse, {ExportRefused, ReamazeError}),
        (ExportFailed, {ReamazeError}),
    ],
)
def test_error_caught_by_the_wrong_hand(kind: type[ReamazeError], parents: set[Any]) -> None:
    """Each error is caught by its place in the tree, and by no sibling's."""
    assert parents <= set(kind.__mro__)
    cousins = {other for other in KINDS if issubclass(kind, other)} - {kind}
    assert cousins == {ReamazeError} | (parents & set(KINDS))


def test_error_of_ours_that_is_no_reamaze_error():
    """One except clause catches everything that goes wrong on purpose."""
    assert len(KINDS) == 18
    assert {type(error) for error in ERRORS} | {ReamazeError} == set(KINDS)


# --- the sentence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_error_that_does_not_say_what_to_do(error: ReamazeError, sentence: str) -> None:
    """An error says what was asked, what came and what to do; and nothing else is in `args`."""
    assert str(error) == sentence
    assert error.args == (sentence,)
    assert repr(error) == f"{type(error).__name__}({sentence!r})"


def test_pages_left_out_without_need():
    """Ten pages are all named; of more the first ten, and that there are more."""
    assert "pages 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, since" in str(IncompleteListing(range(1, 11)))
    assert IncompleteListing(range(1, 12)).pages == tuple(range(1, 12))


def test_wait_of_no_seconds():
    """A wait is told in whole seconds, and never as none."""
    waits = {0.0: "0 s", 0.4: "1 s", 59.2: "60 s", 1e9: "1000000000 s"}
    for seconds, told in waits.items():
        assert f"try again in {told}," in str(RateLimited(**ASKED, retry_after=seconds))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, APIError)])
def test_error_made_by_hand(kind: type[APIError]) -> None:
    """A status and what was said are enough to make one, as a user's fake of the API does."""
    error = kind(418, "short and stout")
    assert (error.status, error.message, error.page) == (418, "short and stout", None)
    assert str(error).startswith("A request: HTTP 418 (short and stout). ")


# --- the facts ------------------------------------------------------------------------------------


def test_facts_told_only_in_words():
    """What an error knows is in its attributes."""
    timeout = RequestTimeout(**ASKED, timeout=1.5)
    assert (timeout.method, timeout.path, timeout.page) == tuple(ASKED.values())
    assert (timeout.asked, timeout.timeout) == (WHAT.removesuffix(": "), 1.5)
    refused = ConnectionFailed(**WRITE, reason="refused", sent=False)
    assert (refused.reason, refused.sent, refused.page) == ("refused", False, None)
    api = NotFound(**ASKED, status=404, message="none such")
    assert (api.status, api.message) == (404, "none such")
    invalid = UnprocessableEntity(**WRITE, errors={"body": ["is missing"]})
    assert (invalid.status, invalid.errors) == (422, {"body": ["is missing"]})


def test_facts_of_the_kinds_that_have_more():
    """So is what only some errors know; what isn't told is None or empty."""
    assert (RateLimited(**ASKED).status, RateLimited(**ASKED).retry_after) == (429, None)
    assert UnexpectedRedirect(**ASKED, status=302, location="a/b").location == "a/b"
    decode = DecodeError(**ASKED, reason="bad", place="$.x")
    assert (decode.reason, decode.place, decode.is_garbled) == ("bad", "$.x", False)
    assert IncompleteListing([3, 4]).pages == (3, 4)
    assert UnprocessableEntity(**WRITE).errors == {}


def test_errors_of_another_mapping():
    """What a caller does to the mapping that an error was made of doesn't change the error."""
    given: dict[str, Any] = {"body": ["is missing"]}
    error = UnprocessableEntity(**WRITE, errors=given)
    given.clear()
    assert error.errors == {"body": ["is missing"]}


# --- pickling -------------------------------------------------------------------------------------


def duplicates(error: ReamazeError) -> list[ReamazeError]:
    """The same error again, by every way that Python has."""
    pickles = [pickle.dumps(error, level) for level in range(pickle.HIGHEST_PROTOCOL + 1)]
    return [*map(pickle.loads, pickles), copy.copy(error), copy.deepcopy(error)]


@pytest.mark.parametrize("error", ERRORS)
def test_error_that_does_not_pickle(error: ReamazeError) -> None:
    """Every error pickles and copies with its sentence and its facts, as task queues need it."""
    for again in duplicates(error):
        assert type(again) is type(error)
        assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def test_note_lost_in_a_pickle():
    """A note added on the way is kept too."""
    error = NotFound(**ASKED, status=404)
    error.add_note("while exporting")
    assert [again.__notes__ for again in duplicates(error)] == [["while exporting"]] * 8


class OwnError(NotFound):
    """A user's own kind, with a fact of its own."""

    def __init__(self, customer: str) -> None:
        super().__init__(**ASKED, status=404)
        self.customer = customer


def test_error_of_a_user_that_does_not_pickle():
    """An error derived from ours pickles too, whatever its constructor asks for."""
    for again in duplicates(OwnError("Ana")):
        assert isinstance(again, OwnError)
        assert (again.customer, again.status, again.page) == ("Ana", 404, 4)
