"""The house rules, held by reading the source: who imports whom, who is pure, sizes, names."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median, quantiles
from typing import Any, get_args

import click
import pytest

import reamaze_async
from reamaze_async import (
    Changes,
    Listing,
    ReamazeError,
    ReamazeSession,
    account_models,
    errors,
    models,
    report_models,
)
from reamaze_async.cli import commands
from reamaze_async.cli.conditions import RESOURCE
from reamaze_async.resources.conversations import ConversationQuery, Conversations
from reamaze_async.wire import parameters

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "reamaze_async"

FLOORS = [
    "_version",
    "remedies",
    "errors",
    "validation",
    "models",
    "account_models",
    "report_models",
    "tasks",
    "paging",
    "wire",
    "limits",
    "redis",
    "http",
    "listings",
    "threads",
    "resources",
    "session",
    "files",
    "attachments",
    "formats",
    "exporting",
    "syncing",
    "dlt",
    "cli",
    "__main__",
]
"""Each folder and each module beside them may know those above it, and none below."""

PURE = {"remedies", "errors", "validation", "models", "account_models", "report_models"}
PURE |= {"paging", "wire", "limits"}
"""What decides and never acts; of `limits` all but its shell, `limiter`."""

IMPURE = {"asyncio", "anyio", "aiohttp", "time", "random", "os", "pathlib", "socket", "threading"}
IMPURE |= {"urllib.request", "logging", "secrets", "tempfile", "subprocess", "io"}
CLOCKS = {"now", "utcnow", "today", "open", "print", "input"}


@cache
def tree(path: Path) -> ast.Module:
    """The source, parsed."""
    return ast.parse(path.read_text())


def modules(folder: Path = PACKAGE) -> list[Path]:
    """All source files."""
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    """A module's name inside the package, such as `paging.plan`; a folder's own is the folder's."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(name: str) -> str:
    """The folder, or the module beside the folders, that a name belongs to."""
    return name.partition(".")[0]


NAMES = {name_of(path): path for path in modules()}
CLIENT = {name: path for name, path in NAMES.items() if floor_of(name) not in ("", "sandbox")}
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


def known_by(path: Path) -> set[str]:
    """The modules of the package that a file imports from."""
    found = (n.removeprefix("reamaze_async.") for n in imports(path) if n.startswith("reamaze_"))
    return {name if name in NAMES else name.rpartition(".")[0] for name in found}


def offenders(files: Iterable[Path], rule: Callable[[Path], bool]) -> list[str]:
    """The files that break a rule."""
    return [str(path.relative_to(PACKAGE)) for path in files if not rule(path)]


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


def goes_back(upper: str, lower: str) -> bool:
    """Whether an import of `lower` by `upper` would run against the order of the floors."""
    if "sandbox" in (floor_of(lower), floor_of(upper)):
        return floor_of(upper) != floor_of(lower) and floor_of(upper) != "cli"
    return FLOORS.index(floor_of(lower)) > FLOORS.index(floor_of(upper))


def test_import_that_goes_back():
    """Imports point one way: a folder knows only those above it, and only `cli` the sandbox."""
    found = [(n, known) for n, path in CLIENT.items() for known in known_by(path) if known]
    assert [(name, known) for name, known in found if goes_back(name, known)] == []


def test_circle():
    """Nor does a folder's inside run in circles."""
    graph = {name: known_by(path) - {name, ""} for name, path in NAMES.items() if name}
    assert list(TopologicalSorter(graph).static_order())


def test_floor_that_nobody_knows_of():
    """Every folder, and every module beside them, has its place in the order of the floors."""
    assert {floor_of(name) for name in CLIENT} == set(FLOORS)


def test_paging_that_knows_of_anything_else():
    """Paging knows nothing of requests, nor limits of anything but what checks its settings."""
    known = {floor: set[str]() for floor in ("paging", "limits")}
    for name, path in CLIENT.items():
        known.get(floor_of(name), set()).update(map(floor_of, known_by(path)))
    assert known["paging"] <= {"paging"}
    assert known["limits"] <= {"limits", "validation", "errors"}


def test_third_edge_to_the_network():
    """Only `transport` imports aiohttp, and what fetches files from hosts of others' choice."""
    heads = {n: {k.split(".")[0] for k in imports(path)} for n, path in CLIENT.items()}
    edges = [name for name, found in heads.items() if found & {"aiohttp", "yarl", "multidict"}]
    assert edges == ["attachments.fetching", "http.transport"]


def test_second_edge_to_redis():
    """Only `redis.link` imports redis-py."""
    edges = [n for n, path in CLIENT.items() if "redis" in {k.split(".")[0] for k in imports(path)}]
    assert edges == ["redis.link"]


def test_client_inside_the_sandbox():
    """The sandbox imports nothing of the client: a wrong name in one meets a right one there."""
    assert offenders(SANDBOX, lambda path: set(map(floor_of, known_by(path))) <= {"sandbox"}) == []


def is_pure(path: Path) -> bool:
    """Whether a file knows no loop, no clock, no luck, no file, no network."""
    names = set(imports(path))
    heads = {name.split(".")[0] for name in names} | {name.rpartition(".")[0] for name in names}
    calls = {node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    called = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
    return not heads & IMPURE and not called & CLOCKS


def test_decision_that_acts():
    """What decides is pure."""
    files = [path for name, path in CLIENT.items() if floor_of(name) in PURE]
    files += [CLIENT["http.retry"], CLIENT["syncing.departures"]]
    files.append(CLIENT["attachments.addresses"])
    files += [CLIENT[f"threads.{name}"] for name in ("join", "entries", "doubts", "way", "thread")]
    files += [CLIENT["redis.replica"], CLIENT["redis.shared"]]
    files.remove(CLIENT["limits.limiter"])
    assert offenders(files, is_pure) == []


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
    assert not found & {"asyncio", "msgspec", "reamaze_async.session"}


def test_help_that_loads_the_sandbox():
    """The command line loads the sandbox and the terminal's widgets only when they are needed."""
    found = loaded("import reamaze_async.cli.commands")
    assert not found & {"reamaze_async.sandbox", "rich", "pyarrow"}
    assert not found & {"asyncio", "aiohttp", "logging", "socket", "reamaze_async.session"}


# --- names ----------------------------------------------------------------------------------------


def test_public_name_left_out():
    """`__all__` is sorted, and holds everything that the package imports to hand on."""
    found = (n for n in ast.walk(tree(PACKAGE / "__init__.py")) if isinstance(n, ast.ImportFrom))
    known = [alias.name for node in found if node.level for alias in node.names]
    homes = [name for names in reamaze_async._HOMES.values() for name in names]
    assert reamaze_async.__all__ == sorted(known) == sorted([*homes, "__version__"])
    assert all(hasattr(reamaze_async, name) for name in reamaze_async.__all__)


def test_error_or_model_that_is_not_public():
    """Every error and every model can be imported from the top."""
    public = {
        name
        for module in (errors, models, account_models, report_models)
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


def test_module_that_does_not_say_what_it_is_for():
    """Every module opens with a sentence on what it is for."""
    assert offenders(modules(), lambda path: bool(ast.get_docstring(tree(path)))) == []


def test_room_without_a_name():
    """No room is called after what it is not."""
    named = {path.stem for path in modules()}
    assert not {name for name in named if name in ("utils", "util", "helpers", "common", "manager")}


OFFERED = {
    ReamazeSession: [
        "articles",
        "channels",
        "close",
        "concurrency",
        "contacts",
        "conversations",
        "from_env",
        "incidents",
        "limiter",
        "messages",
        "open",
        "reports",
        "request",
        "response_templates",
        "satisfaction_ratings",
        "staff",
        "systems",
    ],
    Listing: ["pages", "raw", "stats"],
    Changes: ["mark", "pages", "raw", "since", "stats"],
}


@pytest.mark.parametrize("kind", OFFERED)
def test_plumbing_that_users_see(kind):
    """`dir` of a session and of a listing shows what users are meant to use, and nothing else."""
    session = ReamazeSession("acme", "me@acme.com", "token")
    things = session, session.conversations.list(), session.conversations.changes("2026-01-01")
    thing = next(thing for thing in things if type(thing) is kind)
    assert [name for name in dir(thing) if name[0] != "_"] == OFFERED[kind]


IGNORED = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[.*?\]|pragma: no cover)(.*)")


def test_warning_ignored_without_a_reason():
    """What tells a checker to look away says why, in the same line."""
    folders = (PACKAGE, TESTS, TESTS.parent / "benchmarks")
    files = [path for folder in folders for path in modules(folder)]
    # There it is the test that something is ignored.
    files = [path for path in files if path.parent != TESTS / "typing"]
    found = [line for path in files for line in IGNORED.finditer(path.read_text())]
    assert [line[0] for line in found if not re.search(r"\w{2}", line[1])] == []


# --- sizes ----------------------------------------------------------------------------------------


def test_file_that_holds_two_ideas():
    """A file has at most 400 lines."""
    assert offenders(modules(), lambda path: len(path.read_text().splitlines()) <= 400) == []


def test_function_that_does_too_much():
    """A function has at most 60 lines without its docstring."""
    assert (
        offenders(modules(), lambda path: max(map(length, functions(path)), default=0) <= 60) == []
    )


def test_root_that_fills_up():
    """Beside the folders stand nine modules at most, a newcomer's first look."""
    beside = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert len(beside) <= 9
    assert len({floor_of(name) for name in NAMES if "." in name}) <= 16


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
        ctx = click.Context(command)
        ctx.meta[RESOURCE] = ["conversations"]
        options = {option.name: option.opts for option in command.get_params(ctx)}
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


def is_proven(path: Path) -> bool:
    """Whether a module has its own test file, or its folder one that holds for all in it."""
    place = path.relative_to(PACKAGE)
    beside = TESTS / place.parent / f"test_{place.name}"
    shared = TESTS / "formats" / "test_formats.py"
    return beside.exists() or (place.parent.name == "formats" and shared.exists())


def does_something(path: Path) -> bool:
    """Whether a module holds any code to run, beside declarations."""
    bodies = [function.body[-1] for function in functions(path)]
    return path.stem[0] != "_" and any(ast.unparse(last) != "..." for last in bodies)


def test_module_without_a_test():
    """Every module has its own test file, in the same place; the formats share one."""
    files = list(filter(does_something, modules()))
    assert offenders(files, is_proven) == []
