"""The active documents of a tenant at one generation, and filters over them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.documents import (
    BoundedValue,
    ManifestDelta,
    ManifestEntry,
    Metadata,
    MetadataKey,
    MetadataValue,
)
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.ids import (
    BoundedDocumentId,
    ChunkId,
    DocumentId,
    Fingerprint,
    Revision,
    chunk_id,
)

WantedIds = Annotated[Sequence[BoundedDocumentId], Meta(max_length=1_000)]
AnyOf = Annotated[Sequence[BoundedValue], Meta(max_length=100)]
WantedMetadata = Annotated[Mapping[MetadataKey, BoundedValue | AnyOf], Meta(max_length=64)]


class SearchFilters(Struct, frozen=True, kw_only=True):
    """Which documents may be searched; None means all, a list any of its values."""

    document_ids: WantedIds | None = None
    metadata: WantedMetadata | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self, "filters")

    @property
    def is_empty(self) -> bool:
        """Whether every document matches by definition."""
        return self.document_ids is None and not self.metadata

    def matches(self, entry: ManifestEntry) -> bool:
        """Return whether a document matches."""
        if self.document_ids is not None and entry.document_id not in self.document_ids:
            return False
        wanted = self.metadata or {}
        return all(_has(entry.metadata, key, values) for key, values in wanted.items())


class Manifest(Struct, frozen=True, kw_only=True, dict=True):
    """The active documents at `generation`; replaced, never changed, when the tenant changes.

    Its rows are its documents' chunks, by document in their order, then by ordinal.
    """

    generation: int
    entries: Mapping[DocumentId, ManifestEntry]

    def applied(self, delta: ManifestDelta) -> Manifest:
        """Return the manifest with a delta applied."""
        if not delta.whole and delta.generation == self.generation:
            return self
        entries = {} if delta.whole else dict(self.entries)
        for document_id in delta.removed:
            entries.pop(document_id, None)
        entries.update((entry.document_id, entry) for entry in delta.active)
        return Manifest(generation=delta.generation, entries=entries)

    def allowed(self, filters: SearchFilters | None) -> frozenset[DocumentId] | None:
        """Return the matching documents, None if all match."""
        if filters is None or filters.is_empty:
            return None
        return frozenset(e.document_id for e in self.entries.values() if filters.matches(e))

    def chunk_ids(self, rows: Sequence[int]) -> list[ChunkId]:
        """Return the ids of the chunks in these rows."""
        entries, starts = self._places
        found = []
        for row in rows:
            at = bisect_right(starts, row) - 1
            entry = entries[at]
            found.append(chunk_id(entry.document_id, entry.revision, row - starts[at]))
        return found

    def difference(
        self, held: Mapping[DocumentId, Revision]
    ) -> tuple[Sequence[ManifestEntry], Sequence[DocumentId]]:
        """Return the entries that an index must load, and the documents that it must drop.

        A replaced document is in both lists.
        """
        load = [e for d, e in self.entries.items() if held.get(d) != e.revision]
        drop = [entry.document_id for entry in load if entry.document_id in held]
        if len(held) + len(load) - len(drop) != len(self.entries):
            drop.extend(held.keys() - self.entries.keys())
        return load, drop

    @property
    def embedding_fingerprint(self) -> Fingerprint | None:
        """The model that embedded the documents, None if there are none.

        Raises `ReindexRequiredError` for documents of several models.
        """
        if len(self._fingerprints) > 1:
            raise ReindexRequiredError("Documents were embedded by several models; reindex them.")
        return next(iter(self._fingerprints), None)

    @cached_property
    def total_chunks(self) -> int:
        """The number of active chunks."""
        return sum(entry.total_chunks for entry in self.entries.values())

    @cached_property
    def _places(self) -> tuple[Sequence[ManifestEntry], Sequence[int]]:
        """The documents with chunks, and the first row of each."""
        entries = [entry for entry in self.entries.values() if entry.total_chunks]
        return entries, list(accumulate((e.total_chunks for e in entries), initial=0))[:-1]

    @cached_property
    def _fingerprints(self) -> frozenset[Fingerprint]:
        return frozenset(entry.embedding_fingerprint for entry in self.entries.values())


EMPTY = Manifest(generation=-1, entries={})


def _has(metadata: Metadata, key: str, wanted: MetadataValue | Sequence[MetadataValue]) -> bool:
    if key not in metadata:
        return False
    mine = metadata[key]
    values = [wanted] if isinstance(wanted, MetadataValue) else wanted
    return any(
        mine == value and isinstance(mine, bool) is isinstance(value, bool) for value in values
    )
