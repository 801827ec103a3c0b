"""The built distributions, looked at from outside; `nox -s package` builds them and runs this."""

import os
import tarfile
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DIST = Path(os.environ.get("DIST", "dist"))


@pytest.fixture(scope="module")
def wheel():
    """The files of the wheel."""
    [path] = DIST.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def source():
    """The names in the source distribution, below its one folder."""
    [path] = DIST.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def metadata(wheel):
    """What an index shows."""
    [name] = [name for name in wheel if name.endswith(".dist-info/METADATA")]
    return BytesParser().parsebytes(wheel[name])


def test_module_left_out_of_the_wheel(wheel):
    """The wheel holds each file of the package as it stands, and `py.typed` among them."""
    files = [path for path in (ROOT / "reamaze_async").rglob("*") if path.is_file()]
    ours = {str(path.relative_to(ROOT)): path for path in files if "__pycache__" not in path.parts}
    assert "reamaze_async/py.typed" in ours
    assert {name: wheel.get(name) for name in ours} == {n: p.read_bytes() for n, p in ours.items()}


def test_wheel_that_holds_more_than_the_package(wheel):
    """Nothing but the package and its metadata is installed: no tests, no benchmarks."""
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"reamaze_async"}


def test_source_that_cannot_be_tested(source):
    """The source distribution holds what its README speaks of."""
    wanted = {"README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md", "pyproject.toml"}
    assert wanted | {"noxfile.py", "tests/conftest.py", "benchmarks/__main__.py"} <= source
    assert not [name for name in source if ".venv" in name or "__pycache__" in name]


def test_metadata_that_an_index_would_show_wrongly(metadata):
    """Version, licence, Pythons, extras and the README are those of pyproject.toml."""
    scope: dict[str, str] = {}
    exec((ROOT / "reamaze_async" / "_version.py").read_text(), scope)
    assert (metadata["Name"], metadata["Version"]) == ("reamaze-async", scope["__version__"])
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("MIT", ">=3.11")
    assert {"all", "parquet", "zstd"} <= set(metadata.get_all("Provides-Extra"))
    assert metadata.get_payload() == (ROOT / "README.md").read_text()


def test_classifier_that_is_not_true(metadata):
    """Asyncio alone is supported, and every Python from the lowest one on is named."""
    classifiers = set(metadata.get_all("Classifier"))
    assert "Framework :: AsyncIO" in classifiers
    assert not classifiers & {"Framework :: AnyIO", "Framework :: Trio"}
    minors = {
        c.rpartition(".")[2]
        for c in classifiers
        if c.startswith("Programming Language :: Python :: 3.")
    }
    assert minors == {"11", "12", "13", "14", "15"}


def test_command_that_is_not_installed(wheel):
    """The wheel brings the command `reamaze`."""
    [name] = [name for name in wheel if name.endswith(".dist-info/entry_points.txt")]
    assert b"reamaze = reamaze_async.__main__:main" in wheel[name]
