"""Grounding: markers `[n]`, and whether the cited passages support each statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ragtenancy.domain.code_fences import CodeFences, Piece, code_spans, is_open
from ragtenancy.domain.content import Lexicon
from ragtenancy.domain.numbers import numbers
from ragtenancy.domain.refusals import is_refusal
from ragtenancy.domain.safe_text import SafeText
from ragtenancy.domain.sources import Reason, Source, Unsupported
from ragtenancy.domain.support import RULE, Passages
from ragtenancy.domain.visible_text import VisibleStream

_CLOSERS = "\"'\u201d\u2019\u00bb)*_"
_BRACKETS = r"\[[ \tS0-9,;\-\u2013]{1,60}\]"
_END = re.compile(
    rf"[.!?\u2026]+[{_CLOSERS}]*(?:[ \t]*{_BRACKETS})*[ \t]+(?=[^\s\[])"
    rf"|[\u3002\uff01\uff1f][\u300d\u300f\u201d\uff09]*(?:[ \t]*{_BRACKETS})*(?=[^\s\[\u300d\u300f\u201d\uff09])"
    r"|\n"
)
_LIST_NUMBER = re.compile(r"\s*\(?\d{1,3}[.)]?\s*\Z")
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u2013]\s|\(?\d{1,3}[.)]\s|\|)")
_HEADING = re.compile(r"\s*(?:#{1,6}\s.*|\*\*[^*]+\*\*:?)\s*\Z")
_COURTESY = re.compile(
    r"(?:let me know|feel free|(?:i |i'm |we )?hope|(?:i'm |i am )?(?:happy|glad|sorry)|please (?:ask|note|let)"
    r"|if you (?:have|need)|is there anything|you're welcome|based on|according to the|gerne|ich hoffe"
    r"|wenn sie|n'h\u00e9sitez|j'esp\u00e8re|espero|no dude)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_INSIDE = r"[ \tS0-9,;\-\u2013]{1,60}"
_OPEN = rf"(?:\[(?:{_INSIDE})?)*"
MARKER = re.compile(rf"([ \t]*)({_OPEN})\[({_INSIDE})\]")
"""A marker: preceding space, opening brackets, and its content."""
_PART = re.compile(r"S?([0-9]{1,9})(?:[ \t]*[-\u2013][ \t]*S?([0-9]{1,9}))?")


class Statement(Struct, kw_only=True):
    """A sentence, list item or table row of an answer; `start` and `end` are offsets in it.

    `cited` are the passages that support it, `reason` is why another that it names does not.
    """

    start: int
    end: int
    text: str
    cited: list[int]
    reason: Reason | None
    is_code: bool = False

    @property
    def is_item(self) -> bool:
        """Whether it is a list item, a table row or a block of code."""
        return self.is_code or bool(_ITEM.match(self.text))


class CheckedAnswer:
    """A streamed answer, sanitised, with only its valid markers.

    A marker stays if its passage was given and supports the text before it. The first marker of a
    statement, and the text after it, are held back to the statement's end. Code holds no markers;
    a block of it is one statement. The text is sanitised last, so that a removed marker joins
    nothing that would be live. The output does not depend on how the text was cut into pieces.
    """

    def __init__(self, passages: Sequence[Source], question: str, lexicon: Lexicon) -> None:
        self._visible = VisibleStream()
        self._fences = CodeFences()
        self._safe = SafeText([passage.text for passage in passages])
        self._passages = Passages(passages, question, lexicon)
        self._said = ""  # of the open statement
        self._held = ""
        self._code: list[str] = []  # lines of the open block
        self._length = 0  # of the text before it is sanitised, as in the statements' offsets
        self._statements: list[Statement] = []

    @property
    def cited(self) -> frozenset[int]:
        """The numbers of the passages whose markers remain."""
        return frozenset(n for statement in self._statements for n in statement.cited)

    def feed(self, text: str) -> str:
        """Take a piece of the answer; return the text that is final."""
        return self._shown(self._fences.feed(self._visible.feed(text)))

    def finish(self) -> str:
        """Return the remaining text."""
        pieces = self._fences.feed(self._visible.finish()) + self._fences.finish()
        out = self._shown(pieces) + self._safe.feed(self._flushed())
        self._close_code()
        return out + self._safe.finish()

    def unsupported(self) -> list[Unsupported]:
        """Return the unsupported statements; call it after the answer's end."""
        return list(self._unsupported())

    def _shown(self, pieces: Sequence[Piece]) -> str:
        out: list[str] = []
        for piece in pieces:
            if piece.code:
                out.append(self._safe.feed(self._flushed()))
                out.append(self._safe.literal(piece.text))
                self._code.append(piece.text)
                self._length += len(piece.text)
            else:
                self._close_code()
                self._held += piece.text
                out.append(self._safe.feed(self._decided()))
        return "".join(out)

    def _flushed(self) -> str:
        """Close the open statement; return its rest."""
        return self._close(len(self._held)) if self._said or self._held else ""

    def _close_code(self) -> None:
        """Close the open block of code: a statement without its fences and markers."""
        lines, self._code = self._code, []
        code = "".join(lines[1:-1])
        if not code.strip():
            return
        begun = self._length - sum(map(len, lines[1:]))
        start = begun + len(code) - len(code.lstrip())
        end = begun + len(code.rstrip())
        self._statements.append(
            Statement(start=start, end=end, text=code, cited=[], reason=None, is_code=True)
        )

    def _decided(self) -> str:
        out: list[str] = []
        while (end := self._end()) is not None:
            out.append(self._close(end))
        if "[" not in self._held:
            free = self._held.rstrip()
            self._said += free
            self._held = self._held[len(free) :]
            self._length += len(free)
            out.append(free)
        return "".join(out)

    def _end(self) -> int | None:
        """Return where the open statement ends in the held text, None if undecided."""
        whole = self._said + self._held
        for found in _END.finditer(whole):
            if found.end() < len(self._said):
                continue
            if found[0][0] == "." and _LIST_NUMBER.match(whole[: found.start()]):
                continue
            if found[0] != "\n" and is_open(whole[: found.start()]):
                continue
            return found.end() - len(self._said)
        return None

    def _close(self, end: int) -> str:
        held, self._held = self._held[:end], self._held[end:]
        said, self._said = self._said, ""
        start = self._length - len(said)
        out, cited, reason = self._with_markers(said, held)
        self._length += len(out)
        whole = said + out
        plain = without_markers(whole)
        if plain.strip() or cited:
            first = len(whole) - len(whole.lstrip())
            self._statements.append(
                Statement(
                    start=start + first,
                    end=start + len(whole.rstrip()),
                    text=plain.strip("\n"),
                    cited=cited,
                    reason=reason,
                )
            )
        return out

    def _with_markers(self, said: str, held: str) -> tuple[str, list[int], Reason | None]:
        """Return a statement's rest with its valid markers, these, and why others are invalid."""
        whole = said + held
        cited: list[int] = []
        reasons: list[Reason | None] = []
        out: list[str] = []
        at = 0
        spans = [range(*span) for span in code_spans(whole)]
        found = [
            match
            for match in MARKER.finditer(held)
            if named(match[3], len(self._passages)) is not None
            and not any(len(said) + match.start(3) in span for span in spans)
        ]
        for group in _groups(found, held):
            numbered = list(
                dict.fromkeys(n for m in group for n in named(m[3], len(self._passages)) or ())
            )
            text = self._covered(whole, len(said) + group[0].start(), at and len(said) + at)
            kept, reason = self._kept(text, numbered)
            cited += [n for n in kept if n not in cited]
            reasons += [reason] if numbered else []
            out.append(held[at : group[0].start()])
            if kept:
                space, opened = group[0][1], group[0][2]
                out.append(space + opened + "".join(f"[{n}]" for n in kept))
            at = group[-1].end()
        out.append(held[at:])
        failed = [reason for reason in reasons if reason]
        return "".join(out), cited, failed[0] if failed else None

    def _covered(self, whole: str, marker: int, last: int) -> str:
        """Return the text that a marker covers.

        That is the text since the statement's last marker; if empty, the whole statement; else the
        preceding statements without markers.
        """
        behind, statement = without_markers(whole[last:marker]), without_markers(whole)
        opening = not last and self._passages.is_small(behind)
        for text in (statement,) if opening else (behind, statement):
            if not self._passages.says_nothing(text):
                return text
        before: list[str] = []
        for earlier in reversed(self._statements):
            if earlier.cited or earlier.reason:
                break
            before.insert(0, earlier.text)
        return "\n".join(before) or statement

    def _kept(self, text: str, numbered: Sequence[int]) -> tuple[list[int], Reason | None]:
        if not numbered or not _WORD.search(text):
            return [], None
        alone = [n for n in numbered if self._passages.missing(text, [n]) is None]
        if alone:
            return alone, None
        reason = self._passages.missing(text, numbered)
        return (list(numbered), None) if reason is None else ([], reason)

    def _unsupported(self) -> Iterator[Unsupported]:
        every = sorted(self.cited)
        for at, statement in enumerate(self._statements):
            reason = statement.reason if not statement.cited else None
            if reason is None and not statement.cited:
                reason = self._uncited(at, statement, every)
            elif reason is None and statement.reason is None:
                reason = self._passages.missing(statement.text, every)
            elif statement.reason:
                reason = statement.reason
            if reason is not None:
                place = self._safe.place
                yield Unsupported(
                    range=(place(statement.start), place(statement.end)), reason=reason
                )

    def _uncited(self, at: int, statement: Statement, every: Sequence[int]) -> Reason | None:
        """Return why the answer's passages do not support a statement without a marker."""
        text = statement.text
        if self._passages.says_nothing(text) or _HEADING.match(text) or is_refusal(text):
            return None
        following = self._statements[at + 1] if at + 1 < len(self._statements) else None
        if following is not None and RULE.match(following.text) and "|" in following.text:
            return None  # the head of a table
        if following is not None and following.is_item and text.rstrip(" *_").endswith(":"):
            return None
        if self._passages.is_small(text) or _is_courtesy(text):
            return None
        if every and self._passages.missing(text, every) is None:
            return None
        return "not_cited"


def _is_courtesy(text: str) -> bool:
    return bool(_COURTESY.match(text.strip())) and not numbers(text)


def _groups(found: Sequence[re.Match[str]], held: str) -> Iterator[list[re.Match[str]]]:
    """Yield the markers that stand side by side."""
    group: list[re.Match[str]] = []
    for marker in found:
        if group and held[group[-1].end() : marker.start()].strip(" \t,;"):
            yield group
            group = []
        group.append(marker)
    if group:
        yield group


def named(inside: str, passages: int) -> list[int] | None:
    """Return the passages that a marker names, None for brackets that are not a marker."""
    found: list[int] = []
    marker = False
    for part in _PART.finditer(inside):
        marker = True
        first = int(part[1])
        last = min(int(part[2]), passages) if part[2] else first
        found += [n for n in range(max(first, 1), last + 1) if n <= passages]
    return list(dict.fromkeys(found)) if marker else None


def each_marker(text: str) -> Iterator[re.Match[str]]:
    """Yield what `MARKER.finditer` does, several times as fast: it looks at brackets alone."""
    end, at = 0, text.find("[")
    while at >= 0:
        start = at
        while start > end and text[start - 1] in " \t":
            start -= 1
        match = MARKER.match(text, start)
        if match is None:
            at = text.find("[", at + 1)
            continue
        yield match
        end = match.end()
        at = text.find("[", end)


def without_markers(text: str) -> str:
    """Return a text without anything that looks like a marker."""
    if "[" not in text:
        return text
    return MARKER.sub(lambda found: found[0] if not _PART.search(found[3]) else found[2], text)


def unmarked(text: str) -> list[str]:
    """Return the parts of a text around apparent markers, if they hold a word.

    Quotations are built from them: a bracketed number in a document does not name one of our
    passages.
    """
    parts: list[str] = []
    start = 0
    for match in MARKER.finditer(text):
        if _PART.search(match[3]):
            parts.append(text[start : match.start()].strip())
            start = match.end()
    if not start:
        return [text]
    parts.append(text[start:].strip())
    return [part for part in parts if any(map(str.isalnum, part))]
