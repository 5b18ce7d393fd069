"""ARCHITECTURE.md names files and functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/ragtenancy"
FORMATS = SOURCE / "adapters/formats"
MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
WALKS = MAP.split("## Three walks")[1]
STEPS = re.findall(r"`([\w/]+\.py)` `([A-Z_a-z]\w*(?:\.\w+)?)`", WALKS.split("\n## ")[0])


def names(path: Path) -> set[str]:
    """Return the functions and classes of a module, and methods as `Class.method`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tops = [node for node in tree.body if isinstance(node, defined)]
    methods = {
        f"{node.name}.{inner.name}"
        for node in tops
        if isinstance(node, ast.ClassDef)
        for inner in node.body
        if isinstance(inner, defined)
    }
    return {node.name for node in tops} | methods


@pytest.mark.parametrize(("path", "name"), STEPS)
def test_a_step_names_what_is_there(path: str, name: str) -> None:
    assert name in names(SOURCE / path)


def test_each_walk_has_at_most_twelve_steps() -> None:
    walks = WALKS.split("\n## ")[0].split("\n### ")[1:]

    assert len(walks) == 3
    assert all(len(re.findall(r"^\d+\. ", walk, re.MULTILINE)) <= 12 for walk in walks)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]\w*(?:/\w+)+\.py)`", MAP))))
def test_a_file_that_the_map_names_exists(path: str) -> None:
    assert (SOURCE / path).is_file() or (ROOT / path).is_file() or (FORMATS / path).is_file()
