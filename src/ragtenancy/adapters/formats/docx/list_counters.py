"""Counting list items as Word does, to say what stands before each."""

from __future__ import annotations

import re

from ragtenancy.adapters.formats.docx.number_formats import written
from ragtenancy.adapters.formats.docx.numbering import LEVELS, Level, ListDefinition
from ragtenancy.domain.visible_text import visible_text

_PLACEHOLDER = re.compile(r"%([1-9])")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_BULLET = "•"


class ListCounters:
    """The state of every list of a document while its paragraphs pass by in order."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int | None]] = {}
        self._restarted: set[tuple[str, int]] = set()

    def next_marker(self, definition: ListDefinition, index: int) -> str:
        """Count one item of a level and return its marker."""
        counts = self._counts.setdefault(definition.sequence, [None] * LEVELS)
        level = definition.level(index)
        current = counts[index]
        restart = (definition.number_id, index)
        if index in definition.restarts and restart not in self._restarted:
            self._restarted.add(restart)
            current = None
        counts[index] = level.start if current is None else current + 1
        self._reset_deeper(definition, counts, index)
        return _marker(definition, level, counts)

    @staticmethod
    def _reset_deeper(definition: ListDefinition, counts: list[int | None], index: int) -> None:
        for deeper in range(index + 1, LEVELS):
            after = definition.level(deeper).restarts_after
            if after is None or index < after:
                counts[deeper] = None


def _marker(definition: ListDefinition, level: Level, counts: list[int | None]) -> str:
    if level.number_format == "bullet":
        bullet = visible_text(_PRIVATE_USE.sub(_BULLET, level.template))
        return bullet or (_BULLET if level.template else "")

    def number(place: re.Match[str]) -> str:
        index = int(place[1]) - 1
        shown = definition.level(index)
        count = counts[index]
        number_format = "decimal" if level.legal else shown.number_format
        return written(shown.start if count is None else count, number_format)

    return visible_text(_PLACEHOLDER.sub(number, level.template))
