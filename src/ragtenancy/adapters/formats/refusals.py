"""Why a file is refused: one stable code and one sentence for each reason."""

from __future__ import annotations

from types import MappingProxyType

from ragtenancy.domain.errors import UnreadableDocumentError, UnsupportedError

UNSUPPORTED = MappingProxyType(
    {
        "encrypted_or_legacy": "The file is encrypted, damaged or in an old Office format; "
        "save it again without a password as .docx, .pptx or .xlsx, an e-mail as .eml.",
        "password_protected": "The Office file is protected by a password; "
        "remove the password in the program that made it, and save it again.",
        "legacy_word": "The file is a Word 97-2003 document (.doc); save it as .docx.",
        "legacy_powerpoint": "The file is a PowerPoint 97-2003 presentation (.ppt); "
        "save it as .pptx.",
        "macro_enabled": "The file's format can contain macros; save it in a format without them: "
        ".docx, .xlsx or .pptx.",
        "iwork": "The file is an Apple document (.pages, .numbers, .key); "
        "export it as .docx, .xlsx, .pptx or .pdf.",
        "onenote": "The file is a OneNote section (.one); export its pages as .docx or .pdf.",
        "visio": "The file is a Visio drawing; export it as .pdf.",
        "outlook_store": "The file is an Outlook data file (.pst); "
        "save each e-mail as .eml or .msg.",
        "archive": "The file is an archive; unpack it, and upload its files one by one.",
        "picture": "The file is a picture; put it in a .docx or .pdf document, "
        "whose pictures are described.",
        "sound_or_film": "The file is a sound or a film; upload a transcript as text.",
        "unsupported_media_type": "This file type is not supported; "
        "save it as .docx, .xlsx, .pptx, .pdf, .html or .txt.",
    }
)

UNREADABLE = MappingProxyType(
    {
        "not_docx": "The file is not a Word document.",
        "bad_container": "The document's zip archive is damaged or inconsistent.",
        "encrypted": "All or part of the document is encrypted.",
        "zip_bomb": "The document is too large once unpacked.",
        "too_many_members": "The document's zip archive contains too many files.",
        "dtd": "The document contains a DOCTYPE declaration, which is not accepted.",
        "too_deep": "The document is nested too deeply.",
        "too_many_elements": "The document has too many elements; split it.",
        "too_many_cells": "The document's tables have too many cells; split it.",
        "corrupt_docx": "The document is damaged; open it in Word, repair it and save it again.",
        "corrupt_document": "The document is damaged; open it in the program that made it, "
        "and save it again.",
        "unknown_encoding": "The text's character encoding is not known; save the file as UTF-8, or "
        'name its encoding in the upload\'s metadata, such as {"charset": "windows-1251"}.',
        "wrong_encoding": "The text is not in the encoding that the metadata's charset names.",
        "parser_timeout": "Reading the document took too long.",
        "parser_memory": "Reading the document took too much memory.",
        **UNSUPPORTED,
    }
)


def unsupported(code: str) -> UnsupportedError:
    """Return the error for content recognised by its first bytes as unsupported."""
    return UnsupportedError(UNSUPPORTED[code], code=code)


def unreadable(code: str, **context: str | float) -> UnreadableDocumentError:
    """Return the error for an unreadable document; `context` holds numbers."""
    return UnreadableDocumentError(UNREADABLE[code], code=code, retry_after=None, **context)
