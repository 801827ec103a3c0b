"""The package for dlt, where dlt isn't installed."""

import subprocess
import sys
from pathlib import Path

import pytest

HIDE = "import importlib.util; importlib.util.find_spec = lambda name: None; "


@pytest.mark.parametrize("hide", [HIDE, ""], ids=["nothing there", "a folder there"])
def test_extra_that_is_missing(tmp_path, hide):
    """It says in one sentence what to install, also beside a folder that is called dlt."""
    (tmp_path / "dlt").mkdir()
    root = str(Path(__file__).parents[2])
    # Without the site's folders only the package itself and the standard library are found.
    code = (
        f"import sys; sys.path[:0] = [{root!r}, {str(tmp_path)!r}]; {hide}import reamaze_async.dlt"
    )
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: reamaze_async.dlt needs dlt: pip install 'reamaze-async[dlt]'."
    )
