"""`ragtenancy sweep`, and what a full look finds that no intent tells of."""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.cli.conftest import Run

NOTHING = {
    "revisions": 0,
    "blobs": 0,
    "uploads": 0,
    "documents": 0,
    "tenants": 0,
    "differences": [],
}


def stray(data_dir: Path) -> Path:
    """Leave an original that belongs to no document, two hours old."""
    [blobs] = (data_dir / "tenants").glob("t*/blobs")
    path = blobs / "blob_stray"
    path.write_bytes(b"stray")
    old = path.stat().st_mtime - 7_200
    os.utime(path, (old, old))
    return path


def test_with_nothing_left_over_it_removes_nothing(run: Run) -> None:
    run("setup")

    ended = run("sweep", "--json")

    assert (ended.code, ended.json()) == (0, NOTHING)


def test_a_full_sweep_finds_what_no_intent_tells_of(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    path = stray(tmp_path / "data")

    swept = run("sweep")
    is_left = path.exists()
    looked = run("sweep", "--full")

    assert (is_left, path.exists()) == (True, False)
    assert "0 originals" in swept.out
    assert "1 originals" in looked.out
