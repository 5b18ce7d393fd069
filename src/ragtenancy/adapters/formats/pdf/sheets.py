"""One page as it is seen: its words upright, what is drawn, and what a person cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import pypdfium2
from msgspec import Struct

from ragtenancy.adapters.formats.pdf.annotations import Annotations
from ragtenancy.adapters.formats.pdf.drawings import Box, Drawings, Rule, drawings_of, turned_box
from ragtenancy.adapters.formats.pdf.lines import with_scripts, with_spaced
from ragtenancy.adapters.formats.pdf.overlay import overlaid
from ragtenancy.adapters.formats.pdf.right_to_left import in_reading_order
from ragtenancy.adapters.formats.pdf.vertical import with_columns, with_initials
from ragtenancy.adapters.formats.pdf.words import RIGHT_TO_LEFT, Word, by_turn, words_of
from ragtenancy.domain.parsed import Note

_CHECKS = 200_000
_OUTSIDE = 2.0
_SIGN = 0.25
_OPENING = "([{\"'“‘«¿¡"  # noqa: RUF001
_CLOSING = ")]}\"'”’».,;:!?…"  # noqa: RUF001


class Sheet(Struct, kw_only=True):
    """A page in the frame in which most of its words stand upright.

    `turned` are its words in other directions, `hidden` counts words that a person does not see.
    """

    words: list[Word]
    turned: list[list[Word]]
    drawings: Drawings
    box: Box
    hidden: int = 0
    characters_left_out: int = 0
    notes: Sequence[tuple[float, Note]] = ()


def sheet_of(page: pypdfium2.PdfPage, annotations: Annotations) -> Sheet:
    """Read a page of PDFium's."""
    words, left_out = words_of(page)
    words = with_initials(with_columns(words))
    drawings = drawings_of(page)
    groups = by_turn(words)
    turn = next(iter(groups), 0)
    seen: list[Word] = []
    hidden = 0
    for each, own in groups.items():
        upright = drawings.turned(each)
        ordered = in_reading_order(page, own, each, upright.upright)
        visible = _seen(ordered, upright, turned_box(Box(*page.get_bbox()), each))
        hidden += len(ordered) - len(visible)
        whole = with_spaced(with_scripts(visible))
        _strike(whole, upright.across)
        seen += whole
    seen, notes = overlaid(page, seen, annotations, turn)
    shown = by_turn(seen)
    return Sheet(
        words=shown.get(turn, []),
        turned=[own for each, own in shown.items() if each != turn],
        drawings=drawings.turned(turn),
        box=turned_box(Box(*page.get_bbox()), turn),
        hidden=hidden,
        characters_left_out=left_out,
        notes=notes,
    )


def _seen(words: list[Word], drawings: Drawings, box: Box) -> list[Word]:
    """Return the words that a person sees.

    White text is seen on a surface or a picture, invisible text is that of a scan: it lies on a
    picture, or is all the text that the page has.
    """
    if not words:
        return []
    if not any(word.doubt or not _is_on(word, box) for word in words):
        return words
    all_unpainted = all(word.doubt == "unpainted" for word in words)
    tiny = median(word.size for word in words) < 2
    under = _Under(drawings)
    return [
        word
        for word in words
        if _is_on(word, box)
        and (
            not word.doubt
            or (word.doubt == "tiny" and tiny)
            or (word.doubt == "unpainted" and (all_unpainted or under.picture(word)))
            or (word.doubt == "white" and (under.surface(word) or under.picture(word)))
        )
    ]


def _is_on(word: Word, box: Box) -> bool:
    return (
        box.left - _OUTSIDE < word.right
        and word.left < box.right + _OUTSIDE
        and box.bottom - _OUTSIDE < word.base + 0.5 * word.size
        and word.base < box.top + _OUTSIDE
    )


class _Under:
    """Looks up whether a picture or a surface lies under a word, within a bound on the work."""

    def __init__(self, drawings: Drawings) -> None:
        self._drawings = drawings
        self._checks = _CHECKS

    def picture(self, word: Word) -> bool:
        """Return whether a word is on a picture."""
        return self._any(word, self._drawings.pictures)

    def surface(self, word: Word) -> bool:
        """Return whether a word is on a coloured surface."""
        return self._any(word, self._drawings.surfaces)

    def _any(self, word: Word, boxes: Sequence[Box]) -> bool:
        self._checks -= len(boxes)
        if self._checks < 0:
            return True
        return any(box.holds(word.middle, word.base + 0.3 * word.size) for box in boxes)


def _strike(words: Sequence[Word], rules: Sequence[Rule]) -> None:
    """Mark the words through which a line is drawn that begins and ends with words."""
    if not rules:
        return
    rows: dict[int, list[Word]] = {}
    for word in words:
        rows.setdefault(round(word.base / 8), []).append(word)
    checks = _CHECKS
    for rule in rules:
        near = [word for step in (-2, -1, 0) for word in rows.get(round(rule.at / 8) + step, ())]
        checks -= len(near)
        if checks < 0:
            return
        through = [(word, part) for word in near if (part := _struck(word, rule))]
        if (
            through
            and rule.start > min(word.left - 0.5 * word.size for word, _ in through)
            and rule.end < max(word.right + 0.5 * word.size for word, _ in through)
        ):
            for word, part in through:
                word.struck = part


def _struck(word: Word, rule: Rule) -> str:
    """Return the part of a word that a line runs through: all, or all but signs at its ends."""
    if not 0.14 < (rule.at - word.base) / word.size < 0.5:
        return ""
    text = word.text
    starts_later = rule.start > word.left + _SIGN / 2 * word.size
    ends_earlier = rule.end < word.right - _SIGN / 2 * word.size
    if RIGHT_TO_LEFT.search(text):
        starts_later, ends_earlier = ends_earlier, starts_later
    if starts_later:
        text = text.lstrip(_OPENING)
    if ends_earlier:
        text = text.rstrip(_CLOSING)
    width = word.right - word.left - _SIGN * word.size * (len(word.text) - len(text))
    covered = min(rule.end, word.right) - max(rule.start, word.left)
    return text if covered > 0.8 * width > 0 else ""
