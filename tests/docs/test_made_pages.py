"""Pages and pictures that scripts make are current."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT


@pytest.mark.parametrize(
    "script", ["draw_pictures.py", "reference_docs.py", "settings_docs.py", "sync_client.py"]
)
def test_what_a_script_writes_is_current(script: str) -> None:
    done = subprocess.run(
        [sys.executable, f"scripts/{script}", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
