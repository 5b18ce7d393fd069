"""OCR's reader process with hostile pictures: their bytes name what they attempt."""

from __future__ import annotations

import sys

from ragtenancy.adapters.ocr import reader, reading
from ragtenancy.adapters.ocr.limits import PictureLimits
from ragtenancy.adapters.ocr.messages import Reply, Words
from tests.unit.sandbox.attempts import attempt


class HostilePictureReader(reading.PictureReader):
    def __init__(self, limits: PictureLimits) -> None:
        self._limits = limits

    def __call__(self, data: bytes) -> Reply:
        return Words(text=attempt(data.decode()))


if __name__ == "__main__":
    reading.PictureReader = HostilePictureReader  # type: ignore[misc]
    reader.main(*sys.argv[1:])
