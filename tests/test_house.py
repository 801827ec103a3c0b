"""The house rules, held by reading the source: who imports whom, who is pure, sizes, names."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Any, get_args

import pytest

import reamaze_async
from reamaze_async import ReamazeError, ReamazeSession, errors, models, parameters
from reamaze_async.cli import commands
from reamaze_async.resources import ConversationQuery, Conversations

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "reamaze_async"

ROOMS = [
    "_version",
    "errors",
    "checks",
    "models",
    "salvage",
    "parameters",
    "wire",
    "answers",
    "retry",
    "pace",
    "traffic",
    "period",
    "windows",
    "flow",
    "adaptive",
    "lanes",
    "limiter",
    "drift",
    "evidence",
    "gaps",
    "frontier",
    "place",
    "setbacks",
    "census",
    "window",
    "paging",
    "decode",
    "transport",
    "exchange",
    "ending",
    "iteration",
    "listing",
    "resources",
    "session",
    "sinks",
    "checkpoint",
    "target",
    "threads",
    "export",
    "audit",
    "mirror",
    "tally",
    "intake",
    "sync",
    "cli",
    "__main__",
]
"""Each room may know those above it, and none below."""

PURE = set(ROOMS[: ROOMS.index("transport")]) - {"limiter"}
IMPURE = {"asyncio", "anyio", "aiohttp", "time", "random", "os", "pathlib", "socket", "threading"}
IMPURE |= {"urllib.request", "logging", "secrets", "tempfile", "subprocess", "io"}
CLOCKS = {"now", "utcnow", "today", "open", "print", "input"}


def led_to(name: str) -> str | None:
    """The room that an imported name leads to; None outside the house and for the package."""
    parts = name.split(".")
    return parts[1] if parts[0] == "reamaze_async" and len(parts) > 1 else None


@cache
def tree(path: Path) -> ast.Module:
    """The source, parsed."""
    return ast.parse(path.read_text())


def modules(folder: Path = PACKAGE) -> list[Path]:
    """All source files."""
    return sorted(folder.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def name_of(path: Path) -> str:
    """Where a file is, for a test's name."""
    return str(path.relative_to(PACKAGE))


CLIENT = [path for path in modules() if room_of(path) not in ("sandbox", "__init__")]
SANDBOX = modules(PACKAGE / "sandbox")


def imports(path: Path) -> Iterator[str]:
    """What a file imports while it runs, absolute; `if TYPE_CHECKING:` doesn't count."""
    base = ["reamaze_async", *path.relative_to(PACKAGE).with_suffix("").parts]
    waiting: list[ast.AST] = [tree(path)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            start = base[: -node.level] if node.level else []
            name = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{name}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def rooms(path: Path) -> set[str]:
    """The rooms that a file knows."""
    return {room for room in map(led_to, imports(path)) if room is not None}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a file."""
    found = ast.walk(tree(path))
    return (n for n in found if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines, less the docstring's."""
    first = function.body[0]
    docstring = 0
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        docstring = first.end_lineno - first.lineno + 1
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1 - docstring


# --- who knows whom -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CLIENT, ids=name_of)
def test_import_that_goes_back(path):
    """Imports point one way: a room knows only those above it."""
    room = room_of(path)
    below = set(ROOMS[ROOMS.index(room) :]) - {room}
    assert not rooms(path) & below
    if room not in ("cli", "__main__"):
        assert rooms(path) <= {*ROOMS, "sandbox"}


def test_room_that_nobody_knows_of():
    """Every module has its place in the order of the rooms."""
    assert {room_of(path) for path in CLIENT} == set(ROOMS)


LIMITS = ["pace", "traffic", "period", "windows", "flow", "adaptive", "lanes", "limiter"]
PAGING = ["drift", "evidence", "gaps", "frontier", "place", "setbacks"]
PAGING += ["census", "window", "paging"]


@pytest.mark.parametrize("room", [*PAGING, *LIMITS])
def test_room_that_knows_http(room):
    """Paging and limits know nothing of requests: at most each other, errors and checks."""
    known = {"errors", "checks", *PAGING, *LIMITS}
    assert rooms(PACKAGE / f"{room}.py") <= known


@pytest.mark.parametrize("path", CLIENT, ids=name_of)
def test_second_edge_to_the_network(path):
    """Only `transport` imports aiohttp."""
    names = {name.split(".")[0] for name in imports(path)}
    assert room_of(path) == "transport" or not names & {"aiohttp", "yarl", "multidict"}


@pytest.mark.parametrize("path", CLIENT, ids=name_of)
def test_sandbox_inside_the_client(path):
    """Of the client only the command line knows the sandbox."""
    assert room_of(path) == "cli" or "sandbox" not in rooms(path)


@pytest.mark.parametrize("path", SANDBOX, ids=name_of)
def test_client_inside_the_sandbox(path):
    """The sandbox imports nothing of the client: a wrong name in one meets a right one there."""
    assert rooms(path) <= {"sandbox"}


@pytest.mark.parametrize("room", sorted(PURE))
def test_decision_that_acts(room):
    """What decides is pure: no loop, no clock, no luck, no file, no network."""
    path = PACKAGE / f"{room}.py"
    names = set(imports(path))
    heads = {name.split(".")[0] for name in names} | {name.rpartition(".")[0] for name in names}
    assert not heads & IMPURE
    calls = {node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    called = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
    assert not called & CLOCKS


def loaded(statement: str) -> set[str]:
    """What a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_that_loads_what_nobody_asked_for():
    """`import reamaze_async` loads no sandbox, no terminal, no file format, no HTTP client."""
    found = loaded("import reamaze_async")
    assert not found & {"reamaze_async.sandbox", "reamaze_async.cli", "click", "rich", "aiohttp"}
    assert not found & {"sqlite3", "csv", "gzip", "pyarrow", "backports.zstd", "compression.zstd"}


def test_help_that_loads_the_sandbox():
    """The command line loads the sandbox and the terminal's widgets only when they are needed."""
    found = loaded("import reamaze_async.cli.commands")
    assert not found & {"reamaze_async.sandbox", "rich", "pyarrow"}


# --- names ----------------------------------------------------------------------------------------


def test_public_name_left_out():
    """`__all__` is sorted, and holds everything that the package imports to hand on."""
    names = [name.rpartition(".")[2] for name in imports(PACKAGE / "__init__.py")]
    assert reamaze_async.__all__ == sorted(names)


def test_error_or_model_that_is_not_public():
    """Every error and every model can be imported from the top."""
    public = {
        name
        for module in (errors, models)
        for name, thing in vars(module).items()
        if inspect.isclass(thing) and thing.__module__ == module.__name__ and name[0] != "_"
    }
    assert public <= set(reamaze_async.__all__)
    assert {name for name in public if issubclass(getattr(reamaze_async, name), ReamazeError)}


def public(thing: Any) -> Iterator[tuple[str, Any]]:
    """A public object, and of a class what it defines for its users."""
    yield getattr(thing, "__qualname__", ""), thing
    if inspect.isclass(thing):
        for name, found in vars(thing).items():
            member = getattr(found, "fget", None) or getattr(found, "__func__", found)
            if inspect.isfunction(member) and name[0] != "_":
                yield member.__qualname__, member


THINGS = [getattr(reamaze_async, name) for name in reamaze_async.__all__]
THINGS = [thing for thing in THINGS if inspect.isclass(thing) or inspect.isfunction(thing)]


@pytest.mark.parametrize("thing", [*THINGS, Conversations], ids=lambda thing: thing.__qualname__)
def test_public_name_without_a_word(thing):
    """Every public class, function, method and property is documented."""
    undocumented = [name for name, part in public(thing) if not inspect.getdoc(part)]
    assert not undocumented


@pytest.mark.parametrize(
    "kind", [t for t in THINGS if inspect.isclass(t)], ids=lambda t: t.__name__
)
def test_field_without_a_word(kind):
    """Every field of a public class is told in its docstring, or in its parents'."""
    fields = getattr(kind, "__struct_fields__", None) or getattr(kind, "__dataclass_fields__", ())
    told = "".join(inspect.getdoc(parent) or "" for parent in kind.__mro__)
    assert not [name for name in fields if name[0] != "_" and name not in told]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_module_that_does_not_say_what_it_is_for(path):
    """Every module opens with a sentence on what it is for, unless it is empty."""
    assert ast.get_docstring(tree(path)) or not tree(path).body


def test_room_without_a_name():
    """No room is called after what it is not."""
    named = {path.stem for path in modules()}
    assert not {name for name in named if name in ("utils", "util", "helpers", "common", "manager")}


IGNORED = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[.*?\]|pragma: no cover)(.*)")


def test_warning_ignored_without_a_reason():
    """What tells a checker to look away says why, in the same line."""
    folders = (PACKAGE, TESTS, TESTS.parent / "benchmarks")
    files = [path for folder in folders for path in modules(folder)]
    files.remove(TESTS / "typing" / "api.py")  # There it is the test that something is ignored.
    found = [line for path in files for line in IGNORED.finditer(path.read_text())]
    assert [line[0] for line in found if not re.search(r"\w{2}", line[1])] == []


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_room_that_holds_two_ideas(path):
    """A file has at most 400 lines, a function at most 60 without its docstring."""
    assert len(path.read_text().splitlines()) <= 400
    assert [f.name for f in functions(path) if length(f) > 60] == []


def test_functions_that_grow():
    """Half of all functions have at most 8 lines, nine in ten at most 30."""
    lengths = [length(function) for path in modules() for function in functions(path)]
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 30


# --- one home for each idea -----------------------------------------------------------------------

TABLE = [parameter.name for parameter in parameters.CONVERSATIONS]


def test_parameter_missing_in_a_signature():
    """The table of parameters, `list`, and what `page` and `count` take name the same."""
    signature = inspect.signature(Conversations.list).parameters
    listed = {name: p.annotation for name, p in signature.items() if name in TABLE}
    assert list(listed) == list(ConversationQuery.__annotations__) == TABLE
    assert set(signature) - set(TABLE) == {"self", "ordered", "drift"}
    accepted = {
        name: hint.__forward_arg__ for name, hint in ConversationQuery.__annotations__.items()
    }
    assert accepted == listed


def test_parameter_missing_on_the_command_line():
    """Every parameter is an option, under the name that is sent; a sync has its own order."""
    for command in (commands.export, commands.count, commands.sync):
        options = {option.name: option.opts for option in command.params}
        own = {"sort"} if command is commands.sync else set()
        for parameter in parameters.CONVERSATIONS:
            if parameter.name in own:
                continue
            word = parameter.sent.removesuffix("[*]").replace("_", "-")
            assert f"--{word}" in options[parameter.name]


def test_parameter_without_a_word():
    """Every parameter of a listing is told in its docstring."""
    told = inspect.getdoc(Conversations.list) or ""
    assert [name for name in [*TABLE, "ordered", "drift"] if f"\n    {name}:" not in told] == []


def test_setting_without_a_word():
    """Every setting of a session is told in its docstring."""
    told = inspect.getdoc(ReamazeSession) or ""
    settings = set(inspect.signature(ReamazeSession).parameters)
    assert [name for name in settings if f"\n    {name}:" not in told] == []


def test_word_that_only_one_side_knows():
    """The words of a filter and of a sort are those of the API."""
    assert get_args(parameters.Filter) == ("archived", "open", "unassigned", "all")
    assert get_args(parameters.Sort) == ("updated", "changed")


# --- each room is proven --------------------------------------------------------------------------

UNPROVEN = {
    "adaptive.py",
    "pace.py",
}
"""Modules whose own tests are still to be written: none may join them."""


def is_proven(path: Path) -> bool:
    """Whether a module has its own test file, or its folder one that holds for all in it."""
    place = path.relative_to(PACKAGE)
    beside = TESTS / place.parent / f"test_{place.name}"
    shared = TESTS / f"test_{place.parent.name}.py"
    return beside.exists() or (place.parent.name == "sinks" and shared.exists())


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_room_without_a_test(path):
    """Every module has its own test file, in the same place; the sinks share one."""
    is_told = path.stem in ("__init__", "__main__", "_version") or name_of(path) in UNPROVEN
    assert is_told or is_proven(path)
