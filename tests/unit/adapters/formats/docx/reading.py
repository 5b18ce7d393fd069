"""Reading a made document in this process, as the child does."""

from __future__ import annotations

import io

from ragtenancy.adapters.formats.docx.document import read_document
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.domain.parsed import Block, ParsedDocument
from tests.factories_docx import docx_bytes


def read(data: bytes, limits: ScanLimits | None = None) -> ParsedDocument:
    """Read a document's bytes."""
    return read_document(io.BytesIO(data), limits or ScanLimits())


def blocks(body: str, **stories: str) -> list[Block]:
    """Read a document made of a body and other parts."""
    return list(read(docx_bytes(body, **stories)).blocks)
