"""Pandoc's native format: Haskell values, read as nested tuples and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docx_reading import Heading, Reading, heading, words

_TOKEN = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e-?\d+)?|[A-Za-z][\w.\']*|[][(){},=])'
)
_ESCAPE = re.compile(r"\\(\d+|&|.)", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "&": ""}
_BREAKS = ("Space", "SoftBreak", "LineBreak")
_BLOCKS = ("Para", "Plain", "Header", "CodeBlock", "Table", "Div", "Figure", "LineBlock", "Note")
_NOT_SHOWN = ("comment-start", "deletion", "paragraph-deletion", "paragraph-insertion")

Value = Any


def native_reading(text: str) -> Reading:
    """Return what a document says; changes accepted, comments apart, metadata as `more`."""
    value = _Values(text).value()
    is_whole = isinstance(value, tuple) and value[0] == "Pandoc"
    blocks, metadata = (value[-1], list(value[1:-1])) if is_whole else (value, [])
    return Reading(
        words=words("".join(_text(blocks))),
        more=words(" ".join(_text(metadata))),
        headings=list(_headings(blocks)),
        tables=[list(_rows(table)) for table in _found(blocks, "Table")],
    )


class _Values:
    """A reader of shown Haskell: constructors become tuples that begin with their name."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def value(self) -> Value:
        """Read a value with its arguments."""
        first = self._atom()
        if not (isinstance(first, tuple) and len(first) == 1 and isinstance(first[0], str)):
            return first
        arguments = []
        while self._next not in (*",])}=", ""):
            arguments.append(self._atom())
        return (*first, *arguments)

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        self._at += 1
        return str(self._tokens[self._at - 1])

    def _atom(self) -> Value:
        token = self._take()
        if token == "[":
            return self._listed("]")
        if token == "(":
            inner = self._listed(")")
            return inner[0] if len(inner) == 1 else ("", *inner)
        if token == "{":
            return self._listed("}")
        if token.startswith('"'):
            return _ESCAPE.sub(_unescaped, token[1:-1])
        return (token,) if token[0].isalpha() else float(token)

    def _listed(self, end: str) -> list[Value]:
        """Read up to the end; of a record's fields the values."""
        found = []
        while self._next != end:
            found.append(self.value())
            if self._next in (",", "="):
                self._take()
        self._take()
        return found


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code)) if code.isdigit() else _PLAIN.get(code, code)


def _text(value: Value) -> Iterator[str]:
    """Yield the pieces of text; blocks and cells begin on a line of their own."""
    if isinstance(value, list):
        for part in value:
            yield from _text(part)
        return
    if not isinstance(value, tuple) or _is_not_shown(value):
        return
    name = value[0]
    if name in _BREAKS:
        yield " "
    elif name in ("Str", "Code", "Math", "CodeBlock"):
        yield f"\n{value[-1]}\n" if name == "CodeBlock" else value[-1]
    elif name not in ("RawInline", "RawBlock"):
        edge = "\n" if name in _BLOCKS or name == "Cell" else ""
        yield edge
        yield from _text(list(value[1:]))
        yield edge


def _is_not_shown(value: tuple[Value, ...]) -> bool:
    return value[0] == "Span" and any(name in value[1][2] for name in _NOT_SHOWN)


def _found(value: Value, name: str) -> Iterator[tuple[Value, ...]]:
    """Yield the outermost constructors of a name."""
    if isinstance(value, tuple) and value[0] == name:
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _found(part, name)


def _headings(blocks: Value) -> Iterator[Heading]:
    for header in _found(blocks, "Header"):
        text = "".join(_text(header[3])).strip()
        if text:
            yield heading(int(header[1]), text)


def _rows(table: tuple[Value, ...]) -> Iterator[list[str]]:
    """Yield each row with empty places for what merged cells cover."""
    below: dict[int, int] = {}
    for row in _found(list(table), "Row"):
        texts: list[str] = []
        for cell in row[2]:
            _skip(texts, below)
            rows, columns = int(cell[3][1]), int(cell[4][1])
            below |= {len(texts) + extra: rows for extra in range(columns) if rows > 1}
            texts += ["".join(_text(cell[5])), *[""] * (columns - 1)]
        below = {column: count - 1 for column, count in below.items() if count > 1}
        yield texts


def _skip(texts: list[str], below: dict[int, int]) -> None:
    while below.get(len(texts), 0) > 0 and len(texts) in below:
        texts.append("")
