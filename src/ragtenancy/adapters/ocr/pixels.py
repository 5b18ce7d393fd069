"""Decoding an untrusted picture; only for use in a confined process."""

from __future__ import annotations

import importlib
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragtenancy.adapters.ocr.limits import PictureLimits

if TYPE_CHECKING:
    from PIL import Image as PillowImage

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_PLUGINS = ("Png", "Jpeg", "Gif", "Bmp", "Tiff", "WebP")
_SIXTEEN_TO_EIGHT_BITS = 1 / 257


class PictureTooLargeError(Exception):
    """The header declares more pixels than may be decoded."""


def load_formats() -> None:
    """Load Pillow with the supported formats, before the process is confined."""
    importlib.import_module("PIL.ImageOps")
    for name in _PLUGINS:
        importlib.import_module(f"PIL.{name}ImagePlugin")


def decode(data: bytes, limits: PictureLimits) -> NDArray[np.uint8] | None:
    """Return the first frame as BGR rows, None if it is too small for text.

    Raises `PictureTooLargeError`, and any of Pillow's exceptions for a broken picture.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the following limit is stricter, and an error
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > limits.pixels:
            raise PictureTooLargeError
        short, long = sorted((width, height))
        if short < limits.narrowest or long > limits.stretch * short:
            return None
        scale = min(1.0, limits.longest / long, sqrt(limits.most / (width * height)))
        picture.draft("RGB", (int(width * scale), int(height * scale)))
        shown = _on_white(ImageOps.exif_transpose(picture))
    side = int(long * scale)
    shown.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(np.asarray(shown)[:, :, ::-1])


def _on_white(picture: PillowImage.Image) -> PillowImage.Image:
    """Return the picture in RGB, with transparency as white."""
    from PIL import Image

    if picture.mode.startswith("I"):
        wide = picture.convert("I").point(lambda value: value * _SIXTEEN_TO_EIGHT_BITS)
        return wide.convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    coloured = picture.convert("RGBA")
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured).convert("RGB")
