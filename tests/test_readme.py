"""The README does what it says: its examples run, its two lines are there, its tables are true."""

import ast
import inspect
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from quoted import QUOTE, quotes

import reamaze_async
from reamaze_async import ReamazeSession
from reamaze_async.cli.commands import reamaze
from reamaze_async.cli.options import Option
from reamaze_async.resources.conversations import SCHEMA
from reamaze_async.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", QUOTE.sub("", TEXT), re.DOTALL)
"""Those with tests of their own, the quoted files, left out."""


def section(title: str) -> str:
    """The text under a heading."""
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
async def test_an_example_that_does_not_run(
    example: str, sandbox: Sandbox, session: ReamazeSession, tmp_path: Path, monkeypatch: Any
) -> None:
    """Each block runs as it stands, against a sandbox."""
    monkeypatch.chdir(tmp_path)
    for name in ("BRAND", "EMAIL", "BASE_URL"):
        monkeypatch.setenv(f"REAMAZE_{name}", str(getattr(sandbox, name.lower())))
    monkeypatch.setenv("REAMAZE_API_TOKEN", sandbox.token)
    here = f'"acme", "{sandbox.email}", "{sandbox.token}", base_url="{sandbox.base_url}"'
    code = example.replace('"acme", "me@acme.com", "API token"', here)
    code = code.replace("asyncio.run(main())", "await main()")
    scope = {name: getattr(reamaze_async, name) for name in reamaze_async.__all__}
    scope["session"] = session
    compiled = compile(code, "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if (running := eval(compiled, scope)) is not None:
        await running


async def test_question_that_the_database_can_not_answer(
    session: ReamazeSession, tmp_path: Path
) -> None:
    """Each question in SQL is answered by a database of everything, with rows."""
    await reamaze_async.export_all(session, tmp_path / "account.sqlite")
    [block] = re.findall(r"```sql\n(.*?)```", section("Everything"), re.DOTALL)
    with closing(sqlite3.connect(tmp_path / "account.sqlite")) as base:
        for question in block.split(";")[:-1]:
            assert base.execute(question).fetchall()


@pytest.mark.parametrize("title", ["Try it", "Test it"])
def test_more_than_one_line_to_copy(title: str) -> None:
    """Each of the two sections has one fenced block of exactly one command line."""
    [block] = re.findall(r"```sh\n(.*?)```", section(title), re.DOTALL)
    assert len(block.strip().splitlines()) == 1


def test_ci_runs_something_else() -> None:
    """The CI script takes its command from the README."""
    assert "README.md" in (ROOT / ".ci" / "run").read_text()
    assert "pytest" in section("Test it")


def test_parameters_that_the_readme_forgets() -> None:
    """Its table names each parameter of `conversations.list`."""
    given = inspect.signature(ReamazeSession("a", "b@c", "d").conversations.list).parameters
    table = section("Listing")
    assert [name for name in given if f"`{name}`" not in table and f"`{name}=" not in table] == [
        "drift"
    ]


def test_options_that_the_readme_forgets() -> None:
    """The CLI's part names what an export takes, but for conditions, account and pace."""
    options = [o for o in reamaze.commands["export"].params if isinstance(o, Option)]
    names = [max(o.opts, key=len) for o in options if o.section in ("File", "Care")]
    named = section("Exports")
    assert [name for name in names if f"`{name}" not in named] == ["--output", "--format"]


def test_columns_that_the_readme_forgets() -> None:
    """Its table names each column, beside others of its kind."""
    rows = [line for line in section("Exports").splitlines() if line.startswith("| `")]
    kinds: dict[str, set[str]] = {}
    for column in SCHEMA.columns:
        [row] = [row for row in rows if f"`{column.name}`" in row.split("|")[1]]
        kinds.setdefault(row, set()).add(column.kind)
    assert [len(kind) for kind in kinds.values()] == [1] * len(kinds)


def test_errors_that_the_readme_forgets() -> None:
    """Its table names each error that a user may meet."""
    errors = {
        name
        for name in reamaze_async.__all__
        if inspect.isclass(thing := getattr(reamaze_async, name))
        and issubclass(thing, reamaze_async.ReamazeError)
    }
    quiet = {"ReamazeError", "APIError", "SessionUnusable", "ExportFailed", "ExportRefused"}
    named = section("When something goes wrong")
    assert {name for name in errors - quiet if f"`{name}`" not in named} == set()


def test_first_screen_that_leaves_something_out():
    """Sixty lines say what it is, how to try and use it, what is promised, and what isn't met."""
    lines = TEXT.splitlines()
    first = "\n".join(lines[:60])
    for wanted in ("## Try it", "## Test it", "pip install", "reamaze export", "reamaze sync"):
        assert wanted in first
    assert "hasn't met a live account" in first
    assert "What is promised" in first
    titles = [line for line in lines if line.startswith("## ")]
    assert titles.index("## Exports") < titles.index("## The rate limit")


def test_recipe_that_the_readme_has_changed():
    """A quoted file stands there as it is: `python tests/quoted.py` renews it."""
    assert quotes() == {file: (ROOT / file).read_text() for file in quotes()}
    assert set(quotes()) == {"tests/recipes/warehouse.py", "tests/recipes/web_app.py"}


def test_recipe_that_the_readme_forgets():
    """Its table links each recipe, and nothing that isn't there."""
    linked = set(re.findall(r"\]\(tests/recipes/(.*?)\)", section("Recipes")))
    there = {path.name for path in (ROOT / "tests" / "recipes").iterdir() if path.is_file()}
    assert linked == {name for name in there if not name.startswith(("test_", "conftest"))}
