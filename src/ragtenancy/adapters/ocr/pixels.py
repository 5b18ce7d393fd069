"""Decoding an untrusted picture; call it in a confined process only."""

from __future__ import annotations

import warnings
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (  # noqa: F401 - registers the formats before the process is confined
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ragtenancy.adapters.ocr.limits import PictureLimits

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_SIXTEEN_TO_EIGHT_BITS = 1 / 257


class PictureTooLargeError(Exception):
    """The header declares more pixels than may be decoded."""


def decode(data: bytes, limits: PictureLimits) -> NDArray[np.uint8] | None:
    """Return rows of blue, green and red of the first frame, None where no text would fit.

    Raises `PictureTooLargeError`, and whatever Pillow raises for a picture that is broken.
    """
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = limits.pixels
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > limits.pixels:
            raise PictureTooLargeError
        short, long = sorted((width, height))
        if short < limits.narrowest or long > limits.stretch * short:
            return None
        picture.draft("RGB", (limits.longest, limits.longest))
        shown = _on_white(ImageOps.exif_transpose(picture))
    shown.thumbnail((limits.longest, limits.longest), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(np.asarray(shown)[:, :, ::-1])


def _on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in red, green and blue, what is transparent as white."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value * _SIXTEEN_TO_EIGHT_BITS)
        return picture.convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")
