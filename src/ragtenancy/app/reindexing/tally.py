"""Counting how far a reindexing is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragtenancy.domain.documents import Document
from ragtenancy.domain.reindexing import Reindexed, ReindexProgress

Watch = Callable[[ReindexProgress], None]


class Tally:
    """Tells whoever watches, at each step, what is done of all."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._documents = self._total_documents = 0
        self._chunks = self._total_chunks = 0
        self.staged_documents = 0
        self._staged_chunks = 0

    def begin(self, documents: Sequence[Document], unready: Sequence[Document]) -> None:
        """Begin a round: what is ready needs no work."""
        self._total_documents = len(documents)
        self._total_chunks = sum(map(_chunks_of, documents))
        self._documents = self._total_documents - len(unready)
        self._chunks = self._total_chunks - sum(map(_chunks_of, unready))
        self._tell()

    def embedded(self, chunks: int) -> None:
        """Count chunks whose vectors are there."""
        self._chunks += chunks
        self._tell()

    def staged(self, chunks: int) -> None:
        """Count a document whose successor is whole."""
        self._documents += 1
        self.staged_documents += 1
        self._staged_chunks += chunks
        self._tell()

    def result(self, model: str, *, switched: int) -> Reindexed:
        """Return what was done in all rounds."""
        return Reindexed(
            model=model,
            documents=self.staged_documents,
            chunks=self._staged_chunks,
            switched=switched,
        )

    def _tell(self) -> None:
        self._watch(
            ReindexProgress(
                documents=self._documents,
                total_documents=self._total_documents,
                chunks=min(self._chunks, self._total_chunks),
                total_chunks=self._total_chunks,
            )
        )


def _chunks_of(document: Document) -> int:
    return document.active.total_chunks if document.active else 0
