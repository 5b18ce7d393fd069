"""The process that opens one untrusted document: `python -m … PATH MEMORY_BYTES CPU_SECONDS`."""

from __future__ import annotations

import sys
from pathlib import Path

from ragtenancy.adapters.docx.document import read_document
from ragtenancy.adapters.docx.limits import ScanLimits
from ragtenancy.adapters.docx.reply import Read, Refused, Reply, encode
from ragtenancy.adapters.docx.sandbox import confine
from ragtenancy.domain.errors import UnreadableDocumentError


def main(path: str, memory_bytes: str, cpu_seconds: str) -> None:
    """Read the document and write the reply to standard output."""
    confine(int(memory_bytes), int(cpu_seconds))
    sys.stdout.buffer.write(_encoded(_reply(Path(path))))
    sys.stdout.buffer.flush()


def _reply(path: Path) -> Reply:
    try:
        with path.open("rb") as file:
            return Read(document=read_document(file, ScanLimits()))
    except UnreadableDocumentError as error:
        return Refused(code=error.reason, kind=_kind(error.__cause__))
    except MemoryError:
        return Refused(code="parser_memory")
    except Exception as error:  # noqa: BLE001 - whatever a file provokes is the file's fault
        return Refused(code="corrupt_docx", kind=_kind(error))


def _kind(error: BaseException | None) -> str:
    return "" if error is None else type(error).__name__


def _encoded(reply: Reply) -> bytes:
    try:
        return encode(reply)
    except MemoryError:
        return encode(Refused(code="parser_memory"))


if __name__ == "__main__":
    main(*sys.argv[1:])
