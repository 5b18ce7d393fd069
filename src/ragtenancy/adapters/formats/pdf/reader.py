"""Reading PDF documents."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.reader import Read, Reader

PDF = "application/pdf"


class PdfReader(Reader):
    """Reads the text of PDF documents by page, with headings by font size."""

    corrupt = "corrupt_document"
    uses_ctypes = True

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (PDF,)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type by the first bytes."""
        return PDF if head.lstrip().startswith(b"%PDF-") else None

    def load(self) -> Read:
        """Import PDFium."""
        from ragtenancy.adapters.formats.pdf.document import read_document

        return lambda file: read_document(file.read())
