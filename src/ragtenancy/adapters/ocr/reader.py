"""The OCR process: `python -m … MEMORY_BYTES CPU_SECONDS WALL_SECONDS IDLE_SECONDS`.

It receives pictures on standard input but does not decode them: each is read in its own fork, which
shares the loaded models, is confined, sees no other picture and ends with its reply.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Callable

from ragtenancy.adapters.ocr.limits import PictureLimits
from ragtenancy.adapters.ocr.messages import (
    LENGTH,
    MAX_REPLY,
    Ready,
    Refused,
    Reply,
    encode,
    framed,
)
from ragtenancy.sandbox.confinement import exceeded, leave_network, private_stdout, write_all
from ragtenancy.sandbox.fork import ForkLimits, run_forked

_INPUT = 0


def main(memory_bytes: str, cpu_seconds: str, wall_seconds: str, idle_seconds: str) -> None:
    """Answer pictures until the input ends or the reader is idle."""
    limits = ForkLimits(
        memory_bytes=int(memory_bytes),
        cpu_seconds=int(cpu_seconds),
        wall_seconds=float(wall_seconds),
        reply_bytes=MAX_REPLY,
    )
    output = private_stdout()
    leave_network()
    from ragtenancy.adapters.ocr.reading import PictureReader  # starts threads: not before

    read = PictureReader(PictureLimits())
    write_all(output, framed(encode(Ready())))
    while select.select([_INPUT], [], [], float(idle_seconds))[0] and (data := _next()):
        write_all(output, framed(reply_to(read, data, limits, output)))


def _next() -> bytes:
    """Return the next picture, empty at the end of the input."""
    length = sys.stdin.buffer.read(LENGTH.size)
    return sys.stdin.buffer.read(LENGTH.unpack(length)[0]) if length else b""


def reply_to(read: Callable[[bytes], Reply], data: bytes, limits: ForkLimits, output: int) -> bytes:
    """Return the encoded reply, a refusal if the fork ended without one."""
    result = run_forked(
        lambda: encode(read(data)), limits, withheld=[_INPUT, output], lifeline=_INPUT
    )
    if result.reply is None or (not result.reply and exceeded(result.status) == "time"):
        return encode(Refused(code="picture_timeout"))
    return result.reply or encode(Refused(code="picture_memory", kind=f"signal {-result.status}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
