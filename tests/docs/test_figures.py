"""Every measured figure stands in a section that names the command that made it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of, sections

# What is measured: times and rates of work, ratios, and shares with decimals. Limits are none.
MEASURED = re.compile(
    r"""
    \d[\d.,]*\s?(?:ms|µs)\b              # times of work
    | \d[\d.,]*\s?(?:[kM]B|[a-z]+)/s\b   # rates
    | \b\d[\d.]*\s?(?:×|times\ (?:as|the))       # ratios
    | (?<![\w.])0?\.\d{3}\b              # shares with three decimals
    | \b\d+\.\d\s?%                      # percentages with a decimal
    """,
    re.VERBOSE,
)
MADE_BY = re.compile(
    r"make ([a-z][a-z0-9-]*)|scripts/\w+\.py|[Mm]easured once, by hand|-m tests\.[\w.]+"
)
SECTIONS = [
    (page, heading, text)
    for page in PAGES
    for heading, text in sections(page)
    if MEASURED.search(text)
]
TARGETS = set(
    re.findall(
        r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
)


@pytest.mark.parametrize(
    ("page", "heading", "text"),
    SECTIONS,
    ids=[f"{name_of(page)}-{heading}" for page, heading, _ in SECTIONS],
)
def test_a_section_with_figures_names_the_command_that_made_them(
    page: Path, heading: str, text: str
) -> None:
    assert MADE_BY.search(text), f"{name_of(page)}, {heading}: {MEASURED.findall(text)[:9]}"


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_a_command_of_make_that_a_page_names_is_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    named = set(re.findall(r"`make ([a-z][a-z0-9-]*)|^make ([a-z][a-z0-9-]*)", text, re.MULTILINE))

    assert {first or second for first, second in named} <= TARGETS
