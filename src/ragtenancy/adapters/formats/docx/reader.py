"""Word documents for the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.refusals import unsupported
from ragtenancy.adapters.formats.zip_heads import zip_head

DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template"

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OWN_FOLDERS = (b"word/", b"_rels/", b"docProps/", b"customXml/", b"[Content_Types].xml")
_OTHER_FOLDERS = (b"ppt/", b"xl/")


def media_type_of(head: bytes) -> str | None:
    """Return the media type of a Word document, None for anything else.

    Raises `UnsupportedError` (`encrypted_or_legacy`, `macro_enabled`). Without a readable list
    of content types in `head` the members' names decide.
    """
    if head.startswith(OLE2):
        raise unsupported("encrypted_or_legacy")
    package = zip_head(head)
    if package is None:
        return None
    types = package.content_types
    if b"wordprocessingml" in types or b"ms-word" in types:
        return _by_content_types(types)
    if b"spreadsheetml.sheet.main" in types or b"presentationml.presentation.main" in types:
        return None
    is_other = package.has_folder(*_OTHER_FOLDERS)
    return DOCUMENT if package.has_folder(*_OWN_FOLDERS) and not is_other else None


def _by_content_types(types: bytes) -> str:
    if b"application/vnd.ms-word." in types and b".macroEnabled" in types:
        raise unsupported("macro_enabled")
    return TEMPLATE if b"wordprocessingml.template.main" in types else DOCUMENT


class DocxReader(Reader):
    """Reads .docx and .dotx without macros."""

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
