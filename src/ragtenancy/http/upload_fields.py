"""The text fields of an upload."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.domain.bounds import holds
from ragtenancy.domain.documents import Metadata
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.ids import BoundedDocumentId, DocumentId
from ragtenancy.http.bodies import decode_json
from ragtenancy.wire import fields as wire


def document_id(fields: Mapping[str, bytearray]) -> DocumentId | None:
    """Return the document to replace. Raises `MalformedError`."""
    if "document_id" not in fields:
        return None
    text = bytes(fields["document_id"]).decode("latin-1")
    if not holds(text, BoundedDocumentId):
        raise MalformedError("document_id is not one of ours.", field="document_id")
    return DocumentId(text)


def metadata(fields: Mapping[str, bytearray]) -> Metadata:
    """Return the metadata: a JSON object of strings, numbers and booleans.

    Raises `MalformedError`.
    """
    if "metadata" not in fields:
        return {}
    found: Metadata = decode_json(bytes(fields["metadata"]), wire.Metadata)
    return found
