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
# In an answer, emoji may keep their joiners and one selector each.
_EMOJI = "\u2190-\u3299\U0001f000-\U0001faff"
_SELECTORS = "\ufe0e\ufe0f"
_UNSEEN = re.compile(
    rf"(?![{_SELECTORS}])[{_ALWAYS}]|(?<![0-9#*\u00a9\u00ae\u203c\u2049{_EMOJI}])[{_SELECTORS}]"
    rf"|(?<![\u0600-\u0dff\ufe0f{_EMOJI}])[{_JOINERS}]|[{_JOINERS}](?![\u0600-\u0dff{_EMOJI}])"
)
_UNDECIDED = ("\r", *_JOINERS)  # at a piece's end: what follows decides


class VisibleStream:
    """Removes invisible characters from a stream, and writes each line break as a line feed.

    Terminal controls, characters of direction and tags are invisible, in code too. Emoji keep their
    shape. The output does not depend on how the text was cut into pieces.
    """

    def __init__(self) -> None:
        self._held = ""
        self._before = " "  # the last character taken

    def feed(self, text: str) -> str:
        """Take a piece of text; return what is decided of it without invisible characters."""
        text = self._held + text
        end = len(text) - 1 if text.endswith(_UNDECIDED) else len(text)
        self._held = text[end:]
        return self._cleaned(text[:end], self._held)

    def finish(self) -> str:
        """Return the remaining text."""
        text, self._held = self._held, ""
        return self._cleaned(text, "")

    def _cleaned(self, text: str, following: str) -> str:
        if not text:
            return ""
        before, self._before = self._before, text[-1]
        if not (_UNUSUAL.search(text) or "\r" in text):
            return text
        lines = re.sub(f"[{_LINE_BREAKS}\r]", "\n", text.replace("\r\n", "\n"))
        whole, end = f"{before}{lines}{following}", 1 + len(lines)
        unseen = {each.start() for each in _UNSEEN.finditer(whole, 1)}
        return "".join(whole[at] for at in range(1, end) if at not in unseen)


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
