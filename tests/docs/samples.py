"""Sample output of a page, compared with what was really printed."""

from __future__ import annotations

import re

ELIDED = "…"
JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\S', re.DOTALL)
TABLE_LINES = re.compile(r"[─━╭╮╰╯│]+")


def holds(sample: str, printed: str) -> bool:
    """Return whether a sample, which may be elided and wrapped, is what was printed."""
    pieces = [normal(piece) for piece in sample.strip().split(ELIDED)]
    return re.fullmatch(".*".join(map(re.escape, pieces)), normal(printed), re.DOTALL) is not None


def normal(text: str) -> str:
    """Return the text without white space and without the lines of tables."""
    return re.sub(r"\s+", "", TABLE_LINES.sub("", text))
