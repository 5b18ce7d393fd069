"""Grounding: markers `[n]`, and whether the cited passages support each statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.content import Lexicon, Vocabulary, WeightedTerms
from ragtenancy.domain.languages import detect
from ragtenancy.domain.numbers import held_numbers, is_computed, numbers
from ragtenancy.domain.refusals import is_refusal
from ragtenancy.domain.safe_text import SafeText
from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.sources import Reason, Source, Unsupported

FAIR_SHARE = 0.5
FAIR_SHARE_WITH_NUMBERS = 0.34
NEARLY_ALL = 0.85
FEW_TERMS = 2  # so few make no statement that needs a passage
_CLOSERS = "\"'\u201d\u2019\u00bb)*_"
_BRACKETS = r"\[[ \tS0-9,;\-\u2013]{1,60}\]"
_END = re.compile(
    rf"[.!?\u2026]+[{_CLOSERS}]*(?:[ \t]*{_BRACKETS})*[ \t]+(?=[^\s\[])"
    rf"|[\u3002\uff01\uff1f][\u300d\u300f\u201d\uff09]*(?:[ \t]*{_BRACKETS})*(?=[^\s\[\u300d\u300f\u201d\uff09])"
    r"|\n"
)
_LIST_NUMBER = re.compile(r"\s*\(?\d{1,3}[.)]?\s*\Z")
_LEAD = re.compile(
    r"\s*(?:#{1,6}\s|>|[-*+\u2022\u2013]\s|\(?\d{1,3}[.)]\s|(?:step|schritt|\u00e9tape|paso) \d+\b\W*)*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u2013]\s|\(?\d{1,3}[.)]\s|\|)")
_HEADING = re.compile(r"\s*(?:#{1,6}\s.*|\*\*[^*]+\*\*:?)\s*\Z")
_RULE = re.compile(r"[\s|:=_*-]+\Z")
_COURTESY = re.compile(
    r"(?:let me know|feel free|(?:i |i'm |we )?hope|(?:i'm |i am )?(?:happy|glad|sorry)|please (?:ask|note|let)"
    r"|if you (?:have|need)|is there anything|you're welcome|based on|according to the|gerne|ich hoffe"
    r"|wenn sie|n'h\u00e9sitez|j'esp\u00e8re|espero|no dude)\b",
    re.IGNORECASE,
)
_AFFIRMS = re.compile(
    r"\A\W*(?:yes|no|yeah|sure|certainly|of course|ja|nein|oui|non|sí|si|sì|sim|não|nee|tak|nie)\b",
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

    @property
    def is_item(self) -> bool:
        """Whether it is a list item or a table row."""
        return bool(_ITEM.match(self.text))


class Evidence:
    """One passage prepared for comparison with statements; its headings and name count too."""

    def __init__(self, passage: Source, vocabulary: Vocabulary) -> None:
        self._name, self._headings, self._body = passage.filename, passage.section, passage.text
        self._text = "\n".join([passage.filename, *passage.section, passage.text])
        self._vocabulary = vocabulary

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content terms."""
        return self._vocabulary.of(self._text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its numbers."""
        return held_numbers(self._text)

    @cached_property
    def units(self) -> Sequence[tuple[frozenset[str], frozenset[str]]]:
        """The terms and numbers of each sentence with the next one, and of each row."""
        found: list[tuple[frozenset[str], frozenset[str]]] = []
        names = "\n".join([self._name, *self._headings])
        head = ""
        for line in self._body.splitlines():
            row = line.lstrip().startswith("|")
            head = (head or line) if row else ""
            pieces = [f"{head}\n{line}"] if row else sentences(line, self._body)
            for at, piece in enumerate(pieces):
                near = "".join(pieces[at : at + 2])
                terms = self._vocabulary.of(f"{names}\n{piece}")
                found.append((terms, held_numbers(f"{names}\n{near}")))
        return found

    @cached_property
    def words(self) -> str:
        """Its words in sequence, for verbatim quotations."""
        return _words(self._text)

    @cached_property
    def language(self) -> str | None:
        """Its language, if known."""
        return detect(self._text)


class Passages:
    """The given passages, and the question, whose own words need no passage."""

    def __init__(self, passages: Sequence[Source], question: str, lexicon: Lexicon) -> None:
        self._vocabulary = Vocabulary(lexicon, TermStatistics())
        self._evidence = [Evidence(passage, self._vocabulary) for passage in passages]
        self._asked = self._vocabulary.of(question)
        self._asked_numbers = held_numbers(question)
        self._judged: dict[tuple[str, tuple[int, ...]], Reason | None] = {}

    def __len__(self) -> int:
        return len(self._evidence)

    def new_terms(self, text: str) -> frozenset[str]:
        """Return a statement's content terms that are not in the question, without numbers."""
        return frozenset(
            t for t in self._vocabulary.of(_AFFIRMS.sub("", text)) - self._asked if not t.isdigit()
        )

    def says_nothing(self, text: str) -> bool:
        """Return whether a text states nothing: rules, connectives, courtesies, headings."""
        return bool(_RULE.match(text)) or not (numbers(_bare(text)) or self.new_terms(_bare(text)))

    def is_small(self, text: str) -> bool:
        """Return whether a text is too small to need a passage of its own."""
        bare = _bare(text)
        return not numbers(bare) and len(self.new_terms(bare)) <= FEW_TERMS

    def missing(self, text: str, cited: Sequence[int]) -> Reason | None:
        """Return why passages together do not support a statement, None if they do.

        They must hold every number, or two stated with it of which it is the difference or sum, and
        a fair share of the content words, which are not compared if statement and passage are in
        different languages.
        """
        judged = text, tuple(cited)
        if judged not in self._judged:
            self._judged[judged] = self._missing(text, cited)
        return self._judged[judged]

    def _missing(self, text: str, cited: Sequence[int]) -> Reason | None:
        bare = _bare(text)
        evidence = [self._evidence[n - 1] for n in cited]
        if not evidence:
            return "not_cited"
        quoted = _words(bare)
        if any(quoted in each.words for each in evidence):
            return None
        stated = numbers(bare)
        held = frozenset().union(self._asked_numbers, *(each.numbers for each in evidence))
        borne = [number for number in stated if not number.isdisjoint(held)]
        if any(number.isdisjoint(held) and not is_computed(number, borne) for number in stated):
            return "number_not_in_passage"
        if borne and self._elsewhere(bare, borne, evidence):
            return "number_not_in_passage"
        least = FAIR_SHARE_WITH_NUMBERS if stated else FAIR_SHARE
        if self._share(bare, evidence) < (NEARLY_ALL if is_refusal(bare) else least):
            return "not_in_passage"
        return None

    def _elsewhere(
        self, text: str, stated: Sequence[frozenset[str]], evidence: Sequence[Evidence]
    ) -> bool:
        """Return whether sentences or rows hold nearly all the words, but none has the number.

        "Own wedding: 4 days" is not supported by the wedding's row with 3 and another with 4.
        """
        every = self._vocabulary.weighted([Reading(text)])
        weights = {term: w for term, w in every.weights.items() if not term.isdigit()}
        terms = WeightedTerms(weights, every.synonyms, frozenset())
        if not weights:
            return False
        least = NEARLY_ALL * sum(weights.values())
        close = [
            numbers
            for each in evidence
            for held, numbers in each.units
            if terms.weight_held(held) >= least
        ]
        return bool(close) and any(
            number.isdisjoint(self._asked_numbers.union(*close)) for number in stated
        )

    def _share(self, text: str, evidence: Sequence[Evidence]) -> float:
        new = self.new_terms(text)
        if not new or _another_language(text, evidence):
            return 1.0
        held = frozenset().union(*(each.terms for each in evidence))
        every = self._vocabulary.weighted([Reading(text)])
        weights = {term: every.weights[term] for term in new}
        return WeightedTerms(weights, every.synonyms, every.unknown).coverage(held)


class CheckedAnswer:
    """A streamed answer, sanitised, with only its valid markers.

    A marker stays if its passage was given and supports the text before it. The first marker of a
    statement, and the text after it, are held back to the statement's end. The output does not
    depend on how the text was cut into pieces.
    """

    def __init__(self, passages: Sequence[Source], question: str, lexicon: Lexicon) -> None:
        self._safe = SafeText([passage.text for passage in passages])
        self._passages = Passages(passages, question, lexicon)
        self._said = ""  # of the open statement
        self._held = ""
        self._length = 0
        self._statements: list[Statement] = []

    @property
    def cited(self) -> frozenset[int]:
        """The numbers of the passages whose markers remain."""
        return frozenset(n for statement in self._statements for n in statement.cited)

    def feed(self, text: str) -> str:
        """Take a piece of the answer; return the text that is final."""
        self._held += self._safe.feed(text)
        return self._decided()

    def finish(self) -> str:
        """Return the remaining text."""
        self._held += self._safe.finish()
        out = self._decided()
        return out + self._close(len(self._held)) if self._said or self._held else out

    def unsupported(self) -> list[Unsupported]:
        """Return the unsupported statements; call it after the answer's end."""
        return list(self._unsupported())

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
        found = [m for m in MARKER.finditer(held) if named(m[3], len(self._passages)) is not None]
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
                yield Unsupported(range=(statement.start, statement.end), reason=reason)

    def _uncited(self, at: int, statement: Statement, every: Sequence[int]) -> Reason | None:
        """Return why the answer's passages do not support a statement without a marker."""
        text = statement.text
        if self._passages.says_nothing(text) or _HEADING.match(text) or is_refusal(text):
            return None
        following = self._statements[at + 1] if at + 1 < len(self._statements) else None
        if following is not None and _RULE.match(following.text) and "|" in following.text:
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


def _bare(text: str) -> str:
    """Return a statement without its line's opening (bullet, number or quote)."""
    return text[_LEAD.match(text).end() :]  # type: ignore[union-attr]


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _another_language(text: str, evidence: Sequence[Evidence]) -> bool:
    own = detect(text)
    return own is not None and all(
        each.language is not None and each.language != own for each in evidence
    )


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


def without_markers(text: str) -> str:
    """Return a text without anything that looks like a marker."""
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
