"""A copy compared with what it was copied from: every record, and the answers of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.app.migration.copy_namespace import CopyNamespace
from ragtenancy.app.migration.overlap import AnswersAlike
from ragtenancy.domain.errors import ConflictError
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord
from ragtenancy.ports.migration_states import MigrationState

SAMPLES = 50
LEAST_OVERLAP = 0.9
MOST_TOLD = 20


class Verified(Struct, frozen=True, kw_only=True):
    """How many records were compared, and the share (0 to 1) of answers that both give."""

    compared: int
    overlap: float


class VerifyCopy:
    """Compares values and metadata of all records, and the ten nearest to fifty of them."""

    def __init__(
        self, foreign: ForeignNamespaces, copying: CopyNamespace, answers_alike: AnswersAlike
    ) -> None:
        self._foreign = foreign
        self._copying = copying
        self._answers_alike = answers_alike

    async def __call__(self, state: MigrationState) -> Verified:
        """Return what was compared. Raises `ConflictError` (`not_verified`) for another copy."""
        compared, differences, samples = 0, list[str](), list[Vector]()
        apart = max(1, state.copied // SAMPLES)
        async for records in self._copying.walk(state):
            samples += [record.values for _, record in records[-compared % apart :: apart]]
            differences += await self._differences(state, dict(records))
            compared += len(records)
        if differences or compared != state.copied:
            told = ", ".join(differences[:MOST_TOLD])
            raise _refused(told or f"{compared} records instead of {state.copied}")
        overlap = await self._answers_alike(state.source, state.target, samples)
        if overlap < LEAST_OVERLAP:
            raise _refused(f"of the nearest records it finds {overlap:.0%}")
        return Verified(compared=compared, overlap=overlap)

    async def _differences(
        self, state: MigrationState, wanted: Mapping[str, ForeignRecord]
    ) -> Sequence[str]:
        found = await self._foreign.fetch(state.target, list(wanted))
        return [
            f"{record.id} ({what})"
            for copy_id, record in wanted.items()
            if (what := _difference(record, found.get(copy_id)))
        ]


def _difference(record: ForeignRecord, copy: ForeignRecord | None) -> str:
    if copy is None:
        return "missing"
    if not np.array_equal(record.values, copy.values):
        return "values"
    return "" if _holds(copy.metadata, record.metadata) else "metadata"


def _holds(copy: Mapping[str, object], original: Mapping[str, object]) -> bool:
    """Tell whether a copy has all that the original had, but for what says whose it is."""
    ours = {"tenant_uid", "document_id", "revision", "document_revision", "ordinal"}
    return all(copy.get(name) == value for name, value in original.items() if name not in ours)


def _refused(what: str) -> ConflictError:
    return ConflictError(f"The copy is not what it was copied from: {what}.", code="not_verified")
