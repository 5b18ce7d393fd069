"""The notation of transcribed tables, and the seeded ones."""

from __future__ import annotations

import pytest
from table_shapes import LANGUAGES, SHEETS, tables
from table_truth import TRANSCRIBED, Triple, transcribed


def test_a_table_a_form_and_rows_are_told_apart() -> None:
    lines = [
        "@ a/b.docx",
        "table 2",
        "Area | City | 2023 > Q1",
        "^ Costs",
        "North | Oslo | 4",
        "",
        "form",
        "Name | Kim",
        "rows",
        "Bonn | 18 |",
        "@ c.pdf",
        "form",
        "Name | Lee",
    ]

    files = transcribed(lines)

    assert [truth.triples for truth in files["a/b.docx"]] == [
        [Triple(row=("North", "Oslo"), column=("2023", "Q1"), value="4", label="Costs")],
        [Triple(column=("Name",), value="Kim")],
        [Triple(row=("Bonn",), value="18")],
    ]
    assert [truth.triples for truth in files["c.pdf"]] == [[Triple(column=("Name",), value="Lee")]]


def test_the_transcribed_tables_are_enough() -> None:
    files = transcribed(TRANSCRIBED.read_text(encoding="utf-8").splitlines())

    assert sum(map(len, files.values())) >= 60
    assert all(truth.triples for truths in files.values() for truth in truths)


@pytest.mark.parametrize("language", LANGUAGES)
def test_seeded_tables_repeat_and_say_what_their_cells_hold(language: str) -> None:
    first, second = tables(1, language, SHEETS), tables(1, language, SHEETS)

    texts = [{" ".join(cell.text.split()) for cell in made.cells} for made in first]
    values = [{triple.value for triple in made.truth.triples} for made in first]
    assert first == second
    assert all(found <= held for found, held in zip(values, texts, strict=True))
