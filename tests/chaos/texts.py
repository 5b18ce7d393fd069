"""Texts that tell which version they are of, and whether they are whole."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from ragtenancy.domain.ids import DocumentId

PARTS = 8
_PART = re.compile(r"tag(\d+) part(\d+)")


def text_of(tag: int) -> bytes:
    """Return the text of an upload: every part names it, and a chunk holds few of them."""
    filler = "It goes on with words that say nothing about it. " * 4
    parts = [f"The text tag{tag} part{part} stands here. {filler}" for part in range(PARTS)]
    return "\n\n".join(parts).encode()


def faults(texts: Iterable[tuple[DocumentId, str]]) -> list[str]:
    """Return what is wrong with the chunks of one answer, all of a tenant's."""
    held: dict[DocumentId, Counter[tuple[int, int]]] = defaultdict(Counter)
    for document_id, text in texts:
        held[document_id].update((int(t), int(p)) for t, p in _PART.findall(text))
    wrong = []
    for document_id, parts in held.items():
        if len({tag for tag, _ in parts}) > 1:
            wrong.append(f"two versions of {document_id} answer: {sorted(parts)}")
        elif len(parts) != PARTS or set(parts.values()) != {1}:
            wrong.append(f"a part of {document_id} answers: {sorted(parts.items())}")
    return wrong


def tags_of(texts: Iterable[tuple[DocumentId, str]]) -> dict[DocumentId, int]:
    """Return which version of each document answers."""
    return {d: int(found[1]) for d, text in texts if (found := _PART.search(text))}
