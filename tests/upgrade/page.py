"""The commands of docs/upgrade.md, run as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.process.running import environment

PAGE = Path(__file__).parents[2] / "docs/upgrade.md"
SECTION = r"^## {title}\n(.*?)(?=^## |\Z)"
FENCE = r"^```{kind}\n(.*?)^```$"
AS_INSTALLED = f"""
ragtenancy() {{ [ "$1" = serve ] || {shlex.quote(sys.executable)} -m ragtenancy "$@"; }}
git() {{ [ "$*" = pull ]; }}
make() {{ [ "$*" = venv ]; }}
"""  # the new version is here, and the tests serve by themselves


def run(title: str, data_dir: Path, variables: Mapping[str, str]) -> str:
    """Run the commands of a section beside a data folder named `data`; return what they print."""
    done = subprocess.run(
        ["sh", "-eu", "-c", AS_INSTALLED + _block(title, "sh")],
        cwd=data_dir.parent,
        env=environment(data_dir, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal() -> str:
    """Return the line in which an older program refuses newer data."""
    return _block("Go back to the old version", "text").strip()


def _block(title: str, kind: str) -> str:
    every = re.MULTILINE | re.DOTALL
    [section] = re.findall(SECTION.format(title=title), PAGE.read_text(encoding="utf-8"), every)
    [block] = re.findall(FENCE.format(kind=kind), section, every)
    return str(block)
