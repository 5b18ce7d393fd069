"""Vectors of the sentences that answers are chosen among."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from ragtenancy.ports.embeddings import Embedder, Vector, Vectors

MOST_VECTORS = 16_384  # about 25 MB of 384 dimensions

Key = tuple[str, str]


class SentenceVectors:
    """LRU cache of the vectors of texts, each kept for the document revision that it is from.

    A tenant's document ids are random, so no tenant can tell from its own answers' speed what
    another asked. A revision is of one embedding model. Questions are not kept.
    """

    def __init__(self, *, most: int = MOST_VECTORS) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Vector] = OrderedDict()

    async def of(self, embedder: Embedder, keys: Sequence[Key]) -> Vectors:
        """Return float32 of shape (len(keys), dimension); a key is a revision and a text of it."""
        new = [key for key in dict.fromkeys(keys) if key not in self._kept]
        texts = [text for _, text in new]
        fresh = dict(zip(new, await embedder.embed(texts), strict=True)) if new else {}
        rows = [fresh[key] if key in fresh else self._kept[key] for key in keys]
        for key, row in zip(keys, rows, strict=True):
            self._kept[key] = row
            self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return np.stack(rows) if rows else np.empty((0, embedder.model.dimension), np.float32)
