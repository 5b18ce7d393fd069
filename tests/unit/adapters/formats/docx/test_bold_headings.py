from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Block, Heading
from tests.factories_docx import (
    cell,
    level,
    listed,
    numbering,
    paragraph,
    root,
    row,
    run,
    style,
    table,
)
from tests.unit.adapters.formats.docx.reading import blocks

PROSE = paragraph("The supplier keeps the parts in stock for ten years after the last delivery.")
BOLD, LARGE, SMALL = "<w:b/>", '<w:sz w:val="32"/>', '<w:sz w:val="26"/>'
STYLES = root(
    "styles",
    style("Thema", "Thema", f"<w:rPr>{BOLD}{LARGE}</w:rPr>")
    + style("Beschr", "caption", f"<w:rPr>{BOLD}</w:rPr>")
    + style("h1", "heading 1"),
)


def bold(text: str, more: str = "") -> str:
    return paragraph(run(text, BOLD + more))


def numbered(text: str, more: str = BOLD) -> str:
    place = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    return paragraph(run(text, more), place)


def headings(body: str) -> list[Block]:
    read_blocks = blocks(body, styles=STYLES, numbering=numbering(level(0, "%1.")))
    return [block for block in read_blocks if isinstance(block, Heading)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (bold("Stock") + PROSE + bold("Price") + PROSE, [("Stock", 1), ("Price", 1)]),
        (bold("Terms", LARGE) + PROSE, [("Terms", 1)]),
        (
            bold("Terms", LARGE) + bold("Stock") + PROSE + bold("Price") + PROSE,
            [("Terms", 1), ("Stock", 2), ("Price", 2)],
        ),
        (
            bold("One", SMALL) + PROSE + bold("Two", SMALL) + listed("a") + bold("Three", SMALL) + PROSE,
            [("One", 1), ("Two", 1), ("Three", 1)],
        ),
        (
            paragraph("Stock", '<w:pStyle w:val="Thema"/>') + PROSE,
            [("Stock", 1)],
        ),
        (paragraph(run("Stock", LARGE)) + PROSE, [("Stock", 1)]),
        (numbered("Stock") + PROSE + numbered("Price") + PROSE, [("1. Stock", 1), ("2. Price", 1)]),
        (bold("Is it in stock?") + PROSE + bold("What is the price?") + PROSE,
         [("Is it in stock?", 1), ("What is the price?", 1)]),
        (
            paragraph("Part", '<w:pStyle w:val="h1"/>') + bold("Stock") + PROSE + bold("Price") + PROSE,
            [("Part", 1), ("Stock", 2), ("Price", 2)],
        ),
    ],
)  # fmt: skip
def test_lines_in_bold_or_larger_type_head_what_follows(
    body: str, expected: list[tuple[str, int]]
) -> None:
    assert headings(body) == [Heading(text=text, level=depth) for text, depth in expected]


@pytest.mark.parametrize(
    "body",
    [
        PROSE + bold("Do not open the valve under pressure.") + PROSE + PROSE,
        paragraph(run("Note: ", BOLD) + run("keep it dry.")) * 2 + PROSE,
        bold("Note:") + PROSE + bold("Caution:") + PROSE,
        table(row(cell(bold("Stock")), cell(bold("Price"))), row(cell("5"), cell("7"))) + PROSE,
        PROSE + bold("Ann Smith") + paragraph("Director") + bold("Bo Berg") + paragraph("Sales"),
        PROSE + bold("Acme Ltd") + paragraph("12 High Street") + paragraph("Leeds"),
        PROSE + PROSE + bold("End"),
        PROSE + paragraph("Figure 1 Pump", '<w:pStyle w:val="Beschr"/>') + PROSE
        + paragraph("Figure 2 Valve", '<w:pStyle w:val="Beschr"/>') + PROSE,
        PROSE + bold("One emphatic line") + PROSE,
        bold("every line ") * 8,
        (bold("Goal: useful parts that are always in stock") + PROSE) * 2,
        PROSE + numbered("Stock") + numbered("Price") + numbered("Term") + PROSE,
        (numbered("Content migration", LARGE) + PROSE) * 3,
        PROSE + numbered("Stock") + numbered("nuts", "") + numbered("Price") + numbered("nuts", ""),
    ],
)  # fmt: skip
def test_other_bold_text_is_no_heading(body: str) -> None:
    assert headings(body) == []
