"""Hard-wrapped lines: those that a paragraph goes on over become one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ragtenancy.adapters.formats.marks import joined_lines

# ruff: noqa: RUF001 - bullets and wide characters are look-alikes
_QUOTE = re.compile(r"(?:> ?)+")
_ITEM = re.compile(
    r"\s*(?:[-*+•‣◦▪–—·☐☑✓✗]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)]|\d+(?:\.\d+)+\.?"
    r"|§+\s*\d+|\[[^\]]{0,4}\]|[①-⑳]|[一二三四五六七八九十]{1,3}、)\s*(?=\S)"
)
_GAP = r"[^\s.!?:;)\"] {2,}\S"  # two spaces after a sentence are none
_COLUMNS = re.compile(rf"{_GAP}.*{_GAP}|\S(?: {{3,}}|\t)\S|\|")
_LABEL = re.compile(r"\s*[^\W\d][^:：.!?]{0,30}[:：](?:\s|\Z)")
_STATEMENT = re.compile(r"\s*(?:#include|import |def |class |function |SELECT |\$ |>>> |</?\w+)")
_SIGNATURE = re.compile(r"-- ?\Z|[_=*~-]{3,}\s*\Z")
_CAPITAL = re.compile(r"\s*[^\W\d_]")
_NARROWEST = 40
_POEM = 60
_FULL = 0.7
_USUAL = 0.92  # people stop a little before the width that they wrap at
_MOST_LINES = 5_000  # more without a blank line are data
_LONGEST_LINE = 2_000  # a file with longer lines is not wrapped by hand


def unwrapped(paragraph: str) -> str:
    """Return a paragraph with its wrapped lines joined; lists, tables, code and verse stay."""
    lines = paragraph.split("\n")
    if not 2 <= len(lines) <= _MOST_LINES:
        return paragraph
    return "\n".join(prefix + line for prefix, run in _quotations(lines) for line in _joined(run))


def _quotations(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield runs of lines with the same marks of quotation, without these."""
    prefix, run = "", list[str]()
    for line in lines:
        found = _QUOTE.match(line)
        mark = found[0].rstrip() + " " if found else ""
        if run and mark != prefix:
            yield prefix, run
            run = []
        prefix = mark
        run.append(line[found.end() :] if found else line)
    if run:
        yield prefix, run


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that a reader sees as such, each joined with those that continue it."""
    if sum(_is_code(line) for line in lines) * 3 >= len(lines):
        yield from lines
        return
    widths = [_width(line) for line in lines]
    widest = max(widths) if _is_prose(lines, widths) else None
    run: list[str] = []
    for index, line in enumerate(lines):
        if run and not _goes_on(lines, widths, index, widest):
            yield joined_lines(run) if len(run) > 1 else run[0]
            run = []
        run.append(line)
    if run:
        yield joined_lines(run) if len(run) > 1 else run[0]


def _is_code(line: str) -> bool:
    text = line.rstrip()
    if text.endswith(("{", "}")) or _STATEMENT.match(line):
        return True
    return text.endswith(";") and ("=" in text or "(" in text)


def _is_prose(lines: Sequence[str], widths: Sequence[int]) -> bool:
    widest = max(widths)
    if not _NARROWEST <= widest <= _LONGEST_LINE:
        return False
    count = len(lines)
    if sum(bool(_COLUMNS.search(line.strip())) for line in lines) * 3 >= count:
        return False
    if sum(bool(_LABEL.match(line)) for line in lines) * 2 > count:
        return False
    if count > 2 and widest < _POEM and _begins_with_capitals(lines):
        return False
    units = [index for index in range(count - 1) if not _ITEM.match(lines[index + 1])]
    full = sum(widths[index] >= _FULL * widest for index in units)
    return full * 2 >= len(units)


def _begins_with_capitals(lines: Sequence[str]) -> bool:
    letters = [match[0].strip() for line in lines if (match := _CAPITAL.match(line))]
    return len(letters) == len(lines) and all(map(str.isupper, letters))


def _goes_on(lines: Sequence[str], widths: Sequence[int], index: int, widest: int | None) -> bool:
    """Return whether a line continues the one before.

    That one had no room for its first word (`widest` is None if the lines are not prose), or stops
    in the middle of a clause.
    """
    line, before = lines[index], lines[index - 1]
    if _ITEM.match(line) or _SIGNATURE.match(line) or _SIGNATURE.match(before):
        return False
    if _LABEL.match(before) and widths[index - 1] < _FULL * (widest or _POEM):
        return False
    deeper = _indent(line) > _indent(before)
    if deeper and not _ITEM.match(before):
        return False
    if widest is None:
        return _is_mid_clause(before, line)
    first = line.split(maxsplit=1)[0] if line.strip() else ""
    if _width(first) > widest // 2:  # a script without spaces, broken anywhere
        return widths[index - 1] >= _FULL * widest
    begins_sentence = before.rstrip()[-1:] in ".!?" and not first[:1].islower()
    limit = widest if begins_sentence else int(widest * _USUAL)
    return widths[index - 1] + 1 + _width(first) > limit


def _is_mid_clause(before: str, line: str) -> bool:
    """Return whether at least three words without a stop are followed by a small letter."""
    if _indent(line) < _indent(before) or any(
        _COLUMNS.search(each.strip()) or _is_code(each) for each in (before, line)
    ):
        return False
    words, end = before.split(), before.rstrip()[-1:]
    return len(words) >= 3 and (end.isalnum() or end in "-,") and line.lstrip()[:1].islower()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _width(line: str) -> int:
    """Return the columns that a line takes: two for each wide character."""
    text = line.rstrip()
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(each) in "WF" for each in text)
