"""The manifest: saved whole, read back, and what it knows of files."""

import json

import pytest

from reamaze_async import ExportRefused, ListingStats
from reamaze_async.exporting.manifest import Manifest, ResourceEntry, load, now, part_of


def manifest(**facts: object) -> Manifest:
    """A manifest of one resource."""
    known = {"origin": "o", "brand": "b", "format": "ndjson", "drift": "repair", "began": now()}
    return Manifest(**(known | {"resources": {"staff": ResourceEntry()}} | facts))


def test_manifest_of_a_run_that_is_under_way(tmp_path):
    """Until a run is over there is no `manifest.json`; afterwards nothing else."""
    first = manifest()
    first.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json.part"]
    assert load(tmp_path) == first
    first.settle(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
    assert (load(tmp_path), first.ended is not None) == (first, True)


def test_names_that_are_promised(tmp_path):
    """It has the names that programs read."""
    manifest().settle(tmp_path)
    told = json.loads((tmp_path / "manifest.json").read_text())
    wanted = ("version", "tool", "origin", "brand", "began", "ended", "runs", "complete",
              "resources", "attachments")  # fmt: skip
    assert set(wanted) <= set(told)
    entry = ("file", "state", "reason", "items", "bytes", "sha256", "conditions", "drift",
             "total_count", "requests", "retries", "throttled", "repaired", "duplicates",
             "began", "ended")  # fmt: skip
    assert set(entry) <= set(told["resources"]["staff"])
    assert told["began"].endswith("Z")
    assert "placed" not in told


def test_older_manifest_that_is_believed(tmp_path):
    """While a run is under way, or after a kill, its own manifest counts."""
    manifest(runs=1).settle(tmp_path)
    manifest(runs=2).save(tmp_path)
    found = load(tmp_path)
    assert found
    assert found.runs == 2
    part_of(tmp_path).unlink()
    assert load(tmp_path).runs == 1


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"version": 1, "resources": 5}', b"2"])
def test_manifest_that_can_not_be_read(tmp_path, text):
    """It is told, with a way out; none is there: none."""
    assert load(tmp_path) is None
    (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(ExportRefused, match=r"(?s)can't be read .*restart=True"):
        load(tmp_path)


def test_manifest_of_another_version(tmp_path):
    """It is not gone on with."""
    manifest(version=2).settle(tmp_path)
    with pytest.raises(ExportRefused, match="is of version 2, and this is version 1"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["origin", "brand", "format", "drift"])
def test_export_of_something_else(name):
    """What would make another export is named."""
    assert manifest().difference(manifest()) == ""
    assert manifest().difference(manifest(**{name: "other"})).startswith(f"its {name} was ")


def test_file_that_is_another(tmp_path):
    """A file is known by its size and its bytes."""
    entry, path = ResourceEntry(), tmp_path / "staff.ndjson"
    assert not entry.fits(path)
    path.write_bytes(b"{}\n")
    entry.made(path, name="staff.ndjson", items=1)
    assert entry.fits(path)
    path.write_bytes(b"[]\n")
    assert not entry.fits(path)
    path.write_bytes(b"{}\n{}\n")
    assert not entry.fits(path)


def test_costs_that_are_not_added_up():
    """Each run adds its own; a count that the server never gave stays unknown."""
    entry = ResourceEntry()
    entry.add(ListingStats(requests=3, retries=1))
    assert entry.total_count is None
    entry.add(ListingStats(requests=2, throttled=1, duplicates=4, total_count=9))
    assert (entry.requests, entry.retries, entry.throttled, entry.duplicates) == (5, 1, 1, 4)
    assert entry.total_count == 9


@pytest.mark.parametrize(
    ("state", "is_good"), [("whole", True), ("absent", True), ("refused", False), ("failed", False)]
)
def test_state_that_leaves_something_to_do(state, is_good):
    """Whole and absent leave nothing."""
    entry = ResourceEntry()
    entry.end(state)
    assert (entry.is_good, entry.reason) == (is_good, None)
