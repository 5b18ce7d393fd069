"""The judging data, where there is some: sets of documents and questions, a folder each."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def folder_or_skip() -> Path:
    """Return the folder that `EVAL_DATA` names; end the program, saying so, without one."""
    named = os.environ.get("EVAL_DATA", "")
    if not named or not Path(named).is_dir():
        print("skipped: set EVAL_DATA (make: DATA=) to the folder of judged data")
        sys.exit(0)
    return Path(named)


def rows(folder: Path, kind: str, name: str) -> Iterator[dict[str, Any]]:
    """Yield the records of one file of one set, e.g. `rows(folder, "squad2", "qa")`."""
    path = folder / "retrieval_and_qa" / kind / f"{name}.jsonl.gz"
    with gzip.open(path, "rt") as lines:
        for line in lines:
            yield json.loads(line)


def folded(text: str) -> str:
    """Return a text for comparing: lower case, one space, no marks of typography."""
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


def holds(text: str, answers: list[str]) -> bool:
    """Tell whether a text holds one of the accepted answers."""
    padded = f" {folded(text)} "
    return any(f" {folded(answer)} " in padded for answer in answers)
