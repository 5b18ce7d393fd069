"""The fingerprint of the readers' code."""

from __future__ import annotations

import os
import subprocess
import sys

from ragtenancy.adapters.formats.fingerprint import readers_fingerprint


def test_every_process_finds_the_same() -> None:
    script = "from ragtenancy.adapters.formats.fingerprint import *; print(readers_fingerprint())"
    other = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )

    assert other.stdout.strip() == readers_fingerprint()
    assert len(readers_fingerprint()) == 64
