"""Advice on failed files; docs/errors.md has the details."""

from __future__ import annotations

_ADVICE = {
    "archive": "Unpack it, and ingest the folder.",
    "attempts_exhausted": "Fix the cause given above, then run it again.",
    "bad_container": "Open it in the program that made it and save it again; if that fails, the file is damaged.",
    "corrupt_document": "Open it in the program that made it, and save it again.",
    "corrupt_docx": "Open it in Word, let it repair the file, and save it again.",
    "dtd": "Save it again from the program that made it.",
    "unknown_encoding": "Save it as UTF-8, or name its encoding: --metadata charset=windows-1251.",
    "wrong_encoding": "Correct or omit --metadata charset=….",
    "encrypted": "Save it again without encryption.",
    "encrypted_or_legacy": "Remove the password, or save it as .docx, .xlsx, .pptx or .eml.",
    "iwork": "Export it as .docx, .xlsx, .pptx or .pdf.",
    "legacy_powerpoint": "Save it as .pptx.",
    "legacy_word": "Save it as .docx.",
    "macro_enabled": "Save it as .docx, .xlsx or .pptx, or set RAGTENANCY_READ_MACRO_FILES.",
    "max_documents": "Delete documents, or raise the client's limits.max_documents.",
    "no_text": "Provide a version of the document that contains text.",
    "not_docx": "Check that it is the right file; save it again from the program that made it.",
    "onenote": "Export its pages as .docx or .pdf.",
    "original_missing": "Run it again.",
    "outlook_store": "Save each e-mail as .eml or .msg.",
    "parser_memory": "Split the document.",
    "parser_timeout": "Run it again when the machine is less busy, or split the document.",
    "password_protected": "Remove the password, and save it again.",
    "picture": "Put it in a .docx or .pdf document.",
    "reindex_required": "Run `ragtenancy reindex CLIENT_ID`, then run this again.",
    "sound_or_film": "Ingest a transcript as text.",
    "storage_full": "Free disk space, then run it again.",
    "too_deep": "Flatten nested tables or content controls.",
    "too_large": "Split the document, or raise the client's limits.max_upload_bytes.",
    "too_many_cells": "Split the tables, or keep the data in a database.",
    "too_many_elements": "Split the document.",
    "too_many_members": "Split the document.",
    "unreadable": "Check that the file exists and that you have permission to read it.",
    "unsupported_media_type": "Save it as .docx, .xlsx, .pptx, .pdf, .html or .txt.",
    "visio": "Export it as .pdf.",
    "zip_bomb": "Compress or remove large blank pictures; split the document.",
}


def advice(code: str | None, *, retryable: bool) -> str:
    """Return a code's advice; without its own, say whether trying again helps."""
    if code in _ADVICE:
        return _ADVICE[code]
    if retryable:
        return "Run it again: files already ingested are not ingested twice."
    return f"See {code or 'internal'} in docs/errors.md."
