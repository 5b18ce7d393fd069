"""The judging data, found by `EVAL_DATA`; without it a script says so and skips."""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]


def folder() -> Path:
    """Return the data's folder, or end with success, saying that the check is skipped."""
    named = os.environ.get("EVAL_DATA", "")
    if not named:
        print("skipped: name the judging data, make … DATA=folder (or EVAL_DATA=folder)")
        sys.exit(0)
    if not (path := Path(named)).is_dir():
        sys.exit(f"There is no folder {path}.")
    return path


def lines(path: Path) -> list[Line]:
    """Return the objects of a `.jsonl.gz` file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a `.tsv` file with a header line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
