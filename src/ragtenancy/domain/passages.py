"""Passages: hits widened by their neighbours, which is what the answerer reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from ragtenancy.domain.chunks import Chunk, is_near, range_of, stored_text
from ragtenancy.domain.ids import DocumentId

REACH = 6  # ordinals on either side that a passage may take in


class Passage(Struct, frozen=True, kw_only=True):
    """A run of neighbouring chunks of one section around its best hit."""

    hit: Chunk
    chunks: Sequence[Chunk]

    @property
    def text(self) -> str:
        """The chunks' texts, in order."""
        return stored_text(self.chunks)

    @property
    def range(self) -> tuple[int, int] | None:
        """The characters of the document's stored text that it is, end exclusive."""
        return range_of(self.chunks)


def passages(
    hits: Sequence[Chunk], neighbours: Sequence[Chunk], *, budget: int, most: int
) -> list[Passage]:
    """Return at most so many passages around hits, best first.

    A hit that an earlier passage holds is skipped, and no passage repeats another's chunks.
    """
    made: list[Passage] = []
    taken: dict[DocumentId, set[int]] = {}
    for hit in hits:
        held = taken.setdefault(hit.document_id, set())
        if hit.ordinal not in held and len(made) < most:
            section = [chunk for chunk in neighbours if is_near(chunk, hit, REACH)]
            made.append(widen(hit, section, budget=budget, taken=held))
            held.update(chunk.ordinal for chunk in made[-1].chunks)
    return made


def widen(hit: Chunk, section: Sequence[Chunk], *, budget: int, taken: Collection[int]) -> Passage:
    """Return the hit with its neighbours, nearest first, while their tokens fit `budget`.

    `section` holds chunks of the hit's section; `taken` the ordinals that an earlier passage of
    the same document holds, which are never repeated. The hit itself always fits.
    """
    by_ordinal = {chunk.ordinal: chunk for chunk in section} | {hit.ordinal: hit}
    first = last = hit.ordinal
    used = hit.token_count
    grown = True
    while grown:
        grown = False
        for ordinal in (last + 1, first - 1):
            neighbour = by_ordinal.get(ordinal)
            if neighbour is None or ordinal in taken or used + neighbour.token_count > budget:
                continue
            used += neighbour.token_count
            first, last = min(first, ordinal), max(last, ordinal)
            grown = True
    return Passage(hit=hit, chunks=[by_ordinal[o] for o in range(first, last + 1)])
