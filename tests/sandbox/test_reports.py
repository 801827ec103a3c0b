"""The five reports, against the truth, over a real socket."""

from collections import Counter
from datetime import timedelta

import pytest

from reamaze_async.sandbox import Sandbox, World
from reamaze_async.sandbox.reports import first_response
from reamaze_async.sandbox.times import day

KINDS = ("volume", "response_time", "staff", "tags", "channel_summary")


@pytest.mark.parametrize("kind", KINDS)
async def test_last_thirty_days(client, sandbox, kind):
    """Unless days are given; what was covered stands at the end."""
    reply = (await client.get(f"reports/{kind}")).json
    today = day(sandbox.world.now)
    ends = [(today - timedelta(29)).isoformat(), today.isoformat()]
    assert list(reply.items())[-2:] == [*zip(("start_date", "end_date"), ends, strict=True)]


async def test_volume_and_tags_are_counted(client, sandbox):
    """Each conversation on the day it began."""
    first, last = "2026-03-01", "2026-04-10"
    ends = {"start_date": first, "end_date": last}
    began = [it for it in sandbox.conversations if first <= str(day(it.created)) <= last]
    counts = (await client.get("reports/volume", **ends)).json["conversation_counts"]
    assert (len(counts), sum(counts.values())) == (41, len(began))
    tags = (await client.get("reports/tags", **ends)).json["tags"]
    assert tags == Counter(tag for it in began for tag in it.tags)


async def test_staff_and_channels_answer_alike(client, sandbox):
    """Both reports count the same messages of staff whose writer is known."""
    staff = (await client.get("reports/staff")).json["report"]
    assert set(staff) == {it.user.name for it in sandbox.staff}
    channels = (await client.get("reports/channel_summary")).json["channels"]
    assert set(channels) == {str(it.id) for it in sandbox.channels}
    written = sum(it["response_count"] for it in staff.values())
    assert 0 < written <= sum(it["staff_responses"] for it in channels.values()) < written * 1.1


async def test_numbers_of_every_type(client):
    """A number, a text and null, as they were seen."""
    channels = (await client.get("reports/channel_summary")).json["channels"].values()
    assert {type(it["average_response_time_seconds"]) for it in channels} <= {str, type(None)}
    summary = (await client.get("reports/response_time")).json["summary"]
    assert summary["trends"]["last_7_days"]["change_rate"] == "-12.5"
    assert summary["trends"]["last_30_days"]["change_rate"] is None
    assert 0 <= summary["ratio"]["under_1_hour"] <= summary["ratio"]["under_1_week"] <= 1


@pytest.mark.parametrize(
    "ends",
    [
        {"start_date": "2026-03-02", "end_date": "2026-03-01"},
        {"start_date": "2025-01-01", "end_date": "2026-03-01"},
        {"start_date": "yesterday"},
        {"end_date": "2026-02-30"},
    ],
)
async def test_days_that_can_not_be(client, ends):
    """422 (guess), naming the parameter."""
    reply = await client.get("reports/volume", **ends)
    assert reply.status == 422
    assert set(reply.json["errors"]) <= set(ends)


async def test_one_day_and_a_whole_year(client):
    """Both are allowed."""
    one = await client.get("reports/volume", start_date="2026-03-01", end_date="2026-03-01")
    year = await client.get("reports/volume", start_date="2025-04-10", end_date="2026-04-10")
    assert len(one.json["conversation_counts"]) == 1
    assert len(year.json["conversation_counts"]) == 366


@pytest.mark.parametrize(("brand", "is_ours"), [("acme", True), ("all_brands", True), ("x", False)])
async def test_reports_of_a_brand(client, brand, is_ours):
    """Another one has nothing."""
    counts = (await client.get("reports/volume", brand=brand)).json["conversation_counts"]
    assert (sum(counts.values()) > 0) is is_ours


async def test_report_that_is_none(client):
    """404."""
    assert (await client.get("reports/summary")).status == 404


async def test_report_of_an_empty_account(connect):
    """Zeros and nulls."""
    async with Sandbox(0) as sandbox:
        client = await connect(sandbox)
        for kind in KINDS:
            assert (await client.get(f"reports/{kind}")).status == 200


def test_first_response_is_to_a_customer():
    """From the first question to the first regular answer after it."""
    world = World(0)
    it, robin = world.create(), world.staff[0]
    world.say(it, robin, by_staff=True, visibility=1)
    assert first_response(it) is None
    answer = world.say(it, robin, by_staff=True)
    assert first_response(it) == (answer.created - it.created) / 1000
    outbound = world.create(author=robin, customer_at=None)
    asked = world.say(outbound, None, by_staff=False)
    answer = world.say(outbound, robin, by_staff=True)
    assert first_response(outbound) == (answer.created - asked.created) / 1000
