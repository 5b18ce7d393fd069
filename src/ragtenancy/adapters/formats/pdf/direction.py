"""Lines with right-to-left text, brought from the order on the page into the order of reading.

The inverse of the Unicode Bidirectional Algorithm (UAX #9) for one line: the places of the letters
count, not their order in the file, which PDF leaves to the program that wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from msgspec import Struct, structs

from ragtenancy.adapters.formats.pdf.drawings import Rule, between

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff]")
_PRESENTATION_FORMS = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")
_MARK = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_DIGIT = re.compile(r"\d")
_INSIDE_NUMBERS = ".,:/\u00a0\u066b\u066c"
_UNITS = "%\u2030#$\u20ac\u00a3\u20aa\u00b0"
_SIGNS = "+-" + _UNITS
_LAM = "\u0644"
# A bare alef has no vowel: one above the two letters is that of lam.
_LAM_ALEF_MARKED = re.compile("(\u0644)(\u0627)([\u064c-\u0652]+)")
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_OPENING, _CLOSING = "([{«", ")]}»"
_WORD_GAP = 0.2
_SPACE_SHOWN = 0.6
_COLUMN_GAP = 1.0
_SAME_LINE = 0.3
_MARK_NEAR = 2.0


class Glyph(Struct, frozen=True, kw_only=True):
    """A character, its box and its baseline in points; `index` is its position in the file."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    baseline: float
    index: int = 0


def is_right_to_left(text: str) -> bool:
    """Return whether a text contains a letter that is written from right to left."""
    return bool(_RIGHT_TO_LEFT.search(text))


def lines_of_glyphs(glyphs: Sequence[Glyph], rules: Sequence[Rule] = ()) -> list[list[Glyph]]:
    """Return the glyphs that share a line, parted at gaps and at upright rules, which are in order.

    Lines are in the order of the file; a mark is in the line of its letter, a space in that of the
    letters around it.
    """
    letters = [each for each in glyphs if _is_letter(each)]
    rows = _rows(letters)
    segments = [segment for row in rows for segment in _segments(row, rules)]
    segments.sort(key=lambda segment: min(each.index for each in segment))
    _place_spaces(segments, [each for each in glyphs if each.text.isspace()])
    for mark in (each for each in glyphs if _MARK.match(each.text)):
        near = [each for each in segments if _is_level(mark, each[0])] or segments
        owner = min(near, key=lambda segment: _distance(mark, segment), default=None)
        if owner is not None:
            owner.append(mark)
    return segments


def _place_spaces(segments: Sequence[list[Glyph]], spaces: Sequence[Glyph]) -> None:
    """Add to each line the spaces that stand between its letters."""
    extents = [(each[0].left, each[-1].right) for each in segments]
    levels: dict[int, list[int]] = {}
    for index, segment in enumerate(segments):
        levels.setdefault(round(segment[0].baseline), []).append(index)
    for space in spaces:
        level = round(space.baseline)
        near = (index for step in (0, -1, 1) for index in levels.get(level + step, ()))
        for index in near:
            if extents[index][0] < space.left and space.right < extents[index][1]:
                segments[index].append(space)
                break


def _is_letter(glyph: Glyph) -> bool:
    return not glyph.text.isspace() and not _MARK.match(glyph.text)


def _rows(letters: Iterable[Glyph]) -> list[list[Glyph]]:
    rows: list[list[Glyph]] = []
    for glyph in sorted(letters, key=lambda each: -each.baseline):
        height = glyph.top - glyph.bottom
        if rows and rows[-1][-1].baseline - glyph.baseline < _SAME_LINE * height:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return rows


def _middle(glyph: Glyph) -> float:
    return (glyph.bottom + glyph.top) / 2


def _segments(row: Sequence[Glyph], rules: Sequence[Rule]) -> list[list[Glyph]]:
    ordered = sorted(row, key=lambda each: each.left)
    segments = [ordered[:1]]
    for before, glyph in pairwise(ordered):
        is_far = glyph.left - before.right > _COLUMN_GAP * (glyph.top - glyph.bottom)
        is_apart = is_far or _is_ruled_off(before, glyph, rules)
        segments.append([glyph]) if is_apart else segments[-1].append(glyph)
    return segments


def _is_ruled_off(before: Glyph, glyph: Glyph, rules: Sequence[Rule]) -> bool:
    """Return whether an upright rule stands between two letters."""
    if not rules or glyph.left <= before.right:
        return False
    height = _middle(glyph)
    return any(one.start <= height <= one.end for one in between(rules, before.right, glyph.left))


def _is_level(mark: Glyph, letter: Glyph) -> bool:
    height = max(letter.top - letter.bottom, mark.top - mark.bottom)
    return abs(_middle(mark) - _middle(letter)) < _MARK_NEAR * height


def _distance(mark: Glyph, segment: Sequence[Glyph]) -> float:
    """Return how far a mark is from the nearest letter; lines apart counts more than aside."""
    return min(_apart(mark, each) for each in segment)


def _apart(mark: Glyph, letter: Glyph) -> float:
    middle = (mark.left + mark.right) / 2
    aside = max(letter.left - middle, middle - letter.right, 0.0)
    return aside + abs(_middle(mark) - _middle(letter))


def logical(glyphs: Sequence[Glyph]) -> str:
    """Return the text of one line in the order of reading, with presentation forms normalised."""
    letters = _with_marks(glyphs)
    is_right = _leads_right(letters)
    ordered = _ordered_right(letters) if is_right else _ordered_left(letters)
    text = _LAM_ALEF_MARKED.sub(r"\1\3\2", "".join(each.text for each in ordered))
    return _PRESENTATION_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def with_brackets(lines: Sequence[str]) -> list[str]:
    """Return a page's lines with brackets the right way round.

    PDFium mirrors them in right-to-left text, and so do some of the programs that write PDF.
    """
    right = [line for line in lines if is_right_to_left(line)]
    turned = [line.translate(_MIRRORED) for line in right]
    if _unopened(turned) >= _unopened(right):
        return list(lines)
    return [line.translate(_MIRRORED) if is_right_to_left(line) else line for line in lines]


def _unopened(lines: Iterable[str]) -> int:
    """Return how many brackets close that were not opened."""
    unopened = depth = 0
    for character in "".join(lines):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth < 0:
            unopened, depth = unopened + 1, 0
    return unopened


def _with_marks(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return letters from left to right, marks behind their letters, and spaces where gaps are."""
    letters = list(_whole(each for each in glyphs if _is_letter(each)))
    marks: dict[int, str] = {}
    for mark in _whole(each for each in glyphs if _MARK.match(each.text)):
        owner = min(letters, key=lambda each: _apart(mark, each), default=None)
        if owner is not None:
            marks[owner.index] = marks.get(owner.index, "") + mark.text
    letters.sort(key=_centre)
    marked = [structs.replace(each, text=each.text + marks.get(each.index, "")) for each in letters]
    return list(_spaced(marked, [each for each in glyphs if each.text.isspace()]))


def _whole(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """Yield glyphs, those of one ligature as one.

    PDFium reverses a line's characters singly, so that a ligature's letters follow backwards.
    """
    for _, group in groupby(glyphs, key=lambda each: (round(each.left, 1), round(each.right, 1))):
        same = list(group)
        texts = [each.text for each in same]
        is_right = all(map(is_right_to_left, texts))
        in_order = len(texts) == 2 and texts[0] == _LAM
        yield structs.replace(
            same[0], text="".join(reversed(texts) if is_right and not in_order else texts)
        )


def _spaced(letters: Sequence[Glyph], spaces: Sequence[Glyph]) -> Iterator[Glyph]:
    """Yield letters with a space where one is drawn, or where a gap is as wide as one."""
    drawn = sorted(spaces, key=_centre)
    centres = [_centre(space) for space in drawn]
    yield from letters[:1]
    for before, glyph in pairwise(letters):
        between = drawn[bisect_left(centres, before.right) : bisect_left(centres, glyph.left)]
        gap = glyph.left - before.right
        is_drawn = any(gap > _SPACE_SHOWN * (space.right - space.left) for space in between)
        if is_drawn or gap > _WORD_GAP * (glyph.top - glyph.bottom):
            yield structs.replace(glyph, text=" ", left=before.right, right=glyph.left)
        yield glyph


def _centre(glyph: Glyph) -> float:
    return (glyph.left + glyph.right) / 2


def _leads_right(letters: Sequence[Glyph]) -> bool:
    """Return whether a line is read from the right: most of its letters are."""
    right = sum(is_right_to_left(each.text) for each in letters)
    return right >= sum(_is_left(each) for each in letters)


def _is_left(glyph: Glyph) -> bool:
    return glyph.text[0].isalpha() and not is_right_to_left(glyph.text)


def _is_number(glyph: Glyph) -> bool:
    return bool(_DIGIT.match(glyph.text))


def _ordered_right(letters: Sequence[Glyph]) -> list[Glyph]:
    """Return a right-to-left line in order: backwards, but for words and numbers inside."""
    ordered: list[Glyph] = []
    for start, end in reversed(list(_left_runs(letters))):
        ordered += letters[start:end]
    return ordered


def _left_runs(letters: Sequence[Glyph]) -> Iterator[tuple[int, int]]:
    """Yield consecutive ranges from left to right: words and numbers that are read so, letters."""
    start = 0
    signs = "" if any(_is_arabic(each) for each in letters) else _SIGNS
    while start < len(letters):
        end = _end_of_run(letters, start, signs)
        yield start, end
        start = end


def _end_of_run(letters: Sequence[Glyph], start: int, signs: str) -> int:
    """Return where the run of Latin words, or the number, ends that begins here.

    A unit belongs to the number beside it, though not among Arabic letters; so does a plus or
    minus ahead of it. Behind it, that is a hyphen between a prefix and its number.
    """
    end = start
    has_words = False
    for place in range(start, len(letters)):
        each = letters[place]
        if _is_left(each) or _is_number(each):
            has_words = has_words or _is_left(each)
            end = place + 1
        elif _is_right(each):
            break
        elif each.text in signs and place == end:
            belongs = _is_number_at(letters, place + 1) or (end > start and each.text in _UNITS)
            end = place + 1 if belongs else end
        elif end == start or not (has_words or each.text in _INSIDE_NUMBERS + signs):
            break
    return max(end, start + 1)


def _is_number_at(letters: Sequence[Glyph], place: int) -> bool:
    return place < len(letters) and _is_number(letters[place])


def _is_arabic(glyph: Glyph) -> bool:
    return "\u0600" <= glyph.text[0] <= "\u08ff" and not _is_number(glyph)


def _is_right(glyph: Glyph) -> bool:
    return is_right_to_left(glyph.text) and not _is_number(glyph)


def _ordered_left(letters: Sequence[Glyph]) -> list[Glyph]:
    """Return a left-to-right line in order: words from the right inside are turned."""
    ordered: list[Glyph] = []
    place = 0
    while place < len(letters):
        end = place + 1
        if _is_right(letters[place]):
            for ahead in range(place + 1, len(letters)):
                if _is_left(letters[ahead]):
                    break
                end = ahead + 1 if _is_right(letters[ahead]) else end
            ordered += _ordered_right(letters[place:end])
        else:
            ordered.append(letters[place])
        place = end
    return ordered
