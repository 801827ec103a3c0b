"""Help, version, completion, and what is imported for them."""

import subprocess
import sys
from typing import get_args

import pytest
from click.shell_completion import BashComplete
from shells import clean, ended, started

from reamaze_async import __version__
from reamaze_async.cli.commands import COMPLETE, FORMATS, NAME, reamaze
from reamaze_async.formats import Format

COMMANDS = sorted(reamaze.commands)


def test_version(run):
    """`--version` is the package's own."""
    assert run("--version").out == f"reamaze {__version__}\n"


def test_as_a_module():
    """`python -m reamaze_async` is the same command."""
    assert ended(started("--version")).out == f"reamaze {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    """Each has a help with an example, and none of its lines is wider than a terminal."""
    told = run(command, "--help")
    assert told.status == 0
    assert f"reamaze {command}" in told.out
    assert max(map(len, told.out.splitlines())) <= 80


def test_help_without_an_argument(run):
    """`reamaze` alone shows its help, and counts as wrong usage."""
    told = run()
    assert told.status == 2
    assert all(command in told.err for command in COMMANDS)


HELP = """
import sys
from reamaze_async.cli.main import start
for command in sys.argv[1:]:
    start([command, "--help"])
print({"aiohttp", "rich", "reamaze_async.sandbox", "pyarrow", "sqlite3"} & set(sys.modules))
"""


def test_help_loads_nothing_heavy():
    """No help imports the network, the terminal's painter, a sandbox or a file format."""
    words = [sys.executable, "-c", HELP, *COMMANDS]
    told = subprocess.run(words, capture_output=True, check=True, env=clean())
    assert told.stdout.decode().splitlines()[-1] == "set()"


@pytest.mark.parametrize("command", ["export", "count"])
def test_the_token_is_no_option(run, command):
    """There is no way to put the token among the command's words, where others see it."""
    assert "--token" not in run(command, "--help").out
    assert run(command, "conversations", "--token", "x").status == 2


def test_formats_are_those_of_exports():
    """The words of `--format` are what `export` takes."""
    assert get_args(Format) == FORMATS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_the_command(run, shell):
    """Each shell gets a script that asks `reamaze` itself."""
    told = run("completion", shell)
    assert told.status == 0
    assert "_REAMAZE_COMPLETE=" in told.out
    assert "reamaze" in told.out


def test_completion_of_an_unknown_shell(run):
    """Another shell is refused, naming what there is."""
    told = run("completion", "tcsh")
    assert told.status == 2
    assert "'bash', 'zsh', 'fish'" in told.err


@pytest.mark.parametrize(
    ("words", "begun", "offered"),
    [
        ([], "ex", "export"),
        (["export"], "", "conversations"),
        (["export", "conversations"], "--req", "--requests-per-minute"),
        (["export", "conversations", "--filter"], "a", "archived"),
        (["export"], "sat", "satisfaction-ratings"),
        (["count", "messages", "--filter"], "", "customer"),
        (["export", "messages"], "--sent", "--sent-by"),
        (["export", "articles", "-o", "x.csv"], "--top", "--topic"),
        (["get", "contacts"], "--ident", "--identifier-type"),
    ],
)
def test_what_is_offered(words, begun, offered):
    """Commands, resources, options and their words are completed."""
    completer = BashComplete(reamaze, {}, NAME, COMPLETE)
    assert offered in [found.value for found in completer.get_completions(words, begun)]


def test_completion_asks_the_command_itself():
    """What the script asks, the command answers."""
    asked = {"_REAMAZE_COMPLETE": "bash_complete", "COMP_WORDS": "reamaze ex", "COMP_CWORD": "1"}
    code = "import sys; sys.argv[0] = 'reamaze'; from reamaze_async.__main__ import main; main()"
    words = [sys.executable, "-c", code]
    told = subprocess.run(words, capture_output=True, check=True, env=clean(asked))
    assert told.stdout == b"plain,export\n"


def test_completion_of_origins():
    """`--origin <TAB>` names the ways a conversation comes in."""
    completer = BashComplete(reamaze, {}, NAME, COMPLETE)
    words = ["export", "conversations", "--origin"]
    assert [found.value for found in completer.get_completions(words, "ema")] == ["email"]
