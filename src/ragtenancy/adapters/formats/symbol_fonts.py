"""Characters of symbol fonts, which files store as private code points."""

from __future__ import annotations

import re
from types import MappingProxyType

# ruff: noqa: RUF001 - symbol fonts contain look-alikes
_SYMBOL = dict(
    zip(
        range(0x41, 0x5B),
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
) | dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_SYMBOL |= {
    0xA3: "≤", 0xA5: "∞", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±",
    0xB3: "≥", 0xB4: "×", 0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xC5: "⊕",
    0xC8: "∪", 0xC7: "∩", 0xCE: "∈", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "∏", 0xD6: "√",
    0xDE: "⇒", 0xDB: "⇔", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "☐",
    0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "⇨",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹",
}  # fmt: skip
_WINGDINGS |= dict(zip(range(0x80, 0x96), "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿", strict=True))
_SYMBOL_FONTS = MappingProxyType({"symbol": _SYMBOL, "wingdings": _WINGDINGS})
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_ASCII_GRAPHIC = range(0x20, 0x7F)


def symbol(font: str, code: str) -> str:
    """Return the character for a hexadecimal code in a font, empty when it has none."""
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    named = font.strip().lower() in _SYMBOL_FONTS
    return _character(font, character) if named else _PRIVATE_USE.sub("", character)


def in_font(text: str, font: str) -> str:
    """Return text with the private characters of a symbol font replaced by the public ones."""
    if font.strip().lower() not in _SYMBOL_FONTS:
        return text
    return _PRIVATE_USE.sub(lambda private: _character(font, private[0]), text)


def _character(font: str, character: str) -> str:
    low_byte = ord(character) & 0xFF
    plain = chr(low_byte) if low_byte in _ASCII_GRAPHIC else ""
    return _SYMBOL_FONTS[font.strip().lower()].get(low_byte, plain)
