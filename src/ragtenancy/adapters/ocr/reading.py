"""Reading one picture; the models are loaded once."""

from __future__ import annotations

from ragtenancy.adapters.ocr.engine import Engine
from ragtenancy.adapters.ocr.limits import PictureLimits
from ragtenancy.adapters.ocr.lines import text_of
from ragtenancy.adapters.ocr.messages import Refused, Reply, Words
from ragtenancy.adapters.ocr.pixels import PictureTooLargeError, decode, load_formats


class PictureReader:
    """Decodes a picture and reads its text."""

    def __init__(self, limits: PictureLimits) -> None:
        load_formats()
        self._limits = limits
        self._engine = Engine()

    def __call__(self, data: bytes) -> Reply:
        """Return the words, or why there are none; call it in a confined process only."""
        try:
            pixels = decode(data, self._limits)
            return Words(text="" if pixels is None else text_of(self._engine.read(pixels)))
        except Exception as error:  # noqa: BLE001 - whatever a picture provokes is its own fault
            return Refused(code=_code(error), kind=type(error).__name__)


def _code(error: Exception) -> str:
    if isinstance(error, PictureTooLargeError):
        return "picture_too_large"
    # ONNX Runtime and OpenCV report exhausted memory only in their messages.
    if isinstance(error, MemoryError) or "alloc" in str(error).lower():
        return "picture_memory"
    return "picture_unreadable"
