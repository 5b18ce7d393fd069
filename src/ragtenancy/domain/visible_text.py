"""Text as a reader sees it: invisible characters can hide instructions from people."""

from __future__ import annotations

import re

_ALWAYS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls except tab, line feed, next line
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width, direction
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # surrogates, tags, selectors
)
# Joiners shape words in Arabic, Indic and similar scripts; elsewhere they only hide.
_JOINERS = "\u200c\u200d"
_INVISIBLE = re.compile(
    f"[{_ALWAYS}]|(?<![\u0600-\u0dff])[{_JOINERS}]|[{_JOINERS}](?![\u0600-\u0dff])"
)
_LINE_BREAKS = "\u0085\u2028\u2029"
_UNUSUAL = re.compile(f"[{_ALWAYS}{_JOINERS}{_LINE_BREAKS}]")  # one class is searched fast
# Possessive, and anchored where the space begins: a long run is scanned only once.
_SPACE_AT_LINE_END = re.compile(r"(?<![ \t])[ \t]++(?=\n)")


def visible_text(text: str) -> str:
    """Return the text without invisible characters or surrounding white space."""
    return visible(text).strip()


def visible(text: str) -> str:
    """Return the text without invisible characters, with line feeds as line breaks."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _UNUSUAL.search(text):
        text = _INVISIBLE.sub("", re.sub(f"[{_LINE_BREAKS}]", "\n", text))
    ends_in_space = " \n" in text or "\t\n" in text
    return _SPACE_AT_LINE_END.sub("", text) if ends_in_space else text
