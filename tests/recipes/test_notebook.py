"""The notebook, executed from its first cell to its last."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest

from reamaze_async.sandbox import Sandbox

nbclient = pytest.importorskip("nbclient", reason="needs: pip install --group recipes")
nbformat = pytest.importorskip("nbformat", reason="needs: pip install --group recipes")
for needed in ("duckdb", "ipykernel", "matplotlib"):
    pytest.importorskip(needed, reason="needs: pip install --group recipes")

FILE = Path(__file__).parent / "how_busy.ipynb"
BARS = (0x1F / 255, 0x77 / 255, 0xB4 / 255)


def pictures(notebook):
    """What the cells have drawn."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def share_of_bars(picture):
    """How much of a picture has the colour of bars."""
    from matplotlib.image import imread

    pixels = imread(BytesIO(b64decode(picture)))[:, :, :3]
    return (abs(pixels - BARS) < 0.01).all(axis=2).mean()


async def executed(folder, environment):
    """The notebook after a run, in a kernel of its own."""
    notebook = nbformat.read(FILE, as_version=4)
    client = nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(folder)}})
    return await client.async_execute(env=environment)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Jupyter's own
async def test_picture_that_is_missing(account, tmp_path):
    """All cells run, three pictures are there, and a second run fetches nothing."""
    async with Sandbox(300, seed=7, size="small") as sandbox:
        drawn = pictures(await executed(tmp_path, account(sandbox)))
        asked = len(sandbox.requests)
        assert len(drawn) == 3
        assert all(share_of_bars(picture) > 0.02 for picture in drawn)
        assert pictures(await executed(tmp_path, account(sandbox))) == drawn
        assert len(sandbox.requests) == asked


def test_outputs_that_were_left_in():
    """The notebook is kept without what a run has drawn, which may be somebody's data."""
    cells = nbformat.read(FILE, as_version=4).cells
    assert [cell for cell in cells if cell.get("outputs")] == []
