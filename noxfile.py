"""Checks of the project: `nox` runs the daily ones, `nox -s NAME` any of them."""

from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["quick", "lint", "typing"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]


def install(session: nox.Session, *groups: str, extras: str = "") -> None:
    """Install the package as it stands, and the tools of some groups."""
    tools = nox.project.dependency_groups(PYPROJECT, *groups)
    session.install("-e", f".{extras}", *tools)


@nox.session
def quick(session: nox.Session) -> None:
    """The suite without the tests that take long: a quarter less time, for every change."""
    install(session, "test", extras="[all]")
    session.run("pytest", "-m", "not slow", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """Only the tests that take long."""
    install(session, "test", extras="[all]")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite, on each Python that is here."""
    install(session, "test", extras="[all]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common mistakes."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """Types: strictly inside, and complete for those who use the package."""
    session.install(".[all]", *nox.project.dependency_groups(PYPROJECT, "typing"))
    session.run("mypy")
    session.run("pyright", "--verifytypes", "reamaze_async", "--ignoreexternal")


def lower_bounds(requirements: list[str]) -> list[str]:
    """The same requirements, each at the lowest version that it names."""
    exact: list[str] = []
    for requirement in map(Requirement, requirements):
        lowest = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        if lowest and (requirement.marker is None or requirement.marker.evaluate()):
            exact.append(f"{requirement.name}=={lowest[0]}")
    return exact


@nox.session
def lowest(session: nox.Session) -> None:
    """The suite on the lower bounds of pyproject.toml, each installed exactly."""
    project = PYPROJECT["project"]
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    tools = nox.project.dependency_groups(PYPROJECT, "test")
    exact = lower_bounds([*project["dependencies"], *extras, *tools])
    session.install("-e", ".[all]", *tools, *exact)
    session.run("pytest", "-m", "not slow", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """The source distribution, and the wheel made of it, looked at from outside."""
    session.install("build", "check-wheel-contents", "twine", "pytest")
    folder = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", folder, silent=True)
    files = sorted(str(path) for path in Path(folder).glob("reamaze_async-*"))
    session.run("twine", "check", "--strict", *files)
    session.run("check-wheel-contents", *(name for name in files if name.endswith(".whl")))
    session.run(
        "pytest", "--noconftest", "-c", "/dev/null", "tests/distribution.py", env={"DIST": folder}
    )


@nox.session
def smoke(session: nox.Session) -> None:
    """The wheel alone: no extras, no development tools, no source beside it."""
    session.install("build")
    wheels = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--outdir", wheels, silent=True)
    session.run("pip", "uninstall", "--yes", "build", "pyproject_hooks", silent=True)
    session.run(
        "bash", "-c", f"pip install --force-reinstall {wheels}/*.whl", external=True, silent=True
    )
    session.chdir(wheels)
    session.run("python", "-c", "import reamaze_async; print(reamaze_async.__version__)")
    session.run("reamaze", "--help", silent=True)
    session.run("reamaze", "export", "conversations", "--sandbox", "-o", "-", silent=True)


@nox.session
def endurance(session: nox.Session) -> None:
    """The long profile: 100,000 worlds for drift, 200 runs under churn, 200 kills of exports."""
    install(session, "test", extras="[all]")
    session.env.update(REAMAZE_LONG="1", REAMAZE_WORLDS="100000", HYPOTHESIS_PROFILE="long")
    longer = ("--timeout", "3600", "-o", "faulthandler_timeout=3600")
    session.run("pytest", *longer, *session.posargs)


@nox.session
def readers(session: nox.Session) -> None:
    """Each export format, read by the programs that people read it with."""
    install(session, "test", extras="[all]")
    session.install("duckdb", "pandas", "polars")
    session.run("pytest", "tests/formats/test_readers.py", *session.posargs)


@nox.session
def recipes(session: nox.Session) -> None:
    """Each recipe of the README, and the source for dlt, with the tools that they are for."""
    install(session, "recipes", extras="[all,dlt]")
    session.run("pytest", "tests/recipes", "tests/dlt", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """How much of the package the suite reaches."""
    install(session, "test", extras="[all]")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "report", "--show-missing", "--skip-covered")


@nox.session
def bench(session: nox.Session) -> None:
    """All benchmarks, or those named."""
    install(session, "bench", extras="[all]")
    session.run("python", "-m", "benchmarks", *session.posargs)
