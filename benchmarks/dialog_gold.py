"""The smallest piece of the passages that says what a turn expects, written with its marker."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, permutations, product

from msgspec import Struct

from benchmarks.dialog_folder import Turn
from benchmarks.dialog_prompts import Passage

_SENTENCE = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[A-ZÄÖÜÉ\"'¿¡(])")
_ITEM = re.compile(r"^\s*(?:[-*•\u2013]|\d{1,2}[.)])\s+")
_PAIR = re.compile(r"(?:^|; )([^;:|]{1,60}): ([^;]+)")
_FOOTNOTE = re.compile(r"\[\^\w+\]:?\s*")
_QUOTES = str.maketrans("\u2019\u2018\u201c\u201d\u201e\u2010\u2011\u2212", '\'\'"""---')
_WORD = re.compile(r"[^\W_]{3,}|\d+")
_DENIED = re.compile(r"\b(?:no|not|never|only|except|removed|nicht|kein\w*)\b|n't\b", re.IGNORECASE)
NO = r"^\W*no\W*$"
LONG_LIST = 6
MAX_CELLS = 40
CELLS_TOGETHER = 3


class Piece(Struct, frozen=True, kw_only=True):
    """Text that stands in one passage, at a place: sentences, a row, or cells of a row."""

    number: int
    place: int
    text: str


Units = Mapping[int, Sequence[Piece]]


def find_fact(turn: Turn, passages: Sequence[Passage], headings: Iterable[str] = ()) -> str | None:
    """Return the answer, or `None` where the passages do not hold what the turn expects.

    One piece before several, the shortest first, near the question's words before elsewhere.
    Only passages of the file that the turn names are read, where the prompt names files.
    """
    if turn.refuse == "yes" or not turn.expect:
        return None
    titles = {_key(heading) for heading in headings}
    units = {passage.number: _units(passage, titles) for passage in passages}
    rightful = _rightful(turn, passages)
    own = {passage.number: units[passage.number] for passage in rightful}
    for candidates in (
        chain(_runs(turn, own), _rows(own)),
        _joined(turn, own, own),
        _compared(own),
        _joined(turn, own, units),
        _denied(turn, own),
        _headed(rightful),
    ):
        fitting = [answer for answer in candidates if fits(turn, _shown(answer))]
        if fitting:
            return _written(min(fitting, key=lambda answer: _cost(turn, answer)))
    return None


def fits(turn: Turn, text: str) -> bool:
    """Return whether a text says everything expected and nothing forbidden."""
    shown = _bare(text)
    return all(_hits(p, shown) for p in turn.expect) and not any(
        _hits(p, shown) for p in turn.forbid
    )


def plain(text: str) -> str:
    """Return the text as the judge compares it: plain spaces, quotes and dashes."""
    text = re.sub("[\u00a0\u2007\u2009\u202f]", " ", unicodedata.normalize("NFC", text))
    return re.sub(r"\*\*|__|`", "", text.translate(_QUOTES))


def content_words(text: str) -> set[str]:
    """Return the beginnings of the longer words, and the numbers, for overlaps."""
    return {word.casefold()[:4] for word in _WORD.findall(text)}


def _rightful(turn: Turn, passages: Sequence[Passage]) -> Sequence[Passage]:
    if not turn.cite or not any(passage.filename for passage in passages):
        return passages
    return [p for p in passages if p.filename.endswith(turn.cite)]


def _units(passage: Passage, titles: set[str]) -> list[Piece]:
    """Return a passage's sentences, items and rows in order, without its headings."""
    found: list[str] = []
    for line in passage.text.splitlines():
        text = _FOOTNOTE.sub("", line).strip()
        if not text or text.startswith("#") or _key(text) in titles or _is_rule(text):
            continue
        found += [text] if _ITEM.match(text) or _PAIR.match(text) else _SENTENCE.split(text)
    return [Piece(number=passage.number, place=i, text=t) for i, t in enumerate(found)]


def _runs(turn: Turn, units: Units) -> Iterator[tuple[Piece, ...]]:
    """Yield neighbours within a passage, up to as many as an answer may have.

    Rows of several cells are left to `_rows`: quoted whole they are a dump.
    """
    for pieces in units.values():
        for start in range(len(pieces)):
            for end in range(start + 1, min(len(pieces), start + turn.max_sentences) + 1):
                run = pieces[start:end]
                rows = [len(_PAIR.findall(piece.text)) for piece in run]
                if max(rows) < 2 and _complete(run):
                    yield tuple(run)


def _rows(units: Units) -> Iterator[tuple[Piece, ...]]:
    """Yield a few cells of a row, as a sentence."""
    yield from ((cell,) for pieces in units.values() for piece in pieces for cell in _cells(piece))


def _compared(units: Units) -> Iterator[tuple[Piece, ...]]:
    """Yield cells of two rows of one passage, in one sentence."""
    for pieces in units.values():
        rows = [cells for piece in pieces if (cells := list(_cells(piece))[:MAX_CELLS])]
        for one, other in permutations(rows, 2):
            for a, b in product(one, other):
                said = f"{a.text}, against {b.text}"
                yield (Piece(number=a.number, place=a.place, text=said),)


def _cells(row: Piece) -> Iterator[Piece]:
    pairs = _PAIR.findall(row.text)
    if len(pairs) < 2:
        return
    for count in range(2, min(len(pairs), CELLS_TOGETHER) + 1):
        for some in combinations(pairs, count):
            said = ", ".join(f"{name.strip()}: {value.strip()}" for name, value in some)
            yield Piece(number=row.number, place=row.place, text=said)
            first, *rest = some
            said = "; ".join(f"{name.strip()} {value.strip()}" for name, value in rest)
            yield Piece(number=row.number, place=row.place, text=f"{first[1].strip()}: {said}")


def _joined(turn: Turn, own: Units, others: Units) -> Iterator[tuple[Piece, ...]]:
    """Yield a piece for each thing expected, at least one of them of the rightful file."""
    found: list[Piece] = []
    for pattern in turn.expect:
        holding = _holding(turn, pattern, own) or _holding(turn, pattern, others)
        if not holding:
            return
        found.append(min(holding, key=lambda piece: _cost(turn, (piece,))))
    if any(piece.number in own for piece in found):
        kept = {(piece.number, piece.place): piece for piece in found}
        yield tuple(kept[place] for place in sorted(kept))


def _holding(turn: Turn, pattern: str, units: Units) -> list[Piece]:
    every = [piece for pieces in units.values() for piece in pieces]
    every = [p for p in every if len(_PAIR.findall(p.text)) < 2] + [
        c for p in every for c in _cells(p)
    ]
    return [p for p in every if _hits(pattern, _bare(p.text)) and not _banned(turn, p)]


def _denied(turn: Turn, units: Units) -> Iterator[tuple[Piece, ...]]:
    """Yield `No:` and what it follows from, where a plain no is expected."""
    if not any(NO in pattern for pattern in turn.expect):
        return
    asked = content_words(turn.question)
    for piece in chain.from_iterable(units.values()):
        if _DENIED.search(piece.text) and len(asked & content_words(piece.text)) > 1:
            yield (Piece(number=piece.number, place=piece.place, text=f"No: {piece.text}"),)


def _headed(passages: Sequence[Passage]) -> Iterator[tuple[Piece, ...]]:
    """Yield the places that the passages' heads name: dates and versions may stand there alone."""
    for passage in passages:
        for part in re.split(r" [>|] |: |[\"\n]", passage.head):
            if re.search(r"\w", part):
                said = f"The passage stands under {part.strip()}"
                yield (Piece(number=passage.number, place=0, text=said),)


def _banned(turn: Turn, piece: Piece) -> bool:
    return any(_hits(pattern, _bare(piece.text)) for pattern in turn.forbid)


def _cost(turn: Turn, answer: tuple[Piece, ...]) -> tuple[int, int, int]:
    shown = _shown(answer)
    near = len(content_words(turn.question) & content_words(shown))
    return len(answer), -near, len(shown) // 40


def _complete(run: Sequence[Piece]) -> bool:
    """Return whether it does not end with a label whose value is cut off."""
    return not run[-1].text.endswith(":")


def _shown(answer: Iterable[Piece]) -> str:
    return "\n".join(piece.text for piece in answer)


def _written(answer: tuple[Piece, ...]) -> str:
    """Return the pieces with one marker a sentence, one for the items of a list."""
    lines: list[str] = []
    for i, piece in enumerate(answer):
        following = answer[i + 1] if i + 1 < len(answer) else None
        item = _ITEM.match(piece.text)
        goes_on = following is not None and following.number == piece.number
        if goes_on and (item or piece.text.endswith(":") or len(answer) > LONG_LIST):
            lines.append(piece.text)
        else:
            lines.append(_marked(piece))
    return "\n".join(lines)


def _marked(piece: Piece) -> str:
    body = piece.text.rstrip()
    end = body[-1] if body[-1] in ".!?" else "."
    return f"{body.rstrip('.!?;:')} [{piece.number}]{end}"


def _bare(text: str) -> str:
    """Return the text without the numbers of its list items, which are no facts."""
    return "\n".join(_ITEM.sub("", line) for line in plain(text).splitlines())


def _is_rule(line: str) -> bool:
    return not re.search(r"\w", line)


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def _hits(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None
