"""Passages cut into units, and what their texts tell of them."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.adapters.extractive.units import numbered, tables_of, units_in
from tests.passages import passage


def test_a_passage_of_another_number_keeps_what_is_known_of_its_units() -> None:
    cut = units_in(passage("The pump runs at night. It is quiet."))

    moved = numbered([cut], [3])

    assert [unit.passage for unit in moved] == [3, 3]
    assert [unit.facts for unit in moved] == [unit.facts for unit in cut]
    assert moved[0].facts is cut[0].facts


def test_a_copy_with_another_text_is_judged_by_that_text() -> None:
    [unit] = units_in(passage("The pump runs at night."))
    said = unit.is_label

    copy = structs.replace(unit, text="These pumps run at night:")

    assert (said, copy.is_label) == (False, True)


def test_a_caption_that_each_chunk_repeats_does_not_part_a_table() -> None:
    rows = [f"Plant: {name}; Output: {n}; Staff: {n}0" for n, name in enumerate(("Ulm", "Hof"))]

    units = units_in(passage("\n".join(["In tonnes", rows[0], "In tonnes", rows[1]])))

    assert [unit.text for unit in units] == ["In tonnes", *rows]
    assert len(tables_of(units)) == 1
