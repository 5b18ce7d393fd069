"""Every promise of SECURITY.md names tests, and they exist."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISED = TEXT[TEXT.index("## Promises") : TEXT.index("### Not promised")]
PROMISES = re.findall(r"^- \*\*(.+?)\.\*\*(.*?)(?=^- |^#|\Z)", PROMISED, re.MULTILINE | re.DOTALL)
TEST = re.compile(r"\[`(test_\w+)`[^\]]*\]\((tests/[\w/]+\.py)\)")
NAMED = sorted(set(TEST.findall(TEXT)))


@pytest.mark.parametrize("promise", PROMISES, ids=[name for name, _ in PROMISES])
def test_a_promise_names_a_test_that_shows_it(promise: tuple[str, str]) -> None:
    assert TEST.search(promise[1])


@pytest.mark.parametrize(("name", "file"), NAMED, ids=[name for name, _ in NAMED])
def test_a_named_test_is_in_its_file(name: str, file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")

    assert re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE)


def test_every_line_of_the_sheet_is_a_promise() -> None:
    assert len(PROMISES) == PROMISED.count("\n- ")
