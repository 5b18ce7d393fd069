"""Word documents for the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ragtenancy.adapters.formats.docx.recognition import DOCUMENT, TEMPLATE, media_type_of
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.reader import Read, Reader


class DocxReader(Reader):
    """Reads .docx and .dotx, those without macros."""

    corrupt = "corrupt_docx"

    @property
    def media_types(self) -> Sequence[str]:
        """Word documents and templates."""
        return (DOCUMENT, TEMPLATE)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type of a Word document by its first bytes."""
        return media_type_of(head)

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.docx.document import read_document

        return partial(read_document, limits=ScanLimits())
