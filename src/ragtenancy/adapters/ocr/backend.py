"""OCR: pictures described by their text, on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, ImagesOffer
from ragtenancy.backend.resources import Resources
from ragtenancy.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from ragtenancy.ports.images import ImageDescriber


def installed() -> bool:
    """Return whether the extra `ocr` is installed."""
    return find_spec("rapidocr") is not None


def _open(resources: Resources) -> ImageDescriber:
    if not installed():
        raise ConfigurationError(
            "RAGTENANCY_IMAGE_DESCRIBER=ocr needs the extra `ragtenancy[ocr]`."
        )
    from ragtenancy.adapters.ocr.images import OcrImageDescriber

    describer = OcrImageDescriber()
    resources.closers.push_async_callback(describer.close)
    return describer


OCR = Backend(
    name="ocr", images=ImagesOffer(name="ocr", open=_open, local=True, installed=installed)
)
