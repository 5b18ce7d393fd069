"""A document as a row of table `documents`."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.domain.documents import Document
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec

CODEC = RecordCodec(Document)

INSERT = """
    INSERT INTO documents
        (document_id, filename, content_hash, size, status, pending_job, version, body)
    VALUES
        (:document_id, :filename, :content_hash, :size, :status, :pending_job, :version, :body)
"""
UPDATE = """
    UPDATE documents SET filename = :filename, content_hash = :content_hash, size = :size,
        status = :status, pending_job = :pending_job, version = :version, body = :body
    WHERE document_id = :document_id
"""


def columns(document: Document) -> Mapping[str, str | int | bytes | None]:
    """Return the row by column name; name, hash and size are those of the newest upload."""
    newest = document.current()
    return {
        "document_id": document.document_id,
        "filename": newest.filename if newest else None,
        "content_hash": newest.content_hash if newest else None,
        "size": newest.size if newest else 0,
        "status": str(document.status),
        "pending_job": document.pending.job_id if document.pending else None,
        "version": document.version,
        "body": CODEC.encode(document),
    }


def own(scope: TenantScope, body: bytes) -> Document:
    """Return the document of a row. Raises `IsolationBreach` for another tenant's."""
    document = CODEC.decode(body)
    scope.require_own(document.tenant_uid, "documents")
    return document
