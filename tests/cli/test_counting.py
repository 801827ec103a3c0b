"""`reamaze count`."""

from reamaze_async.sandbox import Fault


def test_count_is_a_number_by_one_request(run, beside):
    """Standard output holds the number and nothing else."""
    told = run("count", "--base-url", beside.base_url)
    assert (told.status, told.out, told.err) == (0, "95\n", "")
    assert len(beside.requests) == 1


def test_count_of_some(run, beside):
    """Conditions narrow it, and the resource may be said."""
    told = run("count", "conversations", "--filter", "archived", "--base-url", beside.base_url)
    archived = [found for found in beside.conversations if found.status == 4]
    assert told.out == f"{len(archived)}\n"


def test_a_failed_count(run, beside):
    """One line, exit status 1, nothing on standard output."""
    beside.script = {(1, 1): Fault.REDIRECT}
    told = run("count", "--base-url", beside.base_url)
    assert (told.status, told.out, told.err.count("\n")) == (1, "", 1)
    assert "HTTP 302" in told.err
    assert "check the brand or --base-url" in told.err
