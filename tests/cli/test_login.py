"""Who asks whom: options, the environment, a prompt, and what is filled in for a sandbox."""

import os
from pathlib import Path

import pytest
from shells import Terminal, ended, started

from reamaze_async.cli.login import SANDBOX, log_in
from reamaze_async.errors import InvalidParameter

ACCOUNT = ("--brand", "acme", "--email", "me@acme.example")
PROMPT = "Re:amaze API token (not shown): "


def test_options_go_before_the_environment(monkeypatch):
    """The environment fills in what isn't said."""
    monkeypatch.setenv("REAMAZE_API_TOKEN", "t0ken")
    login = log_in("acme", "me@acme.example", None)
    assert (login.brand, login.email, login.token.reveal()) == ("acme", "me@acme.example", "t0ken")


def test_the_environment_is_enough(run, beside, monkeypatch):
    """With the four variables set, no option is needed."""
    monkeypatch.setenv("REAMAZE_BRAND", beside.brand)
    monkeypatch.setenv("REAMAZE_EMAIL", beside.email)
    monkeypatch.setenv("REAMAZE_API_TOKEN", beside.token)
    monkeypatch.setenv("REAMAZE_BASE_URL", beside.base_url)
    assert run("count").out == "95\n"


def test_a_sandbox_on_loopback_needs_no_login(run, beside):
    """For plain http on loopback, what isn't given is what `reamaze sandbox` takes."""
    assert (
        run("count", "--base-url", beside.base_url.replace("127.0.0.1", "localhost")).out == "95\n"
    )


def test_what_is_given_goes_before_what_is_filled_in(monkeypatch):
    """Also on loopback a login that is said is used."""
    monkeypatch.setenv("REAMAZE_API_TOKEN", "t0ken")
    login = log_in("other", None, "http://127.0.0.1:1")
    assert (login.brand, login.email, login.token.reveal()) == ("other", SANDBOX.email, "t0ken")


def test_the_token_of_somebody_else_on_loopback(run, beside):
    """Only the sandbox's own user has its token: who names another is asked for theirs."""
    told = run("count", "--base-url", beside.base_url, "--email", "leo@acme.example")
    assert (told.status, told.out, beside.requests) == (2, "", [])
    assert "No API token: set REAMAZE_API_TOKEN." in told.err


def test_nothing_is_filled_in_for_https(run):
    """The sandbox's token goes to plain http only, which is loopback by the library's rule."""
    told = run("count", "--base-url", "https://127.0.0.1:1", *ACCOUNT)
    assert (told.status, told.out) == (2, "")
    assert "No API token" in told.err
    with pytest.raises(InvalidParameter):
        log_in(None, None, "http://acme.reamaze.io")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "No brand: give --brand, or set REAMAZE_BRAND."),
        (ACCOUNT[:2], "No email: give --email, or set REAMAZE_EMAIL."),
        (ACCOUNT, "No API token: set REAMAZE_API_TOKEN."),
    ],
)
def test_what_is_missing_without_a_terminal(words, sentence):
    """One sentence names it and how to give it; nobody waits for an answer."""
    told = ended(started("count", *words))
    assert (told.status, told.out) == (2, "")
    assert told.err == f"Error: {sentence} Without an account, try --sandbox.\n"


@pytest.mark.parametrize("command", [("count",), ("export", "conversations", "-o", "x.ndjson")])
def test_wrong_conditions_are_told_before_a_token_is_asked_for(command):
    """Nobody types a token for a command that can't work."""
    told = ended(started(*command, *ACCOUNT, "--for", ""))
    assert told.status == 2
    assert "token" not in told.err


def test_a_wrong_brand_is_told_before_a_token_is_asked_for():
    """A brand that can't be one is refused while nobody has typed anything."""
    told = ended(started("count", "--brand", "https://acme.example", *ACCOUNT[2:]))
    assert told.status == 2
    assert told.err.startswith("Error: --brand='https://acme.example' must be a subdomain")


def test_the_token_is_asked_for_unseen():
    """On a terminal a prompt takes it, no key appears, and no message shows it."""
    with Terminal("count", *ACCOUNT) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type("s3cret\x01t0ken\n")
        assert terminal.end() == 2
    assert "token holds control characters" in terminal.text
    assert "s3cret" not in terminal.raw


@pytest.mark.parametrize("keys", ["\n", "\x04"])
def test_an_empty_token(keys):
    """An empty line or Ctrl-D at the prompt is wrong usage."""
    with Terminal("count", *ACCOUNT) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type(keys)
        assert terminal.end() == 2
    assert "No API token was typed" in terminal.text


def test_ctrl_c_at_the_prompt():
    """It ends the command as anywhere else, and the terminal echoes again."""
    with Terminal("count", *ACCOUNT) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type("\x03")
        assert terminal.end() == 130
        assert terminal.echoes
    assert "Interrupted." in terminal.text


def test_the_prompt_leaves_standard_output_alone():
    """The prompt goes to the terminal, not among the rows."""
    reader, writer = os.pipe()
    with Terminal("count", *ACCOUNT, stdout=writer) as terminal:
        os.close(writer)
        terminal.wait_for(PROMPT)
        terminal.type("\n")
        assert terminal.end() == 2
    assert os.read(reader, 100) == b""
    os.close(reader)


def test_the_prompt_needs_no_standard_error():
    """With standard error in a log, there is still somebody at the keyboard to ask."""
    with (
        Path("log").open("wb") as log,
        Terminal("count", *ACCOUNT, stderr=log.fileno()) as terminal,
    ):
        terminal.wait_for(PROMPT)
        terminal.type("\x04")
        assert terminal.end() == 2
    assert "No API token was typed" in Path("log").read_text()


def test_a_token_with_a_line_break(run, monkeypatch):
    """A token that can't be one is refused, and not shown."""
    monkeypatch.setenv("REAMAZE_API_TOKEN", "s3c\nret")
    told = run("count", *ACCOUNT)
    assert told.status == 2
    assert told.err.startswith("Error: REAMAZE_API_TOKEN: token holds control characters")
    assert "s3c" not in told.err


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"sandbox-token\n", 0), (b"\xef\xbb\xbfsandbox-token", 0), (b"", 2), (b"\xff\xfe", 2)],
)
def test_a_token_in_a_file(run, beside, monkeypatch, tmp_path, content, status):
    """It is read from the file that a variable names; what can't be one is refused."""
    (tmp_path / "token").write_bytes(content)
    monkeypatch.setenv("REAMAZE_API_TOKEN_FILE", str(tmp_path / "token"))
    told = run("count", "--base-url", beside.base_url)
    assert (told.status, "sandbox-token" in told.err) == (status, False)


def test_a_token_file_that_is_not_there(run, monkeypatch):
    """It is named, and nothing is asked."""
    monkeypatch.setenv("REAMAZE_API_TOKEN_FILE", "nowhere")
    told = run("count", "--brand", "acme", "--email", "a@b.example")
    assert (told.status, "'nowhere' can't be read (No such file" in told.err) == (2, True)
