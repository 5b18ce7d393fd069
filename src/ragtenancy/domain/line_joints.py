"""Joining the lines of a paragraph: a space between words, none in text written without spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, pairwise

_CHINESE = "\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u31a0-\u9fff\uf900-\ufaff\ufe30-\ufe4f"
_WIDE = "\uff01-\uff60\uffe0-\uffe6\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
# Thai, Lao, Burmese and Khmer leave spaces between phrases only.
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
_CHINESE_CHARACTER = re.compile(f"[{_CHINESE}{_WIDE}]")
_UNSPACED = re.compile(f"[{_CHINESE}{_WIDE}][{_CHINESE}{_WIDE}]|[{_SOUTH_EAST}]{{2}}")
_PUNCTUATION = re.compile("[\u3000-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20]")
_MIXED = re.compile(
    f"[{_CHINESE}][A-Za-z0-9]|[A-Za-z0-9][{_CHINESE}]|[{_CHINESE}] [A-Za-z0-9]|[A-Za-z0-9] [{_CHINESE}]"
)


def joined_lines(lines: Sequence[str]) -> str:
    """Return the lines of one paragraph as one; hyphens at line ends stay.

    Chinese, Japanese, Thai, Lao, Khmer and Burmese are joined without a space, Korean with one.
    """
    parts = [stripped for line in lines if (stripped := line.strip())]
    beside_latin = space_beside_latin(parts)
    joints = [joint(before, after, beside_latin) for before, after in pairwise(parts)]
    return "".join(chain.from_iterable(zip(parts, [*joints, ""], strict=True))) if parts else ""


def joint(before: str, after: str, beside_latin: str = "") -> str:
    """Return what stands between two parts of a paragraph: a space or nothing.

    `beside_latin` stands between a Chinese and a Latin character.
    """
    if not before or not after or _UNSPACED.fullmatch(before[-1] + after[0]):
        return ""
    if not _CHINESE_CHARACTER.match(before[-1]) and not _CHINESE_CHARACTER.match(after[0]):
        return " "
    touches_punctuation = _PUNCTUATION.match(before[-1]) or _PUNCTUATION.match(after[0])
    return "" if touches_punctuation else beside_latin


def space_beside_latin(lines: Sequence[str]) -> str:
    """Return a space if lines put spaces between Chinese and Latin characters, else nothing."""
    pairs = [pair for line in lines if not line.isascii() for pair in _MIXED.findall(line)]
    return " " if 2 * sum(" " in pair for pair in pairs) > len(pairs) else ""
