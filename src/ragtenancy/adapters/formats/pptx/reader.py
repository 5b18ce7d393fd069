"""Reading PowerPoint presentations."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.file_types import MACRO_PRESENTATION, PRESENTATION
from ragtenancy.adapters.formats.reader import Read, Reader


class PptxReader(Reader):
    """Reads .pptx, .ppsx and .potx: slides in order, each a page that begins with its title."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (PRESENTATION, MACRO_PRESENTATION)

    def load(self) -> Read:
        """Import python-pptx."""
        from ragtenancy.adapters.formats.packages import after_check
        from ragtenancy.adapters.formats.pptx.presentation import read_presentation

        return after_check(read_presentation, (".xml", ".rels"))
