"""The process that holds the models: `python -m … MEMORY_BYTES CPU_SECONDS WALL_SECONDS IDLE_SECONDS`.

It takes pictures from standard input and opens none of them: each is read in a fork of its own,
which shares the loaded models, is confined, sees no other picture and ends with its reply.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

from ragtenancy.adapters.ocr.confinement import leave_network
from ragtenancy.adapters.ocr.fork import apart, write_all
from ragtenancy.adapters.ocr.limits import PictureLimits, ReaderLimits
from ragtenancy.adapters.ocr.messages import LENGTH, Ready, Reply, encode, framed

_INPUT, _OUTPUT = 0, 1


def main(memory_bytes: str, cpu_seconds: str, wall_seconds: str, idle_seconds: str) -> None:
    """Answer pictures until the input ends or none comes for a while."""
    limits = ReaderLimits(
        memory_bytes=int(memory_bytes),
        cpu_seconds=int(cpu_seconds),
        wall_seconds=float(wall_seconds),
        idle_seconds=float(idle_seconds),
    )
    output = _own_output()
    leave_network()
    from ragtenancy.adapters.ocr.reading import PictureReader  # starts threads: not before

    read = PictureReader(PictureLimits())
    write_all(output, framed(encode(Ready())))
    while select.select([_INPUT], [], [], limits.idle_seconds)[0] and (data := _next()):
        reply = apart(_work(read, data), limits, withheld=[_INPUT, output])
        write_all(output, framed(reply))


def _own_output() -> int:
    """Return a descriptor for replies; what libraries print goes nowhere."""
    output = os.dup(_OUTPUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _OUTPUT)
    os.close(nowhere)
    return output


def _next() -> bytes:
    """Return the next picture, empty at the end of the input."""
    length = sys.stdin.buffer.read(LENGTH.size)
    return sys.stdin.buffer.read(LENGTH.unpack(length)[0]) if length else b""


def _work(read: Callable[[bytes], Reply], data: bytes) -> Callable[[], bytes]:
    return lambda: encode(read(data))


if __name__ == "__main__":
    main(*sys.argv[1:])
