"""The source for dlt, run into DuckDB."""

import time
from contextlib import suppress
from dataclasses import replace
from random import Random
from traceback import TracebackException
from typing import Any

import pytest
from shells import served
from warehouses import Warehouse

from reamaze_async import (
    IncompleteListing,
    InvalidParameter,
    ReamazeSession,
    UnprocessableEntity,
)
from reamaze_async.sandbox import Answer, Churn, Sandbox

dlt = pytest.importorskip("dlt", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("dlt.pipeline", reason="needs: pip install 'dlt[duckdb]'")
pytest.importorskip("duckdb", reason="needs: pip install 'dlt[duckdb]'")

from dlt.pipeline.exceptions import PipelineStepFailed  # noqa: E402 - if it is installed

from reamaze_async.dlt import RESOURCES, reamaze  # noqa: E402 - likewise

TOKEN = "s3cret-t0ken"
REFUSAL = Answer(422, b'{"errors": {"page": ["is unlucky"]}}', {"Content-Type": "application/json"})
"""Something that no second try mends."""

TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "instant": "TIMESTAMP WITH TIME ZONE",
}


def columns_of(warehouse: Warehouse, table: str) -> list[tuple[str, str]]:
    """The columns of a table and their types, without dlt's own."""
    found = warehouse.ask(
        "SELECT column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = 'support' AND table_name = '{table}' ORDER BY ordinal_position"
    )
    return [column for column in found if not column[0].startswith("_dlt")]


def reason_of(failed: pytest.ExceptionInfo[BaseException]) -> BaseException:
    """What lies at the bottom of dlt's error."""
    error = failed.value
    while error.__cause__:
        error = error.__cause__
    return error


# --- what it loads --------------------------------------------------------------------------------


def test_first_run(warehouse):
    """All conversations are there, each as it was sent, with its tags and followers."""
    warehouse.run()
    assert warehouse.rows == warehouse.truth
    there = warehouse.sandbox.conversations
    [[tags]] = warehouse.ask("SELECT count(*) FROM conversations__tags")
    [[followers]] = warehouse.ask("SELECT count(*) FROM conversations__followers")
    assert tags == sum(len(found.json()["tag_list"]) for found in there)
    assert followers == sum(len(found.json()["followers"]) for found in there)


def test_columns_that_are_not_those_of_an_export(warehouse):
    """Columns and types are those of an export, but for lists; the secret link has none."""
    from reamaze_async.resources.conversations import SCHEMA

    warehouse.run()
    wanted = [(c.name, TYPES[c.kind]) for c in SCHEMA.columns if c.kind in TYPES]
    assert columns_of(warehouse, "conversations") == [*wanted, ("is_gone", "BOOLEAN")]
    assert "perma_url" not in dict(wanted)
    inner = [("id", "BIGINT"), ("name", "VARCHAR"), ("email", "VARCHAR"), ("is_staff", "BOOLEAN")]
    assert columns_of(warehouse, "conversations__followers") == inner


def test_empty_helpdesk(tmp_path):
    """Every table is there in full, children included, though there is nothing in it."""
    with served(0, contacts=0) as sandbox:
        warehouse = Warehouse(sandbox, tmp_path)
        warehouse.run("conversations", "messages", "contacts")
        warehouse.run("conversations", "messages", "contacts")
    assert warehouse.rows == []
    assert (
        warehouse.ask("SELECT tags.value, slug FROM conversations__tags tags, conversations") == []
    )
    assert warehouse.ask("SELECT email FROM conversations__followers") == []
    assert warehouse.ask("SELECT key, body FROM messages") == []
    assert warehouse.ask("SELECT key, email FROM contacts") == []


def test_empty_list(beside, warehouse):
    """Tables that are replaced are there as well, when nothing is in them."""
    beside.script = lambda request: lambda answer: replace(answer, body=b'{"systems": []}')
    warehouse.run("systems")
    assert warehouse.ask("SELECT id, raw FROM systems") == []


def test_one_name(warehouse):
    """A single resource needs no list."""
    assert list(reamaze(resources="staff", brand="a", email="b@c", token="d").resources) == [
        "staff"
    ]


def test_all_resources(warehouse):
    """Each resource has its table, with as many rows as there are."""
    warehouse.run(*RESOURCES)
    sandbox = warehouse.sandbox
    there = {name: getattr(sandbox, "ratings" if name[:3] == "sat" else name) for name in RESOURCES}
    for name, truth in there.items():
        assert warehouse.ask(f"SELECT count(*) FROM {name}") == [(len(truth),)]


# --- runs that follow -----------------------------------------------------------------------------


def test_nothing_new(warehouse):
    """A run that finds nothing new costs one request, and loads nothing."""
    warehouse.run()
    warehouse.run()
    assert len(warehouse.asked) == 1
    assert not warehouse.pipeline.last_trace.last_load_info.loads_ids


def test_nothing_new_after_many_fresh_changes(warehouse):
    """So it does after more changes than a page holds, in the last minutes."""
    now = int(time.time() * 1000)
    for number, found in enumerate(warehouse.sandbox.conversations[:100]):
        warehouse.sandbox.world.change(found.slug, updated=now - 100 * number)
    warehouse.run()
    warehouse.run()
    assert len(warehouse.asked) == 1
    warehouse.sandbox.world.change(warehouse.sandbox.conversations[150].slug, updated=now)
    warehouse.run()
    assert warehouse.rows == warehouse.truth
    warehouse.run()
    assert len(warehouse.asked) == 1


def test_changes(warehouse):
    """New and changed conversations come, with the tags that they have now."""
    warehouse.run()
    world, slugs = warehouse.sandbox.world, [c.slug for c in warehouse.sandbox.conversations]
    world.create(), world.touch(slugs[150]), world.archive(slugs[0])
    world.change(slugs[60], tags=("fresh",))
    warehouse.run()
    assert len(warehouse.asked) == 1
    assert warehouse.rows == warehouse.truth
    tags = warehouse.ask("SELECT value FROM conversations__tags WHERE value = 'fresh'")
    assert tags == [("fresh",)]


def test_more_changes_than_a_page(warehouse):
    """Pages of changes are read until all are known."""
    warehouse.run()
    for found in warehouse.sandbox.conversations[:70]:
        warehouse.sandbox.world.touch(found.slug)
    warehouse.run()
    assert [request.params["page"] for request in warehouse.asked] == ["1", "2", "3"]
    assert warehouse.rows == warehouse.truth


@pytest.mark.parametrize("seed", range(3))
def test_runs_under_churn_drift_away(tmp_path, seed):
    """Whatever happens between and while runs, one in the calm makes the rows equal the truth."""
    with served(150, seed=seed) as sandbox:
        warehouse = Warehouse(sandbox, tmp_path)
        luck = Random(seed)
        churn = Churn(mixed=0.5)
        sandbox.before = lambda request: churn.apply(sandbox.world, luck)
        for number in range(3):
            with_luck(warehouse, full_refresh_after=0 if number == 1 else 1000)
        sandbox.before = None
        warehouse.run(full_refresh_after=0)
        assert warehouse.rows == warehouse.truth


def with_luck(warehouse: Warehouse, **options: Any) -> None:
    """Run it; under churn a list may not be vouched for."""
    with suppress(PipelineStepFailed):
        warehouse.run(**options)


def test_mark_past_what_was_read(warehouse):
    """What changes behind the page that is being read is caught by the next run."""
    world, sandbox = warehouse.sandbox.world, warehouse.sandbox
    first = sandbox.conversations[0].slug

    def touch(request: Any) -> None:
        if request.page == 5:
            world.touch(first)

    sandbox.before = touch
    warehouse.run()
    assert warehouse.rows != warehouse.truth
    sandbox.before = None
    warehouse.run()
    assert warehouse.rows == warehouse.truth
    assert len(warehouse.asked) == 1


# --- what has left --------------------------------------------------------------------------------


def test_deletions(warehouse):
    """What has left goes when a full refresh is due, with its tags, and not before."""
    warehouse.run()
    gone = next(found for found in warehouse.sandbox.conversations if found.json()["tag_list"])
    warehouse.sandbox.world.delete(gone.slug)
    warehouse.run()
    assert len(warehouse.rows) == len(warehouse.truth) + 1
    warehouse.run(full_refresh_after=0)
    assert warehouse.rows == warehouse.truth
    tags = sum(len(found.json()["tag_list"]) for found in warehouse.sandbox.conversations)
    assert warehouse.ask("SELECT count(*) FROM conversations__tags") == [(tags,)]


def test_clock_set_back(warehouse, monkeypatch):
    """A whole reading that lies in the future is no reason to wait for it."""
    warehouse.run()
    now = time.time()
    monkeypatch.setattr("reamaze_async.dlt.source.time", lambda: now - 86400)
    warehouse.run()
    assert len(warehouse.asked) > 1


def test_another_filter(warehouse):
    """Another filter is another list: it is read as a whole, and the rest of the rows go."""
    warehouse.run()
    warehouse.run(filter="archived")
    archived = [found for found in warehouse.truth if '"status":4' in found.replace(" ", "")]
    assert 0 < len(archived) < 200
    assert warehouse.rows == archived


def test_destination_that_is_no_database(beside, tmp_path):
    """Files get the rows, and no word of what has left."""
    folder = dlt.destinations.filesystem(bucket_url=(tmp_path / "files").as_uri())
    warehouse = Warehouse(beside, tmp_path, folder)
    warehouse.run()
    warehouse.sandbox.world.delete()
    warehouse.run(full_refresh_after=0)
    rows = warehouse.ask("SELECT is_gone, count(*) FROM conversations GROUP BY ALL")
    assert rows == [(None, 399)]


def test_dataset_that_was_dropped(warehouse):
    """What dlt remembers of a dataset that is gone doesn't leave the new one empty."""
    warehouse.run()
    with warehouse.pipeline.destination_client() as client:
        client.drop_storage()
    warehouse.run()
    assert warehouse.rows == warehouse.truth


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("full_refresh_after", [0, 1000])
def test_page_that_fails_for_good(warehouse, full_refresh_after):
    """The extract step fails with our error, nothing is loaded, and the next run makes it good."""
    warehouse.run()
    before, sandbox = warehouse.rows, warehouse.sandbox
    for found in sandbox.conversations[:70]:
        sandbox.world.touch(found.slug)
    sandbox.script = lambda request: REFUSAL if request.page == 2 else None
    with pytest.raises(PipelineStepFailed) as failed:
        warehouse.run(full_refresh_after=full_refresh_after)
    assert failed.value.step == "extract"
    assert isinstance(reason_of(failed), UnprocessableEntity)
    assert warehouse.rows == before
    sandbox.script = {}
    warehouse.run()
    assert warehouse.rows == warehouse.truth


def test_item_that_cannot_be_read(warehouse):
    """A list that can't be vouched for isn't loaded: some of it would be missing for good."""
    slug = warehouse.sandbox.conversations[50].slug
    warehouse.sandbox.flaws[slug] = lambda item: item | {"slug": None}
    with pytest.raises(PipelineStepFailed) as failed:
        warehouse.run()
    assert failed.value.step == "extract"
    assert isinstance(reason_of(failed), IncompleteListing)
    assert warehouse.pipeline.first_run
    warehouse.sandbox.flaws.clear()
    warehouse.run()
    assert warehouse.rows == warehouse.truth


@pytest.mark.parametrize("full_refresh_after", [0, 1000])
def test_item_that_keeps_the_rest_away(warehouse, caplog, full_refresh_after):
    """Where it is allowed, the rest is loaded with a warning, nothing is deleted, no mark moves."""
    warehouse.run()
    odd, sandbox = warehouse.sandbox.conversations[50].slug, warehouse.sandbox
    sandbox.flaws[odd] = b"null"
    for slug in (odd, *(one.slug for one in sandbox.conversations[60:120])):
        sandbox.world.touch(slug)
    before = len(warehouse.rows)
    warehouse.run(full_refresh_after=full_refresh_after, allow_incomplete=True)
    assert len(warehouse.rows) == before
    assert len(set(warehouse.rows) ^ set(warehouse.truth)) == 2  # It is there as it was.
    assert "1 item can't be read" in caplog.text
    sandbox.flaws.clear()
    warehouse.run()
    assert warehouse.rows == warehouse.truth


def test_run_that_stops_early(warehouse):
    """With `add_limit` the mark stays, so that the next run reads the whole."""
    source = warehouse.source()
    source.conversations.add_limit(3)
    warehouse.pipeline.run(source)
    assert 0 < len(warehouse.rows) < 200
    warehouse.run()
    assert warehouse.rows == warehouse.truth


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"resources": ("conversation",)}, "resources='conversation' is unknown"),
        ({"resources": ()}, "is empty: name some of conversations, messages"),
        ({"filter": "opne"}, "filter='opne' is unknown"),
        ({"full_refresh_after": -1}, "full_refresh_after=-1 must be a number of seconds."),
        ({"http": object()}, "is of another event loop"),
        ({"token": " "}, "token is empty"),
    ],
)
def test_refused(warehouse, options, sentence):
    """What can't be used is refused in one sentence when the source is made."""
    options = {"brand": "acme", "email": "me@acme.com", "token": "x", **options}
    with pytest.raises(InvalidParameter, match=sentence):
        reamaze(**options)
    assert warehouse.sandbox.requests == []


# --- settings -------------------------------------------------------------------------------------


@pytest.fixture
def configured(beside: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Let dlt's configuration hold the account."""
    for name in ("brand", "email", "token", "base_url"):
        monkeypatch.setenv(f"SOURCES__REAMAZE__{name.upper()}", getattr(beside, name))
        monkeypatch.setenv(f"REAMAZE_{name.upper()}", "wrong")
    return beside


def test_settings_from_dlt(configured, warehouse, tmp_path):
    """Settings of dlt go before the environment; the token is written nowhere."""
    warehouse.pipeline.run(reamaze(resources=["staff"]))
    assert warehouse.ask("SELECT count(*) FROM staff") == [(len(configured.staff),)]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if configured.token.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("name", ["email", "base_url", "resources"])
def test_token_in_the_frames_of_a_refusal(name):
    """A refusal shows no token, be it in its own place or in another's."""
    own = f"https://me:{TOKEN}@a.b" if name == "base_url" else f"me@a.b:{TOKEN}"
    given = {"brand": "a", "email": "b@c", "token": TOKEN, "resources": "staff"}
    given[name] = "none" if name == "resources" else own
    with pytest.raises(InvalidParameter) as caught:
        reamaze(**given)
    below = caught.value.with_traceback(caught.tb.tb_next)  # this test knows the token
    trace = TracebackException.from_exception(below, capture_locals=True)
    assert TOKEN not in "".join(trace.format())


def test_settings_from_the_environment(beside, warehouse, monkeypatch):
    """What dlt doesn't know is looked for where `ReamazeSession.from_env` does."""
    for name, variable in (("token", "API_TOKEN"), ("brand", "BRAND"), ("base_url", "BASE_URL")):
        monkeypatch.setenv(f"REAMAZE_{variable}", getattr(beside, name))
    warehouse.pipeline.run(reamaze(email=beside.email, resources=["systems"]))
    assert warehouse.ask("SELECT count(*) FROM systems") == [(len(beside.systems),)]


def test_limit_that_is_learned_again(warehouse, monkeypatch):
    """All sessions of a source share one limiter, run after run."""
    limiters, opened = [], ReamazeSession.open

    async def open_and_note(session: ReamazeSession) -> ReamazeSession:
        limiters.append(session.limiter)
        return await opened(session)

    monkeypatch.setattr(ReamazeSession, "open", open_and_note)
    source = warehouse.source("staff", "systems")
    warehouse.pipeline.run(source)
    warehouse.pipeline.run(source)
    assert len(limiters) >= 2
    assert len(set(limiters)) == 1
