"""Making documents again: by another embedding model, or from their originals.

Another model: staged one by one, switched at once. A document's successor is its active version by
another model. It is begun (its revision is allocated), then staged, and replaces the active version
only together with those of all other documents: a tenant's active documents always share one model.

From the original, by readers that have changed: the successor is of the same model, and each
replaces its own active version as soon as it is staged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct, structs

from ragtenancy.domain.documents import ActiveVersion, Document, Successor
from ragtenancy.domain.errors import LeaseLostError, ReindexRequiredError, StaleWriteError
from ragtenancy.domain.ids import DocumentId, Fingerprint, Revision, fence_of, revision


class ReindexProgress(Struct, frozen=True, kw_only=True):
    """The progress of a reindexing: documents and chunks staged or unchanged, of the total."""

    documents: int
    total_documents: int
    chunks: int
    total_chunks: int


class Reindexed(Struct, frozen=True, kw_only=True):
    """The result of a reindexing: what it staged itself, and how many documents were switched."""

    model: str
    documents: int
    chunks: int
    switched: int


def is_of_model(document: Document, model: Fingerprint) -> bool:
    """Return whether the active version is of a model, or there is none."""
    active = document.active
    return active is None or document.deleting or active.embedding_fingerprint == model


def is_ready(document: Document, model: Fingerprint) -> bool:
    """Return whether a document can switch to a model: already of it, or its successor complete."""
    return is_of_model(document, model) or _whole(document, model)


def begun(document: Document, model: Fingerprint) -> Document:
    """Return the document with a new, still empty successor.

    Its revision was never used before, so nobody else writes to it. Raises `LeaseLostError` if the
    document is no longer active.
    """
    active = document.active
    if active is None or document.deleting:
        raise LeaseLostError("The document was deleted.")
    fence = max(fence_of(active.revision), document.successor_fence) + 1
    successor = Successor(
        revision=revision(active.upload.version, fence), embedding_fingerprint=model
    )
    return structs.replace(document, successor=successor, successor_fence=fence)


def staged(document: Document, staged_revision: Revision, total_chunks: int) -> Document:
    """Return the document with its successor complete; raise `LeaseLostError` if it has another."""
    successor = document.successor
    if document.deleting or successor is None or successor.revision != staged_revision:
        raise LeaseLostError("The document changed during re-embedding.")
    whole = structs.replace(successor, total_chunks=total_chunks)
    return structs.replace(document, successor=whole)


def switched(document: Document, model: Fingerprint) -> Document:
    """Return the document after the switch to a model, without a successor.

    Raises `StaleWriteError` if the successor is not complete yet.
    """
    if is_of_model(document, model):
        return structs.replace(document, successor=None)
    active, successor = document.active, document.successor
    if active is None or successor is None or not _whole(document, model):
        raise StaleWriteError("A document has not been embedded by the new model yet.")
    moved = structs.replace(
        active,
        revision=successor.revision,
        total_chunks=successor.total_chunks or 0,
        embedding_fingerprint=model,
    )
    return structs.replace(document, active=moved, successor=None)


class Reparsed(Struct, frozen=True, kw_only=True):
    """What reading one original again came to.

    `outcome` is `changed`; `unchanged` if the chunks are the same; `kept` if the original cannot be
    read now, for the reason in `code` and `detail`; `overtaken` if a newer upload, a deletion or
    another run came first. `new` counts the chunks whose text was in none before, `attached` the
    files inside the original that are documents of their own. `warnings` are the reader's, of the
    version that answers.
    """

    document_id: DocumentId
    filename: str
    outcome: Literal["changed", "unchanged", "kept", "overtaken"]
    chunks_before: int
    chunks: int
    new: int = 0
    attached: int = 0
    warnings: Sequence[str] = ()
    code: str | None = None
    detail: str | None = None


def answering_from(document: Document, version: ActiveVersion) -> Document:
    """Return the document if it still answers from a version; else raise `LeaseLostError`."""
    if document.deleting or document.active != version:
        raise LeaseLostError("The document changed while it was read again.")
    return document


def reparsed(document: Document, made_from: ActiveVersion, made: ActiveVersion) -> Document:
    """Return the document with an active version that was made again from the same original.

    Its revision is the staged successor's, or unchanged. Raises `LeaseLostError` if the document
    changed meanwhile.
    """
    successor = answering_from(document, made_from).successor
    is_staged = successor is not None and successor.revision == made.revision
    if made.revision != made_from.revision and not is_staged:
        raise LeaseLostError("Another successor was begun.")
    return structs.replace(document, active=made, successor=None)


def require_one_model(
    document_id: DocumentId | None, model: Fingerprint, documents: Iterable[Document]
) -> None:
    """Raise `ReindexRequiredError` if any other active document is of another model."""
    for other in documents:
        if other.document_id != document_id and not is_of_model(other, model):
            raise ReindexRequiredError("Documents were embedded by another model; reindex them.")


def _whole(document: Document, model: Fingerprint) -> bool:
    successor = document.successor
    return (
        successor is not None
        and successor.embedding_fingerprint == model
        and successor.total_chunks is not None
    )
