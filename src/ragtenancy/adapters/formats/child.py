"""The sandboxed process that opens one file.

`python -m … READER PATH MEMORY_BYTES CPU_SECONDS PARENT CHARSET`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import IO

from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.reply import Answer, Refused, Reply, encode
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.sandbox.confinement import (
    confine,
    end_with_parent,
    kill_with_parent,
    leave_network,
    private_stdout,
    write_all,
)

_LXML_OUT_OF_MEMORY = 2  # lxml.etree.ErrorTypes.ERR_NO_MEMORY; not every reader needs lxml


def main(
    reader: str, path: str, memory_bytes: str, cpu_seconds: str, parent: str, charset: str
) -> None:
    """Read the file and write the reply to standard output."""
    output = private_stdout()
    kill_with_parent(int(parent))
    module, _, name = reader.partition(":")
    made: Reader = getattr(import_module(module), name)()
    made.charset = charset or None
    read = made.load()
    with Path(path).open("rb") as file:
        leave_network()
        end_with_parent()
        confine(int(memory_bytes), int(cpu_seconds), ctypes_data=made.uses_ctypes)
        reply = _encoded(_reply(read, file, made.corrupt))
    write_all(output, reply)


def _reply(read: Read, file: IO[bytes], corrupt: str) -> Reply:
    try:
        return Answer(document=read(file))
    except Exception as error:  # noqa: BLE001 - whatever a file provokes is the file's fault
        return _refusal(error, corrupt)


def _refusal(error: Exception, corrupt: str) -> Refused:
    """Return the code for a failure; a parser reports exhausted memory in several ways."""
    cause = error.__cause__ or error
    if isinstance(cause, MemoryError) or getattr(cause, "code", None) == _LXML_OUT_OF_MEMORY:
        return Refused(code="parser_memory")
    code = error.reason if isinstance(error, UnreadableDocumentError) else corrupt
    return Refused(code=code, kind=type(cause).__name__)


def _encoded(reply: Reply) -> bytearray:
    try:
        return encode(reply)
    except MemoryError:
        return encode(Refused(code="parser_memory"))


if __name__ == "__main__":
    main(*sys.argv[1:])
