"""Reading PowerPoint presentations."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.refusals import unsupported
from ragtenancy.adapters.formats.zip_heads import zip_head

PRESENTATION = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_MAIN_TYPES = tuple(
    b"presentationml.%s.main+xml" % kind for kind in (b"presentation", b"slideshow", b"template")
)


class PptxReader(Reader):
    """Reads .pptx, .ppsx and .potx: slides in order, each a page that begins with its title."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (PRESENTATION,)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type by the first bytes."""
        package = zip_head(head)
        if package is None:
            return None
        types = package.content_types
        if b"vnd.ms-powerpoint." in types and b".macroEnabled.main+xml" in types:
            raise unsupported("macro_enabled")
        is_own = any(kind in types for kind in _MAIN_TYPES) or package.has_folder(b"ppt/")
        return PRESENTATION if is_own else None

    def load(self) -> Read:
        """Import python-pptx."""
        from ragtenancy.adapters.formats.packages import after_check
        from ragtenancy.adapters.formats.pptx.presentation import read_presentation

        return after_check(read_presentation, (".xml", ".rels"))
