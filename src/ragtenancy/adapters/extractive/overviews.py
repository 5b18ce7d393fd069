"""Overviews of a document: its title, its first sentences, its headings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.extractive.candidates import (
    MAX_ITEMS,
    Statement,
    markdown_table,
    statement_of,
)
from ragtenancy.adapters.extractive.units import (
    Unit,
    tables_of,
    unbulleted,
    unnumbered,
    word_count,
)
from ragtenancy.domain.overviews import Overview, above_parts
from ragtenancy.domain.sources import Source

FIRST_SENTENCES = 2
FEWEST_WORDS = 4  # of a sentence
MAX_ROWS = 10
MAX_WORDS_OF_A_HEADING = 12
MAX_WORDS_WITHOUT_A_NUMBER = 5  # words before them: longer lines may come from a page's table
_SENTENCE_ENDS = ".!?\u3002\uff01\uff1f"
_ENDS = ".!?;:,\u2026\u3002\uff01\uff1f\uff1b\uff1a"


def overview(asked: Overview, passages: Sequence[Source], units: Sequence[Unit]) -> list[Statement]:
    """Return an overview of a document; `passages` are the openings of its parts, in order.

    A document of tables only is shown by its first rows. An ellipsis marks omitted parts.
    """
    if not passages:
        return []
    path = above_parts([passage.section for passage in passages])
    first = next((p for p in passages if tuple(p.section[:1]) == path[:1]), passages[0])
    headings = _headings(passages, units, path)
    known = {text for texts in headings.values() for text in texts}
    said = [unit for unit in units if _is_sentence(unit) and _heading(unit) not in known]
    tables = tables_of(units)
    statements = [Statement(text=f"**{path[0] if path else first.filename}**", passage=first.index)]
    statements += [statement_of(unit) for unit in said[:FIRST_SENTENCES]]
    if tables and not said:
        rows = [[row.cells.get(c, "") for c in tables[0].columns] for row in tables[0].rows]
        head, *shown = markdown_table(tables[0].columns, rows[:MAX_ROWS])
        passage = tables[0].units[0].passage
        statements.append(Statement(text=head, passage=passage, items=shown))
    statements += [
        Statement(text="", passage=passage, items=[f"- {text}" for text in texts[:MAX_ITEMS]])
        for passage, texts in headings.items()
    ]
    if not asked.is_whole:
        last = statements[-1]
        statements[-1] = structs.replace(last, items=[*last.items, "- \u2026"])
    return statements


def _headings(
    passages: Sequence[Source], units: Sequence[Unit], path: Sequence[str]
) -> dict[int, list[str]]:
    """Return the distinct headings by passage, except those of `path`."""
    seen = set(map(unnumbered, path))
    found: dict[int, list[str]] = {}
    for passage in passages:
        own = [unit for unit in units if unit.passage == passage.index]
        above = [unnumbered(heading) for heading in passage.section[len(path) :][:1]]
        inside = [
            _heading(unit) for unit, after in itertools.pairwise(own) if _is_heading(unit, after)
        ]
        for text in [*above, *inside]:
            if text and text not in seen:
                seen.add(text)
                found.setdefault(passage.index, []).append(text)
    return found


def _is_sentence(unit: Unit) -> bool:
    whole = unit.text[-1] in _SENTENCE_ENDS and word_count(unit.text) >= FEWEST_WORDS
    return whole and not (unit.is_label or unit.is_item or unit.row)


def _is_heading(unit: Unit, after: Unit) -> bool:
    """Return whether a line of a passage is the heading of the next."""
    text = _heading(unit)
    most = MAX_WORDS_OF_A_HEADING if text != unit.text else MAX_WORDS_WITHOUT_A_NUMBER
    return (
        unit.row is None
        and not after.is_item
        and after.paragraph > unit.paragraph
        and text[-1:] not in _ENDS
        and text[:1].isupper()
        and not re.search(r"\d", text)
        and word_count(text) <= most
    )


def _heading(unit: Unit) -> str:
    return unnumbered(unbulleted(unit.text))
