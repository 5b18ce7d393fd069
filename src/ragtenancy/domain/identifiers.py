"""Identifiers: codes named by a question, to be found in passages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

from ragtenancy.domain.comparable import comparable, ungrouped

_UNITS = (
    r"(?:[munpkcdMG]?(?:m|g|l|s|b|w|v|a|h|hz|bar|pa|j)|mm|cm|km|kg|mg|ml|cl|dl|kw|kwh|mah|ah|mb|gb|tb|kb|mhz|ghz|px|pt"
    r"|h|hrs?|min|mins|sec|am|pm|x|k|m|bn|mio|mrd|eur|usd|gbp|chf|nm|rpm|db|dpi|in|ft|lb|lbs|oz|c|f|d|y|st|nd|rd|th|ern?|e|te[nrs]?|ème|o)"
)
_QUANTITY = re.compile(rf"\d+(?:[.,]\d+)?\.?{_UNITS}(?:[²³23])?", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?:fy|cy)\d{2,4}(?:q[1-4])?|q[1-4](?:\d{2}|\d{4})?|h[12](?:\d{2}|\d{4})?|\d{2,4}s|[1-4][qh]\d{0,4}",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{1,2}[-./]\d{1,2}[-./](?:\d{2}|\d{4})|\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}:\d{2}(?::\d{2})?"
    r"|\d{4}[-/]\d{2,4}|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?)"
)
_MIXED = re.compile(
    r"(?<![\w.@/-])(?=[\w./-]*\d)(?=[\w./-]*[^\W\d_])[^\W_]+(?:[-._/][^\W_]+)*(?![\w@])"
)
_GROUPED = re.compile(r"(?<![\w.-])\d+(?:[-./_]\d+){2,}(?![\w-])")
_NAMED = re.compile(
    r"(?:\b(?:version|release|error|fault|code|article|item|order|invoice|ticket|case|contract|policy|clause|section|annex"
    r"|appendix|bug|issue|part|model|fehler|artikel|auftrag|rechnung|vertrag|ziffer|erreur|commande|facture|artículo"
    r"|pedido|factura)(?: (?:no\.?|nr\.?|number|nummer|code))?|§|\bno\.|\bnr\.)\s*[:#]?\s*(?P<number>[a-z]?\d+(?:[.\-/]\d+)*[a-z]?)\b",
    re.IGNORECASE,
)
_HYPHENATED_WORD = re.compile(
    r"(?:\d+|[^\W\d_]+)(?:-[^\W\d_]{2,})+|(?![A-Z]+-)[^\W\d_]{2,}-\d{1,2}|\d+-[^\W\d_]{3,}.*"
)
_SPOKEN = re.compile(
    r"[-._/][a-z]{2,}[-._/]|\d(?:st|nd|rd|th)[-._/]"
)  # a word between joints: 3rd-and-9
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_PIECES = re.compile(r"[^\W\d_]+|\d+")
_JOINTS = r"[\s\-._/]{0,2}"
_CODE_LETTERS = 6  # more letters in a row than a code's have: a word


class Identifier(Struct, frozen=True):
    """A code as typed, with its normalised form for comparison.

    For a bare number, `after` is the kind of word before it: `version 7.4`.
    """

    text: str
    after: str = ""

    @property
    def pieces(self) -> tuple[str, ...]:
        """The runs of letters and of digits, case folded."""
        return tuple(_PIECES.findall(_folded(self.text)))

    @property
    def shape(self) -> str:
        """The pattern of codes of one kind: the letters, and a sign per run of digits."""
        return self.after + "".join("9" if piece.isdigit() else piece for piece in self.pieces)


def identifiers_in(text: str) -> list[Identifier]:
    """Return the codes that a text names, each once, in order.

    Codes are tokens of letters and digits mixed (`E021`, `NB-1002`, `v2.3.1`), three or more groups
    of digits (`10-200-3`), and numbers right after a word such as version, error, order or §.
    Quantities, ordinals, times, dates, quarters, fiscal years and hyphenated words do not count.
    """
    shown = _plain(text)
    found: dict[int, Identifier] = {}
    for match in _NAMED.finditer(shown):
        number = match["number"]
        word = re.split(r"[\s:#]", match[0].strip())[0].casefold()
        found[match.start("number")] = Identifier(number, word if number[0].isdigit() else "")
    for match in (*_MIXED.finditer(shown), *_GROUPED.finditer(shown)):
        token = match[0].rstrip("./-_")
        if match.start() not in found and not _is_none(token):
            found[match.start()] = Identifier(token)
    once = {(each.pieces, each.after): found[at] for at, each in sorted(found.items())}
    return list(once.values())


def holds(text: str, wanted: Identifier) -> bool:
    """Return whether a text holds a code, ignoring case and joints: `E21`, `e-21`, `E 21`."""
    return bool(_pattern(wanted).search(_folded(text)))


def holds_shape(text: str, wanted: Identifier) -> bool:
    """Return whether a text holds any code of the same shape."""
    return bool(_pattern(wanted, shape=True).search(_folded(text)))


def missing(wanted: Iterable[Identifier], texts: Sequence[str]) -> list[str]:
    """Return the codes, as typed, that no text holds although some hold codes of the same shape."""
    return [
        each.text
        for each in wanted
        if not any(holds(text, each) for text in texts)
        and any(holds_shape(text, each) for text in texts)
    ]


@lru_cache(maxsize=512)
def _pattern(wanted: Identifier, *, shape: bool = False) -> re.Pattern[str]:
    pieces = [r"\d+" if shape and p.isdigit() else re.escape(p) for p in wanted.pieces]
    body = _JOINTS.join(pieces)
    if wanted.after:
        whole = r"\d+(?:[.\-/]\d+)*" if shape else _number_pattern(_folded(wanted.text))
        before = (
            rf"{re.escape(wanted.after)}(?: (?:no\.?|nr\.?|number|nummer|code))?\s*[:#]?\s*"
            if shape
            else ""
        )
        return re.compile(rf"(?<![\w.]){before}{whole}(?!\w|\.\d)")
    return re.compile(rf"(?<![^\W_]){body}(?![^\W_])")


def _number_pattern(number: str) -> str:
    """Return the pattern of a number after its word; thousands may be set apart by full stops."""
    if number.isdigit() or _THOUSANDS.fullmatch(number):
        digits = number.replace(".", "")
        first = len(digits) % len("000") or len("000")
        return r"\.?".join([digits[:first], *re.findall("...", digits[first:])])
    return r"[.\-/]".join(map(re.escape, re.split(r"[.\-/]", number)))


def _folded(text: str) -> str:
    return _plain(text).casefold()


def _plain(text: str) -> str:
    return ungrouped(comparable(text))


def _is_none(token: str) -> bool:
    return bool(
        _QUANTITY.fullmatch(token)
        or _PERIOD.fullmatch(token)
        or _DATE.fullmatch(token)
        or _HYPHENATED_WORD.fullmatch(token)
        or _SPOKEN.search(token)
        or not token.isascii()
        or max(map(len, re.findall(r"[^\W\d_]+", token)), default=0) > _CODE_LETTERS
    )
