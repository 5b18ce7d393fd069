"""Decoding: every format of the list, and nothing beyond the limits."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.ocr.limits import PictureLimits
from ragtenancy.adapters.ocr.pixels import PictureTooLargeError, decode
from tests.drawn_pictures import animated, drawn, encoded, needs_ocr, png_header

pytestmark = needs_ocr
LIMITS = PictureLimits()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "RGBA"), ("PNG", "1"), ("PNG", "I;16"),
        ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("GIF", "P"), ("BMP", "RGB"),
        ("TIFF", "RGB"), ("TIFF", "CMYK"), ("TIFF", "1"), ("WEBP", "RGBA"),
    ],
)  # fmt: skip
def test_every_format_is_read_dark_on_light(kind: str, mode: str) -> None:
    picture = drawn("Error 4711") if mode == "I;16" else drawn("Error 4711", mode=mode)
    data = encoded(
        picture.convert("I;16").point(lambda v: v * 257) if mode == "I;16" else picture, kind
    )

    pixels = decode(data, LIMITS)

    assert pixels is not None
    assert pixels.shape == (80, 640, 3)
    assert pixels.mean() > 200
    assert pixels.min() < 100


def test_what_is_transparent_is_white() -> None:
    pixels = decode(encoded(drawn(mode="RGBA").point(lambda _: 0)), LIMITS)

    assert pixels is not None
    assert pixels.min() == 255


def test_blue_comes_first() -> None:
    red = drawn().point(lambda value: value).convert("RGB")
    red.paste("red", (0, 0, *red.size))

    pixels = decode(encoded(red), LIMITS)

    assert pixels is not None
    assert pixels[0, 0].tolist() == [0, 0, 255]


def test_a_large_picture_is_scaled_down() -> None:
    pixels = decode(encoded(drawn(width=4_000).resize((4_000, 1_000)), "JPEG"), LIMITS)

    assert pixels is not None
    assert max(pixels.shape) <= LIMITS.longest


def test_only_the_first_frame_is_read() -> None:
    dark = drawn().point(lambda _: 0)

    pixels = decode(animated([drawn(), *[dark] * 50]), LIMITS)

    assert pixels is not None
    assert pixels.mean() == 255


def test_a_header_that_declares_too_much_is_refused_before_decoding() -> None:
    with pytest.raises(PictureTooLargeError):
        decode(png_header(13_000, 13_000), LIMITS)


def test_a_line_holds_no_text() -> None:
    assert decode(encoded(drawn().resize((2_000, 12))), LIMITS) is None


def test_a_dot_holds_no_text() -> None:
    assert decode(encoded(drawn().resize((8, 8))), LIMITS) is None


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"%!PS-Adobe", b"<svg/>", bytes(40) + b" EMF"])
def test_other_formats_are_not_opened(data: bytes) -> None:
    with pytest.raises(OSError, match="cannot identify"):
        decode(data, LIMITS)
