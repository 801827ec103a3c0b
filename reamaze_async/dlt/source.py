"""The source: resources for dlt, and when each of them is read as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from time import time
from typing import Any, Unpack, cast

import dlt
from dlt.common.schema import Schema
from dlt.extract import DltResource, DltSource

from reamaze_async.listings.listing import Listing
from reamaze_async.resources import NAMES
from reamaze_async.session import ReamazeSession, SessionSettings
from reamaze_async.validation import choice, invalid, seconds
from reamaze_async.wire.credentials import Given, Secret
from reamaze_async.wire.parameters import Filter

from .bridge import Bridge
from .columns import child_hints_of, hints_of, placeholder
from .dated import Dated
from .destination import keys_in, lacks, merges
from .following import Following, Replaced, State
from .messages import Messages

WEEK = 7 * 86400.0

RESOURCES = NAMES
"""What can be loaded, each into the table of its name."""


def reamaze(
    *,
    filter: Filter = "all",  # noqa: A002 - the API's own word
    resources: Sequence[str] = RESOURCES,
    full_refresh_after: float = WEEK,
    allow_incomplete: bool = False,
    **session_options: Unpack[SessionSettings],
) -> DltSource:
    """What a helpdesk holds, as a source for dlt.

        pipeline = dlt.pipeline("helpdesk", destination="duckdb", dataset_name="support")
        pipeline.run(reamaze(), loader_file_format="parquet")

    The first run reads all of it. Later runs read what is new: the conversations that have changed,
    by one request if none has. Rows are merged by their key, so that a run may be repeated. A run
    that can't read all that it should raises dlt's `PipelineStepFailed` out of its extract step,
    with our error as the reason: then nothing is loaded, and the next run reads the same again.

    What has left a list isn't seen by reading what is new. When a full refresh is due, the whole
    list is read, and rows that it doesn't have are deleted from the destination; destinations that
    aren't databases are not told.

    Settings of the session that aren't given are looked for in dlt's configuration and secrets,
    `sources.reamaze.brand`, `.email`, `.token` and `.base_url`, and then in the environment as by
    `ReamazeSession.from_env`.

    Args:
        filter: which conversations. With another one than `"all"`, those that no longer match keep
            their rows until a full refresh.
        resources: what to load, of `RESOURCES`. Default: all of it.
        full_refresh_after: seconds from which on the last whole reading is too old. Default: a
            week. 0: in each run.
        allow_incomplete: load what came although something may be missing, as where an item can't
            be read; a warning says what. Nothing is deleted then, since it may be what is missing.
        **session_options: as for `ReamazeSession.from_env`, without `http`.

    Raises:
        InvalidParameter: one of these can't be used; nothing was sent.
    """
    given = Given(session_options)
    del session_options  # A traceback from below shows this frame.
    names = _names(resources)
    after = seconds("full_refresh_after", full_refresh_after, zero=True)
    settings, template = given.checked(_template)
    bridge = Bridge(partial(ReamazeSession.from_env, **settings))
    followed = [_followed(name, template, filter, allow_incomplete) for name in names]
    made = [_resource(bridge, one, after) for one in followed]
    return DltSource(Schema("reamaze"), "reamaze", made)


def _names(resources: Sequence[str]) -> list[str]:
    """The names of resources, each once."""
    names = [resources] if isinstance(resources, str) else list(dict.fromkeys(resources))
    if not names:
        raise invalid("resources", resources, f"is empty: name some of {', '.join(RESOURCES)}.")
    return [choice("resources", name, RESOURCES) for name in names]


def _template(given: SessionSettings) -> tuple[SessionSettings, ReamazeSession]:
    """The settings of all sessions, and one of them that is never opened."""
    settings = _settings(given)
    template = ReamazeSession.from_env(**settings)
    # One limiter for all sessions: what a run has learned of the limit, the next one knows.
    settings["rate_limit"] = template.limiter
    return settings, template


def _settings(given: SessionSettings) -> SessionSettings:
    """The settings of a session, from the caller, or from dlt's configuration."""
    if given.get("http") is not None:
        raise invalid("http", given["http"], "is of another event loop: leave it out.")
    settings: dict[str, Any] = {**given}
    for name in ("brand", "email", "base_url"):
        if name not in settings and (value := dlt.config.get(f"sources.reamaze.{name}", str)):
            settings[name] = value
    if "token" not in settings and (token := _configured_token()):
        settings["token"] = token
    if "token" in settings:
        settings["token"] = Secret(settings["token"])
    return cast("SessionSettings", settings)


def _configured_token() -> Secret | None:
    # Asked for as a secret: dlt writes other values to its folder, with the trace of a run.
    token: Any = dlt.secrets.get("sources.reamaze.token")
    return Secret(str(token)) if token else None


def _followed(
    name: str,
    template: ReamazeSession,
    filter: Filter,  # noqa: A002 - as above
    allow_incomplete: bool,
) -> Following:
    """How a resource is followed."""

    def make(session: ReamazeSession) -> Listing[Any]:
        if name == "conversations":
            return session.conversations.list(filter=filter)
        if name == "contacts":
            return session.contacts.list(sort="date")
        listing: Listing[Any] = getattr(session, name).list()
        return listing

    if name == "messages":
        return Messages(name, make, template, allow_incomplete=allow_incomplete)
    kind = Dated if name in ("conversations", "contacts") else Replaced
    return kind(name, make, template, allow_incomplete=allow_incomplete)


def _resource(bridge: Bridge, followed: Following, after: float) -> DltResource:
    """A resource that follows a list."""
    is_merged = not isinstance(followed, Replaced)
    hints = hints_of(followed.table, is_merged=is_merged)
    children = child_hints_of(followed.table)

    def read() -> Iterator[Any]:
        state = dlt.current.resource_state()
        began, is_whole = time(), not is_merged or _is_due(followed, state, after)
        known = keys_in(followed.table) if is_merged and is_whole else None
        if is_whole:  # The table is there then, even if nothing comes.
            if is_merged and merges():
                yield [placeholder(followed.table)]
            else:
                yield dlt.mark.materialize_table_schema()
        yield from filter(None, bridge.iterate(lambda of: followed.read(of, state, known)))
        if is_merged and is_whole:
            state.update(listing=dict(followed.identity), read_at=began)

    return dlt.resource(
        read,
        name=followed.name,
        primary_key=followed.table.key,
        write_disposition="merge" if is_merged else "replace",
        columns=hints,
        nested_hints={
            name: dlt.mark.make_nested_hints(columns=inner) for name, inner in children.items()
        },
    )


def _is_due(followed: Following, state: State, after: float) -> bool:
    """Whether the whole list is to be read."""
    if state.get("listing") != followed.identity or lacks(followed.table):
        return True
    # A clock that was set back makes it due as well.
    return followed.is_reread and not 0 <= time() - state["read_at"] < after
