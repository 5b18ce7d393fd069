"""RapidOCR, configured to load nothing from the network and to start no threads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragtenancy.adapters.ocr.lines import Piece

_SETTINGS = {
    "Global.log_level": "critical",
    "Global.max_side_len": 2048,  # pictures are scaled down beforehand, with a better filter
    "Det.limit_type": "max",  # scaling up small ones costs up to five times as much without benefit
    "Det.limit_side_len": 2048,
    "Global.use_cls": False,  # sometimes turns lines of upright screenshots upside down
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # threads do not outlive a fork
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Rec.rec_batch_num": 1,  # on one thread a batch only adds padding
}
_WARM_UP = (120, 320, 3)


class Engine:
    """Detects and recognises text with the models in RapidOCR's wheel."""

    def __init__(self) -> None:
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        self._ocr = RapidOCR(params=_SETTINGS)
        pixels = np.full(_WARM_UP, 255, dtype=np.uint8)
        cv2.putText(pixels, "Ready 1", (20, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 2)
        self.read(pixels)

    def read(self, pixels: NDArray[np.uint8]) -> Sequence[Piece]:
        """Return the pieces of text in BGR pixel rows."""
        from rapidocr.utils.output import RapidOCROutput

        found = self._ocr(pixels)
        if not isinstance(found, RapidOCROutput) or found.txts is None or found.boxes is None:
            return []
        return [_piece(text, box) for text, box in zip(found.txts, found.boxes, strict=True)]


def _piece(text: str, box: NDArray[np.float32]) -> Piece:
    """Return a piece from its text and its four corners, shape (4, 2)."""
    left, top = box.min(axis=0)
    return Piece(text=text, left=float(left), top=float(top), bottom=float(box[:, 1].max()))
