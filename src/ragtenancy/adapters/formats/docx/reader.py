"""Word documents for the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ragtenancy.adapters.formats.file_types import DOCUMENT, MACRO_DOCUMENT, TEMPLATE
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.reader import Read, Reader


class DocxReader(Reader):
    """Reads .docx and .dotx, and .docm without its macros."""

    corrupt = "corrupt_docx"

    @property
    def media_types(self) -> Sequence[str]:
        """Word documents and templates."""
        return (DOCUMENT, TEMPLATE, MACRO_DOCUMENT)

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.docx.document import read_document

        return partial(read_document, limits=ScanLimits())
