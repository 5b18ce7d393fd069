"""Fenced code blocks of streamed Markdown, recognised only where every renderer sees one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

DRAWN = frozenset(
    [
        *["abc", "dot", "echarts", "geojson", "graphviz", "markmap", "math", "mermaid", "plantuml"],
        *["puml", "stl", "svg", "topojson", "vega", "vega-lite"],
    ]
)
"""Languages that renderers draw instead of showing: their content can load addresses."""
_RUN = re.compile(r"([ \t]*)(`{3,}|~{3,})([^\n]*)")
_MAY_OPEN = re.compile(r"[ \t]*(?:`{0,2}|~{0,2}|`{3}[^\n]*|~{3}[^\n]*)\Z")
_INFO = re.compile(r" ?([\w#+.-]*)(?: [^\n]*)?")
_ITEM = re.compile(r"( *)(?:[-*+]|(\d{1,9})[.)])( {1,4})(?=\S)")
_TICKS = re.compile(r"\\`|`+|\n")
_TAB = 4


class Piece(Struct, frozen=True):
    """A piece of an answer; `code` is a line of a block that is shown literally."""

    text: str
    code: bool = False


class _Fence(Struct, frozen=True):
    indent: int
    run: str
    drawn: bool

    def closes(self, line: str) -> bool:
        """Return whether a line of the block closes it."""
        found = _RUN.fullmatch(line.rstrip())
        return bool(
            found
            and not found[3]
            and found[2].startswith(self.run)
            and _columns(found[1]) < self.indent + _TAB
        )

    def is_left_by(self, line: str) -> bool:
        """Return whether a line is out of the block's indentation."""
        return bool(line.strip()) and _columns(line) < self.indent

    @property
    def end(self) -> str:
        """The line that closes the block in every renderer."""
        return " " * self.indent + self.run


class CodeFences:
    """Separates fenced code from the other text of a stream.

    Renderers differ on what a fence is, so the lines of fences are written as all of them read
    them: the opening with at most one word, the closing exactly as long and as indented as the
    opening. A block whose line leaves its indentation, and one that the answer's end leaves open,
    is closed. Fences in block quotes, after `$$` and after front matter are left as text, where
    `SafeText` takes them apart; the content of a block that is drawn (`DRAWN`) is text as well.
    """

    def __init__(self) -> None:
        self._held = ""
        self._line = ""  # the part of the current line of text that was passed on
        self._fence: _Fence | None = None
        self._items: list[int] = []  # columns of the open list items' content
        self._in_paragraph = False
        self._certain = True
        self._begun = False

    def feed(self, text: str) -> list[Piece]:
        """Take a piece of the answer; return the pieces that are decided."""
        self._held += text
        return [piece for piece in self._decided() if piece.text]

    def finish(self) -> list[Piece]:
        """Return the remaining pieces; close an open block."""
        pieces = self.feed("")
        rest, self._held = self._held, ""
        fence, self._fence = self._fence, None
        if fence is None:
            return [*pieces, Piece(rest)] if rest else pieces
        leaves = fence.is_left_by(rest)
        if rest and not leaves and not fence.closes(rest):
            pieces.append(Piece(f"{rest}\n", code=not fence.drawn))
        if leaves:
            return [*pieces, Piece(f"{fence.end}\n", code=True), Piece(rest)]
        return [*pieces, Piece(fence.end, code=True)]

    def _decided(self) -> Iterator[Piece]:
        while self._held:
            end = self._held.find("\n") + 1
            if not end and (self._fence or (not self._line and _MAY_OPEN.match(self._held))):
                return
            text = self._held[:end] if end else self._held
            self._held = self._held[len(text) :]
            if self._fence:
                yield from self._of_block(text, self._fence)
            elif not self._line and (fence := self._opened(text)):
                self._fence = fence
                self._items = [column for column in self._items if column <= fence.indent]
                yield Piece(self._opening(text, fence), code=True)
            else:
                self._line += text
                yield Piece(text)
                if end:
                    self._end_line()

    def _of_block(self, line: str, fence: _Fence) -> Iterator[Piece]:
        if fence.closes(line):
            self._fence = None
            self._in_paragraph = False
            yield Piece(f"{fence.end}\n", code=True)
        elif fence.is_left_by(line):
            self._fence = None
            self._in_paragraph = False
            self._held = line + self._held
            yield Piece(f"{fence.end}\n", code=True)
        else:
            yield Piece(line, code=not fence.drawn)

    def _opened(self, line: str) -> _Fence | None:
        """Return the fence that a whole line opens, if it does so in every renderer."""
        found = _RUN.match(line)
        if not found or not line.endswith("\n") or not self._certain:
            return None
        indent, run, info = found[1], found[2], found[3].rstrip()
        word = _INFO.fullmatch(info)
        if word is None or "`" in info or "\t" in indent:
            return None
        inside = any(column <= len(indent) < column + _TAB for column in self._items)
        if len(indent) >= _TAB and not inside:
            return None
        return _Fence(len(indent), run, word[1].lower() in DRAWN)

    def _opening(self, line: str, fence: _Fence) -> str:
        self._begun = True
        info = _INFO.match(line.strip()[len(fence.run) :])
        return f"{fence.end}{info[0][: info.end(1)] if info else ''}\n"

    def _end_line(self) -> None:
        """Follow lists and what hides fences, at the end of a line of text."""
        line, self._line = self._line, ""
        bare = line.strip()
        first, self._begun = not self._begun, True
        if bare.startswith("$$") or (first and bare in {"---", "+++"}):
            self._certain = False
        if not bare:
            self._in_paragraph = False
            return
        listed = bool(self._items)
        self._items = [column for column in self._items if column <= _columns(line)]
        item = _ITEM.match(line)
        if item and (listed or not self._in_paragraph or item[2] in {None, "1"}):
            self._items.append(item.end())
        self._in_paragraph = True


def _columns(line: str) -> int:
    """Return the column of a line's first character that is no white space."""
    text = line.expandtabs(_TAB)
    return len(text) - len(text.lstrip(" "))


def code_ranges(text: str) -> list[tuple[int, int]]:
    """Return the ranges of an answer that are code: fenced blocks, and spans in backticks."""
    fences = CodeFences()
    found: list[tuple[int, int]] = []
    at = 0
    for piece in (*fences.feed(text), *fences.finish()):
        if piece.code:
            found.append((at, at + len(piece.text)))
        else:
            found += [(at + start, at + end) for start, end in code_spans(piece.text)]
        at += len(piece.text)
    return found


def code_spans(text: str) -> list[tuple[int, int]]:
    """Return the ranges in backticks, each within one line."""
    return _spans(text)[0]


def is_open(line: str) -> bool:
    """Return whether a line of text so far ends within backticks that may still be closed."""
    return _spans(line)[1]


def _spans(text: str) -> tuple[list[tuple[int, int]], bool]:
    found: list[tuple[int, int]] = []
    opened: dict[str, int] = {}
    for run in _TICKS.finditer(text):
        if run[0] == "\n":
            opened = {}
        elif run[0] in opened:
            found.append((opened[run[0]], run.end()))
            opened = {}
        elif run[0] != "\\`":
            opened[run[0]] = run.start()
    return found, bool(opened)
