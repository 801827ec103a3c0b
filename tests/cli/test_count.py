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


def test_an_answer_that_takes_too_long(run, beside, monkeypatch):
    """Who waits for less says so, and who waited in vain is told how to wait for longer."""
    monkeypatch.setattr("reamaze_async.http.retry.BASE_DELAY", 0.0)
    beside.script = lambda request: Fault.HANG
    told = run("count", "--base-url", beside.base_url, "--timeout", "0.02")
    assert "no complete answer within 0.02 s. Try again, or give a longer --timeout." in told.err


def test_an_answer_that_is_too_large(run, beside):
    """Past the bound it is refused, naming the option that moves the bound."""
    beside.script = lambda request: Fault.BOMB
    told = run("count", "--base-url", beside.base_url)
    assert "larger than 32 MiB. If it may be so large, give a larger --max-response." in told.err
    assert run("count", "--base-url", beside.base_url, "--max-response", "100").status == 0
