"""How far a copy answers as what it was copied from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ragtenancy.domain.ids import Namespace
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord

NEAREST = 10
ROUNDING = 1e-5


class AnswersAlike:
    """Asks a namespace and its copy for the ten records nearest to each of some vectors."""

    def __init__(self, foreign: ForeignNamespaces) -> None:
        self._foreign = foreign

    async def __call__(
        self, source: Namespace, copy: Namespace, samples: Sequence[Vector]
    ) -> float:
        """Return the share of the source's answers that the copy gives, 0 to 1; 1 for no samples.

        The copy may lie among other records: what gives way to nearer ones is no loss.
        """
        shares = [await self._share(source, copy, vector) for vector in samples]
        return float(np.mean(shares)) if shares else 1.0

    async def _share(self, source: Namespace, copy: Namespace, vector: Vector) -> float:
        wanted = await self._foreign.nearest(source, vector, NEAREST)
        found = await self._foreign.nearest(copy, vector, NEAREST)
        there = {record.values.tobytes() for record in found}
        farthest = min((_cosine(vector, record) for record in found), default=1.0)
        is_full = len(found) == NEAREST
        given = [
            record.values.tobytes() in there
            or (is_full and _cosine(vector, record) <= farthest + ROUNDING)
            for record in wanted
        ]
        return float(np.mean(given)) if given else 1.0


def _cosine(vector: Vector, record: ForeignRecord) -> float:
    lengths = float(np.linalg.norm(vector) * np.linalg.norm(record.values))
    return float(vector @ record.values) / lengths if lengths else 0.0
