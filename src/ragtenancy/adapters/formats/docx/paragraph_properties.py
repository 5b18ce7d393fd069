"""What a paragraph's own properties say: that it is a heading, that it runs on."""

from __future__ import annotations

from lxml import etree

from ragtenancy.adapters.formats.docx.styles import BODY_LEVEL, Look, outline_heading
from ragtenancy.adapters.formats.docx.wordml import w

_LONGEST_OUTLINED = 150
_FULL_STOPS = (".", "。", "…")
_CLOSING = "\"')”’»」"  # noqa: RUF001 - quotation marks
_FIRST_WITHOUT_SPACES = "\u2e80"


def heading_level(
    properties: etree._Element | None, look: Look, text: str, *, listed: bool
) -> int | None:
    """Return the level that a paragraph has by itself or else by its style.

    Pages that were pasted in carry outline levels on whole paragraphs of prose.
    """
    outline = outline_heading(properties)
    if outline is None:
        return look.heading
    is_alone = look.heading is None and not listed
    return None if outline > BODY_LEVEL or (is_alone and _is_prose(text)) else outline


def _is_prose(text: str) -> bool:
    """Whether text is long, or ends as a sentence does and begins with no number."""
    shown = text.strip()
    ends_sentence = shown.rstrip(_CLOSING).endswith(_FULL_STOPS)
    return len(shown) > _LONGEST_OUTLINED or (ends_sentence and not shown[0].isdecimal())


def is_deleted(properties: etree._Element | None) -> bool:
    """Whether the end of a paragraph was deleted by a tracked change."""
    mark = None if properties is None else properties.find(w("rPr"))
    return mark is not None and any(mark.find(w(name)) is not None for name in ("del", "moveFrom"))


def is_drop_cap(properties: etree._Element | None) -> bool:
    """Whether a paragraph is the large first letter of the next."""
    frame = None if properties is None else properties.find(w("framePr"))
    return frame is not None and frame.get(w("dropCap"), "none") != "none"


def spaced(text: str) -> str:
    """Return text that the next paragraph runs into, with a space where its script has some."""
    needs_space = text and not text[-1].isspace() and text[-1] < _FIRST_WITHOUT_SPACES
    return f"{text} " if needs_space else text
