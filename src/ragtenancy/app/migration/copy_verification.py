"""Verifying a copy against its source: every record, and the nearest neighbours."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.app.migration.namespace_copy import NamespaceCopy
from ragtenancy.app.migration.namespace_survey import Survey
from ragtenancy.domain.errors import ConflictError
from ragtenancy.domain.foreign_records import carried
from ragtenancy.domain.ids import Namespace
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord
from ragtenancy.ports.migration_states import MigrationState

SAMPLES = 50
NEAREST = 10
MIN_RECALL = 0.9
MAX_LISTED = 20
ROUNDING = 1e-5
VECTOR_ROUNDING = 1e-6  # of a vector store's numbers, which it keeps and sends as decimals


class Verified(Struct, frozen=True, kw_only=True):
    """The number of compared records, and the copy's nearest-neighbour recall (0 to 1)."""

    compared: int
    recall: float


class CopyVerification:
    """Compares all records' values and metadata, and the ten nearest neighbours of fifty."""

    def __init__(self, foreign: ForeignNamespaces, copying: NamespaceCopy) -> None:
        self._foreign = foreign
        self._copying = copying

    async def verify(self, state: MigrationState, survey: Survey) -> Verified:
        """Verify the copy. Raises `ConflictError` (`not_verified`) if it differs."""
        compared, differences, samples = 0, list[str](), list[Vector]()
        apart = max(1, state.copied // SAMPLES)
        async for records in self._copying.walk(state, survey):
            samples += [record.values for _, record in records[-compared % apart :: apart]]
            differences += await self._differences(state, dict(records))
            compared += len(records)
        if differences or compared != state.copied:
            listed = ", ".join(differences[:MAX_LISTED])
            raise not_verified(listed or f"{compared} records instead of {state.copied}")
        copied = survey.places() if state.tenant_id else None
        recall = await neighbour_recall(
            self._foreign, state.source, state.target, samples, copied=copied
        )
        if recall < MIN_RECALL:
            raise not_verified(f"it finds {recall:.0%} of the nearest records")
        return Verified(compared=compared, recall=recall)

    async def _differences(
        self, state: MigrationState, wanted: Mapping[str, ForeignRecord]
    ) -> Sequence[str]:
        found = await self._foreign.fetch(state.target, list(wanted))
        return [
            f"{record.id} ({what})"
            for copy_id, record in wanted.items()
            if (what := _difference(record, found.get(copy_id)))
        ]


async def neighbour_recall(
    foreign: ForeignNamespaces,
    source: Namespace,
    copy: Namespace,
    samples: Sequence[Vector],
    *,
    copied: Container[str] | None = None,
) -> float:
    """Return the fraction of the source's ten nearest records that the copy finds, 0 to 1.

    It is the mean over the samples, 1 without any. Only the records `copied` count, None for all. The copy's namespace may contain other records:
    a record displaced by nearer ones does not count as lost.
    """
    shares = [await _share(foreign, source, copy, vector, copied) for vector in samples]
    return float(np.mean(shares)) if shares else 1.0


async def _share(
    foreign: ForeignNamespaces,
    source: Namespace,
    copy: Namespace,
    vector: Vector,
    copied: Container[str] | None,
) -> float:
    wanted = await foreign.nearest(source, vector, NEAREST)
    found = await foreign.nearest(copy, vector, NEAREST)
    farthest = min((_cosine(vector, record) for record in found), default=1.0)
    is_full = len(found) == NEAREST
    given = [
        any(equal_vectors(record.values, other.values) for other in found)
        or (is_full and _cosine(vector, record) <= farthest + ROUNDING)
        for record in wanted
        if copied is None or record.id in copied
    ]
    return float(np.mean(given)) if given else 1.0


def equal_vectors(one: Vector, other: Vector) -> bool:
    """Return whether two vectors are the same, as a store that rounds returns them."""
    rounding = VECTOR_ROUNDING
    return one.shape == other.shape and np.allclose(one, other, rtol=rounding, atol=rounding)


def _cosine(vector: Vector, record: ForeignRecord) -> float:
    lengths = float(np.linalg.norm(vector) * np.linalg.norm(record.values))
    return float(vector @ record.values) / lengths if lengths else 0.0


def _difference(record: ForeignRecord, copy: ForeignRecord | None) -> str:
    if copy is None:
        return "missing"
    if not equal_vectors(record.values, copy.values):
        return "values"
    return "" if _holds(copy.metadata, record.metadata) else "metadata"


def _holds(copy: Mapping[str, object], original: Mapping[str, object]) -> bool:
    """Return whether a copy has all of the original's metadata that fits, except our own fields."""
    ours = {"tenant_uid", "document_id", "revision", "document_revision", "ordinal"}
    return all(
        copy.get(name) == value for name, value in carried(original).items() if name not in ours
    )


def not_verified(what: str) -> ConflictError:
    """Return the refusal of a copy."""
    return ConflictError(f"The copy differs from its source: {what}.", code="not_verified")
