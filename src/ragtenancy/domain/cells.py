"""Cells of tables, and the kinds of their values: number, date, period, code, words, prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from ragtenancy.domain.attribute_names import (
    ATTRIBUTES,
    CJK_ENDS,
    COMPOUND_ENDS,
    INSIDE_CJK,
    MONTHS,
    WEEKDAYS,
)

LONGEST_LABEL = 60
MOST_WORDS = 8
FEWEST_NUMBERS = 3
FEWEST_CJK, MOST_CJK = 3, 12


class CellKind(Enum):
    """The kind of a cell's value; `BLANK` includes a dash and "n/a".

    `NAME` is a firm by its legal form, or a person by a title or an initial.
    """

    BLANK = auto()
    NUMBER = auto()
    DATE = auto()
    PERIOD = auto()
    CODE = auto()
    CONTACT = auto()
    MARK = auto()
    NAME = auto()
    WORDS = auto()
    PROSE = auto()


class Cell(Struct, frozen=True, kw_only=True, gc=False):
    """A cell at a place of its grid, both counted from 0; it covers `down` rows, `across` columns.

    `is_header` repeats what the file says (`th`, a repeated header row); `is_bold` and `is_shaded`
    are how it looks, by itself or by a table style. `is_number` says that the file holds a number
    or a date, whatever the text is; without it the text decides.
    """

    row: int
    column: int
    text: str
    down: int = 1
    across: int = 1
    is_header: bool = False
    is_bold: bool = False
    is_shaded: bool = False
    is_number: bool = False

    @property
    def kind(self) -> CellKind:
        """The kind of its value; words with a number ("Region 4") count as a code."""
        return _kind_in_cell(self.text, self.is_number)


EMPTY = Cell(row=-1, column=-1, text="")
"""What stands where a grid has no cell."""

_CURRENCY = r"(?:[€$£¥₹₽]|[A-Z]{3}|CHF|US\$|Fr\.|Kč|zł|kr\.?|元|円|원)"
_DIGITS = r"[-+−±~≈<>≤≥]{0,2}\s?\d[\d.,' \u00a0\u202f\u2009’]*"
_UNIT = r"(?:%|‰|°[CF]?|[^\W\d_]{1,14}\.?(?:\s?/\s?[^\W\d_]{1,10}|[²³])?|[^\W\d_]{1,8}\s(?:per|pro|par|por)\s[^\W\d_]{1,10})"
_NUMBER = re.compile(
    rf"\(?(?:ca\.?|max\.?|min\.?|bis|up to|from|ab)?\s?{_CURRENCY}?\s?{_DIGITS}(?:[-–—x×/:]\s?{_DIGITS}){{0,2}}\)?"
    rf"\s?(?:\.?[-–—]{{1,2}})?\s?(?:{_CURRENCY}|{_UNIT})?\)?\Z"
)
_BETWEEN_NUMBERS = re.compile(r"\s[/;+·|]\s|[;,]\s|\s?\(|\)")
_AMOUNT_UNIT = re.compile(r"[^\d\s.,'()+\-−–]+(?:\s?/\s?\w+)?")
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{4}|\d{2})?"
    r"|\d{1,2}(?:\.|st|nd|rd|th)?\s(?:de\s)?[^\W\d_]{3,10}\.?,?\s(?:de\s)?\d{4}|[^\W\d_]{3,10}\.?\s\d{1,2},?\s\d{4}"
    r"|\d{4}[年년]\s?\d{1,2}[月월](?:\s?\d{1,2}[日일])?)(?:[T,\s]+\d{1,2}[:.]\d{2}(?::\d{2})?)?(?:\s?[AP]M)?\Z"
)
_TIME = re.compile(
    r"\d{1,2}[:h]\d{2}(?::\d{2})?(?:\s?(?:[AaPp]\.?[Mm]\.?|Uhr))?(?:\s?[-–—]\s?\d{1,2}[:h]\d{2}.{0,5})?\Z"
)
_YEAR = r"(?:1[89]|20)\d{2}(?:\s?[/–-]\s?(?:\d{4}|\d{2}))?"
_QUARTER = r"(?:[QqTt][1-4]|[1-4][QqTt]|[HhSs][12]|[1-4]\.\s?(?:Quartal|Halbjahr|Trimester)|第[一二三四1-4]季度|[1-4]분기)"
_PERIOD = re.compile(
    rf"(?:(?:FY|GJ|EX|CY|Exercice|Year|Jahr|Anno|Año|Année|YE)?\s?'?{_YEAR}\s?[AEFBPRe年년*]?\b\.?|{_QUARTER}(?:[\s/.'-]*(?:{_YEAR}|\d{{2}}))?"
    rf"|{_YEAR}[\s/.-]*{_QUARTER}|(?:KW|CW|W|Week|Woche)\s?\d{{1,2}}|\d{{1,2}}月|\d{{4}}-\d{{2}})\Z"
)
_NAMED_PERIOD = re.compile(r"([^\W\d_]+)\.?(?:[\s'/-]*(?:(?:1[89]|20)?\d{2}))?\Z")
_CODE = re.compile(
    r"(?=.*\d)(?=.*[^\W\d_])[\w./_#&-]+\Z|\d{7,}\Z|[A-Z]{2}\d{2}(?:\s?[\dA-Z]{2,4}){3,}\Z|0\d+\Z"
)
_NUMBERED = re.compile(r"[^\W\d_][^\d]{0,30}\s(?:No\.?\s?|Nr\.?\s?|#)?\d{1,5}[a-z]?\Z")
_CONTACT = re.compile(
    r"\S+@\S+\.\S+\Z|(?:https?://|www\.)\S+\Z|\+\d[\d ()/.-]{6,}\Z|\(?0\d{1,5}\)?[\s/-]\d[\d \-/]{3,}\Z"
)
_NAME = re.compile(
    r"(?:\b(?:GmbH(?: & Co\.? KG)?|AG|KG|OHG|e\.V\.|eG|SE|Ltd|LLC|LLP|Inc|Corp|plc|PLC|Co|S\.?A|S\.?A\.?S|SARL|S\.?r\.?l|S\.?p\.?A|S\.?L|BV|B\.V"
    r"|NV|AB|ApS|Oy|sp\. z o\.o|s\.r\.o|GbR|KK|Pty)\.?|\w(?:有限公司|株式会社|주식회사))\Z"
    r"|\A(?:株式会社|주식회사|ООО|ОАО|АО|ЗАО)\s?\w"
    r"|\A(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Dipl|M|Mme|Mlle|Sr|Sra|Dña|Sig|Dhr|Mevr|Pan|Pani)\.?\s|[A-Z]\.\s)[A-ZÀ-Þ][^\W\d_]+"
)
_TOTAL = re.compile(
    r"(?:(?:grand |sub-?|net )?total|sum|(?:gesamt|zwischen)?summe|gesamt|insgesamt|somme|suma|totale|totaal|totalt|razem|ogółem"
    r"|celkem|összesen|итого|всего|合计|总计|小计|合計|総計|小計|합계|총계|소계|المجموع)\b",
    re.IGNORECASE,
)
_MARKS_TEXT = """
x X ✓ ✔ ✗ ✘ ☐ ☑ ☒ ● ○ • ja nein yes no oui non sí si no sì true false wahr falsch vrai
faux да нет 是 否 有 无 はい いいえ
"""
_MARKS = frozenset(_MARKS_TEXT.split())
_BLANKS = frozenset(
    ("-", "–", "—", "n/a", "N/A", "n.a.", "k. A.", "k.A.", "n. v.", "s/o", "./.", "/", "…", "...")
)
_SENTENCE_END = re.compile(r"[.!?。！？]\Z")
_WORD = re.compile(r"[^\W\d_]+")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_COLONS = (":", "：")
_COUNTED = re.compile(r"([^\W\d_][^\d]{0,30}\s)(\d{1,4})\Z")
_PLAIN_NUMBER = re.compile(r"\d{1,6}\Z")
_UNITS_TEXT = """
kg g mg t m cm mm km m² m2 m³ m3 l ml h min s ms d V W kW kWh MW MWh A Hz °C °F % ‰ EUR
USD GBP CHF € $ £ TEUR T€ Mio Mio. Mrd Mrd. k€ EUR/kg €/m² GB MB TB bar Pa N Nm pcs pc
Stk Stk. Stück St St. days Tage months Monate jours mois h/Tag ppm 元 万元 亿元 円 千円 百万円 个 件
公斤 吨 units
"""
_UNITS = frozenset(_UNITS_TEXT.split())
_UNIT_MARKS = re.compile(
    r"\A\s*(?:in |en )?[(\[]?\s*(?:in |en )?(.*?)\s*[)\]]?\s*\Z", re.IGNORECASE
)


@lru_cache(maxsize=16_384)
def _kind_in_cell(text: str, is_number: bool) -> CellKind:  # noqa: FBT001 - cached by position
    kind = kind_of(text, is_number=is_number)
    return CellKind.CODE if is_numbered(text, kind) else kind


@lru_cache(maxsize=16_384)
def kind_of(text: str, *, is_number: bool = False) -> CellKind:
    """Return the kind of a cell; `is_number` if its file holds a number or date."""
    shown = " ".join(text.split())
    if not shown or shown in _BLANKS:
        return CellKind.BLANK
    if len(shown) <= LONGEST_LABEL:
        found = _short_kind(shown)
        if found is not None:
            return found
    if is_number:
        return CellKind.NUMBER
    return CellKind.PROSE if _is_prose(shown) else CellKind.WORDS


def _short_kind(shown: str) -> CellKind | None:
    if not any(map(str.isnumeric, shown)):
        if shown.lower() in _MARKS:
            return CellKind.MARK
        if _CONTACT.match(shown):
            return CellKind.CONTACT
        if _NAME.search(shown):
            return CellKind.NAME
        return CellKind.PERIOD if _is_named_period(shown) else None
    for pattern, kind in _PATTERNS:
        if pattern.match(shown):
            return kind
    if _is_named_period(shown):
        return CellKind.PERIOD
    return CellKind.NUMBER if _is_several_numbers(shown) else None


def _is_several_numbers(shown: str) -> bool:
    """Return whether a text is quantities alone, as `230 V / 50 Hz` or `10 kg (22 lb)`."""
    parts = [part.strip() for part in _BETWEEN_NUMBERS.split(shown)]
    return all(_NUMBER.match(part) for part in parts if part)


_PATTERNS = (
    (_PERIOD, CellKind.PERIOD),
    (_DATE, CellKind.DATE),
    (_TIME, CellKind.DATE),
    (_CONTACT, CellKind.CONTACT),
    (_CODE, CellKind.CODE),
    (_NUMBER, CellKind.NUMBER),
)


def _is_named_period(shown: str) -> bool:
    """Return whether a text is a month or a weekday, perhaps with a year."""
    found = _NAMED_PERIOD.match(shown)
    return found is not None and found[1].lower() in _PERIOD_NAMES


_PERIOD_NAMES = MONTHS | WEEKDAYS


def _is_prose(shown: str) -> bool:
    words = len(shown.split())
    if _WITHOUT_SPACES.search(shown):
        return len(shown) > LONGEST_LABEL // 2 or bool(_SENTENCE_END.search(shown))
    ends = bool(_SENTENCE_END.search(shown)) and words > MOST_WORDS // 2
    return len(shown) > LONGEST_LABEL or words > MOST_WORDS or ends


def shape_of(text: str, *, is_number: bool = False) -> object:
    """Return a kind with its unit: values of one column share it, values of a form do not.

    A name with a number ("Region 4") has the shape of a code.
    """
    kind = _kind_in_cell(text, is_number)
    if kind is CellKind.NUMBER:
        unit = _AMOUNT_UNIT.search(text)
        return kind, unit[0].rstrip("s.") if unit else ""
    return kind


def is_numbered(text: str, kind: CellKind) -> bool:
    """Return whether words end in a number, as "Region 4" does."""
    return kind is CellKind.WORDS and bool(_NUMBERED.match(text))


def is_label(text: str) -> bool:
    """Return whether a text can name a row or column: short words, or a period."""
    return kind_of(text) in (CellKind.WORDS, CellKind.PERIOD)


def ends_with_colon(text: str) -> bool:
    """Return whether a text ends as a label does."""
    return text.rstrip().endswith(_COLONS)


@lru_cache(maxsize=16_384)
def is_attribute(text: str) -> bool:
    """Return whether a text names an attribute: `Phone`, `Date of birth`, `Kundennummer`, `电话`."""
    shown = " ".join(text.split()).rstrip("".join(_COLONS)).lower()
    if not shown or len(shown) > LONGEST_LABEL or re.search(r"\d", shown):
        return False
    if any(piece in shown for piece in INSIDE_CJK) or (
        len(shown) >= FEWEST_CJK and shown.endswith(CJK_ENDS)
    ):
        return len(shown) <= MOST_CJK
    words = _WORD.findall(shown)
    if not words or len(words) > MOST_WORDS - 2:
        return False
    return any(word in ATTRIBUTES for word in (words[0], words[-1], *_heads(words))) or any(
        word.endswith(COMPOUND_ENDS) for word in words if len(word) > 6
    )


def _heads(words: Sequence[str]) -> Sequence[str]:
    """Return the second word: in Romance languages the head precedes, after an article follows."""
    return words[1:2] if len(words) > 2 else ()


def is_total(text: str) -> bool:
    """Return whether a row or column with this name sums others up."""
    return bool(_TOTAL.match(text.strip()))


def is_unit(text: str) -> bool:
    """Return whether a cell is a unit of measurement, such as `kg`, `(EUR)` or `[in %]`."""
    found = _UNIT_MARKS.match(text)
    return found is not None and found[1] in _UNITS


def is_progression(texts: Sequence[str]) -> bool:
    """Return whether cells are distinct periods or dates, or three numbers of one step and more.

    Names that count up by one, such as `Team 1` and `Team 2`, are a progression, too.
    """
    if len(texts) < 2 or len(set(texts)) < len(texts):
        return False
    if {kind_of(text) for text in texts} <= {CellKind.PERIOD, CellKind.DATE} or _count_up(texts):
        return True
    if len(texts) < FEWEST_NUMBERS or not all(map(_PLAIN_NUMBER.match, texts)):
        return False
    numbers = list(map(int, texts))
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1


def _count_up(texts: Sequence[str]) -> bool:
    counted = [found for text in texts if (found := _COUNTED.match(" ".join(text.split())))]
    if len(counted) < len(texts) or len({found[1] for found in counted}) > 1:
        return False
    return all(int(after[2]) - int(before[2]) == 1 for before, after in pairwise(counted))
