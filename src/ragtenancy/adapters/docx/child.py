"""The process that opens one untrusted document: `python -m … PATH MEMORY_BYTES CPU_SECONDS`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from lxml import etree

from ragtenancy.adapters.docx.document import read_document
from ragtenancy.adapters.docx.limits import ScanLimits
from ragtenancy.adapters.docx.reply import Read, Refused, Reply, encode
from ragtenancy.adapters.docx.sandbox import confine
from ragtenancy.domain.errors import UnreadableDocumentError

_LXML_OUT_OF_MEMORY = etree.ErrorTypes.ERR_NO_MEMORY


def main(path: str, memory_bytes: str, cpu_seconds: str) -> None:
    """Read the document and write the reply to standard output."""
    with Path(path).open("rb") as file:
        confine(int(memory_bytes), int(cpu_seconds))
        reply = _encoded(_reply(file))
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()


def _reply(file: IO[bytes]) -> Reply:
    try:
        return Read(document=read_document(file, ScanLimits()))
    except Exception as error:  # noqa: BLE001 - whatever a file provokes is the file's fault
        return _refusal(error)


def _refusal(error: Exception) -> Refused:
    """Return the code for what went wrong; a parser out of memory says so in several ways."""
    cause = error.__cause__ or error
    if isinstance(cause, MemoryError) or getattr(cause, "code", None) == _LXML_OUT_OF_MEMORY:
        return Refused(code="parser_memory")
    code = error.reason if isinstance(error, UnreadableDocumentError) else "corrupt_docx"
    return Refused(code=code, kind=type(cause).__name__)


def _encoded(reply: Reply) -> bytes:
    try:
        return encode(reply)
    except MemoryError:
        return encode(Refused(code="parser_memory"))


if __name__ == "__main__":
    main(*sys.argv[1:])
