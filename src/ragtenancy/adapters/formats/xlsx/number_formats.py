"""Numbers as a sheet shows them: number formats of ECMA-376, part 1, §18.8.30 and §18.8.31.

Decimal point and grouping comma are those of the file, whatever the reader's locale. A value whose
display hides more than a thousandth of it is followed by the value: `13% (12.5%)`. An ambiguous or
shortened date is followed by its ISO form: `03/04/2024 (2024-04-03)`. No library that does this is
kept up: `ssf` on PyPI was last released in 2020.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from functools import cached_property, lru_cache

from msgspec import Struct

from ragtenancy.adapters.formats.xlsx.date_formats import DATE_TOKENS, shown_date

GENERAL = "General"
ISO_DATE = "[ISO]yyyy-mm-dd"
_ISO_TIME = "[ISO]yyyy-mm-dd hh:mm"
_BUILT_IN = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    **dict.fromkeys((5, 6), "#,##0;-#,##0"),
    **dict.fromkeys((7, 8), "#,##0.00;-#,##0.00"),
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    **dict.fromkeys((14, *range(27, 32), 34, 35, 36, *range(50, 59), 71, 72), ISO_DATE),
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: _ISO_TIME,
    32: "h:mm",
    33: "h:mm:ss",
    **dict.fromkeys((37, 38, 41, 42), "#,##0;-#,##0"),
    **dict.fromkeys((39, 40, 43, 44), "#,##0.00;-#,##0.00"),
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    59: "0",
    60: "0.00",
    61: "#,##0",
    62: "#,##0.00",
    67: "0%",
    68: "0.00%",
    69: "# ?/?",
    70: "# ??/??",
}


def built_in(number: int) -> str:
    """Return the code of a built-in format; those that depend on the locale show no currency."""
    return _BUILT_IN.get(number, GENERAL)


_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>General)'
    r"|(?P<exponent>E[+-])|(?P<half>AM/PM|A/P|上午/下午)"
    r"|(?P<letters>y+|m+|d+|h+|s+|e+|b+|a{3,})|(?P<mark>[0#?.,%/@])|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;"\\\[])+|(?<=;)(?=;|\Z)|\A(?=;)')
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\Z")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)


class Token(Struct, frozen=True):
    """A piece of a format's section: `kind` is `text`, `mark`, `date`, `elapsed` or `general`."""

    kind: str
    text: str


class Section(Struct, frozen=True, kw_only=True, dict=True):
    """One of the sections between semicolons."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    language: int = 0
    is_iso: bool = False

    @cached_property
    def is_date(self) -> bool:
        """Return whether it shows a date, a time or a duration."""
        return any(token.kind in DATE_TOKENS for token in self.tokens)

    @cached_property
    def marks(self) -> frozenset[str]:
        """Return the marks that it contains, such as `@` or `/`."""
        return frozenset(token.text for token in self.tokens if token.kind == "mark")

    def has(self, mark: str) -> bool:
        """Return whether it contains a mark."""
        return mark in self.marks


@lru_cache(maxsize=2_048)
def sections_of(code: str) -> Sequence[Section]:
    """Return the sections of a format code, at most four."""
    return [section_of(part) for part in parts_of(code)] or [section_of(GENERAL)]


def parts_of(code: str) -> list[str]:
    """Return the sections between semicolons, at most four."""
    return _SECTION.findall(code[:1_000])[:4]


def section_of(code: str) -> Section:
    """Return one section."""
    tokens: list[Token] = []
    condition, language, is_iso = None, 0, False
    for found in _TOKEN.finditer(code):
        bracket = found["bracket"]
        if bracket is None:
            tokens += _tokens(found)
        elif bracket.startswith("$"):
            symbol, _, locale = bracket[1:].partition("-")
            tokens += [Token("text", symbol)] if symbol else []
            language, is_iso = _language(locale), is_iso or _is_of_system(locale)
        elif compared := _CONDITION.match(bracket):
            condition = (compared[1], Decimal(compared[2]))
        elif _ELAPSED.fullmatch(bracket):
            tokens.append(Token("elapsed", bracket.lower()))
        else:
            is_iso = is_iso or bracket == "ISO"
    return Section(tokens=tuple(tokens), condition=condition, language=language, is_iso=is_iso)


def _language(locale: str) -> int:
    """Return the primary language of a locale's identifier."""
    try:
        return int(locale[-4:], 16) & 0x3FF
    except ValueError:
        return 0


def _is_of_system(locale: str) -> bool:
    """Return whether the system's long date is meant, which differs between machines."""
    return locale.upper() in ("F800", "X-SYSDATE")


def _tokens(found: re.Match[str]) -> list[Token]:
    text = found.group()
    match found.lastgroup:
        case "quoted" | "escaped":
            return [Token("text", found[found.lastgroup])]
        case "literal":
            return [Token("text", text)]
        case "mark" | "general":
            return [Token(found.lastgroup, text)]
        case "exponent":
            return [Token("exponent", text.upper())]
        case "letters":
            return [Token("date", text.lower())]
        case "half":
            return [Token("half", text)]
        case _:
            return [Token("text", " ")] if text.startswith("_") else []


def shown_text(text: str, code: str) -> str:
    """Return a text cell as its format shows it."""
    if code in (GENERAL, "@"):
        return text
    sections = sections_of(code)
    own = sections[3] if len(sections) == 4 else next((s for s in sections if s.has("@")), None)
    if own is None:
        return text
    shown = (text if token == Token("mark", "@") else token.text for token in own.tokens)
    return "".join(shown)


EXACT = 15
"""The most digits of a stored fraction that Excel keeps."""


def decimal_of(value: str) -> Decimal | None:
    """Return a stored number with at most 15 digits if it has a fraction, as Excel shows it."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 400:
        return None
    is_whole = number == number.to_integral_value()
    if not is_whole and len(number.as_tuple().digits) > EXACT:
        return Decimal(f"{number:.{EXACT}g}")
    return number


def shown_number(number: Decimal, code: str, *, from_1904: bool = False) -> str:
    """Return a number as its format shows it, with the value where the display hides it."""
    if code == GENERAL:
        return general(number)
    section, value = _chosen(number, sections_of(code))
    if section.is_date:
        return shown_date(
            number, section.tokens, section.language, from_1904=from_1904, iso=section.is_iso
        ) or general(number)
    if section.has("@") and not section.has("0"):
        return "".join(
            general(number) if token.text == "@" else token.text for token in section.tokens
        )
    return _shown_value(number, value, section)


def _shown_value(number: Decimal, value: Decimal, section: Section) -> str:
    with localcontext(prec=60):
        text, rounded = _rendered(abs(value), section)
    sign = "-" if value < 0 and any(each in "123456789" for each in text) else ""
    text = sign + " ".join(text.split())
    return text + _hidden_part(number, rounded, section) if text.strip() else ""


def _chosen(number: Decimal, sections: Sequence[Section]) -> tuple[Section, Decimal]:
    """Return the section for a number, and the number with the sign that remains to be shown."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        last = numeric[-1]
        chosen = next((s for s in numeric if s.condition and _meets(number, s.condition)), last)
        shows_sign = chosen.condition is None or chosen.condition[0] not in ("<", "<=")
        return chosen, number if shows_sign else _unsigned(number, chosen)
    if number < 0 and len(numeric) > 1:
        return numeric[1], _unsigned(number, numeric[1])
    if number == 0 and len(numeric) > 2:
        return numeric[2], number
    return numeric[0], number


def _unsigned(number: Decimal, section: Section) -> Decimal:
    """Return the absolute value, unless only a colour tells that it is negative."""
    is_number = not section.marks.isdisjoint("0#?")
    return number if is_number and not has_words(section) else abs(number)


def has_words(section: Section) -> bool:
    """Return whether a section shows text beside its digits."""
    return any(token.kind == "text" and token.text.strip() for token in section.tokens)


def _meets(number: Decimal, condition: tuple[str, Decimal]) -> bool:
    sign, bound = condition
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }[sign]


_LARGEST, _SMALLEST = 21, -10


def general(number: Decimal) -> str:
    """Return a number without format: integers in full, fractions with 15 digits."""
    if number == number.to_integral_value():
        number = number.to_integral_value() if number.adjusted() < _LARGEST else number
    else:
        number = Decimal(f"{number:.{EXACT}g}")
    if not number:
        return "0"
    number = number.normalize() if number.adjusted() >= _LARGEST else number
    if _SMALLEST <= number.adjusted() < _LARGEST:
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{number.normalize():E}"


_HIDDEN_SHARE = Decimal("0.001")
TYPED = 6
"""The most digits of a value that looks typed rather than computed."""


def _hidden_part(number: Decimal, rounded: Decimal | None, section: Section) -> str:
    """Return the value in brackets if it was typed with a few digits and the display hides some."""
    if rounded is None or not number or len(number.normalize().as_tuple().digits) > TYPED:
        return ""
    if abs(abs(number) - rounded) <= abs(number) * _HIDDEN_SHARE and not _is_scaled(section):
        return ""
    percent = section.has("%")
    return f" ({general(number * 100 if percent else number)}{'%' * percent})"


def _is_scaled(section: Section) -> bool:
    return _layout(section.tokens).thousands > 0


class Layout(Struct, frozen=True, kw_only=True):
    """A numeric section: places of digits before and after the point, and its scale."""

    whole: Sequence[Token]
    decimals: Sequence[Token]
    rest: Sequence[Token]
    grouped: bool
    thousands: int
    percents: int


@lru_cache(maxsize=2_048)
def _layout(tokens: tuple[Token, ...]) -> Layout:
    places = [i for i, t in enumerate(tokens) if t.kind == "mark" and t.text in "0#?"]
    point = next((i for i, t in enumerate(tokens) if t == Token("mark", ".")), None)
    exponent = next((i for i, t in enumerate(tokens) if t.kind == "exponent"), len(tokens))
    end = exponent if point is None else point
    before = [i for i in places if i < end]
    last = max(before, default=-1)
    commas = [i for i, t in enumerate(tokens) if t == Token("mark", ",")]
    scaling = sum(
        last < i < exponent and (i < end or not _places_between(places, i)) for i in commas
    )
    after = [i for i in places if end < i < exponent]
    stop = max([*after, *([point] if point is not None else [])], default=end - 1) + 1
    kept = [t for t in tokens[:end] if t != Token("mark", ",")]
    return Layout(
        whole=kept,
        decimals=tokens[end + 1 : stop] if point is not None else (),
        rest=[t for t in tokens[stop if point is not None else end :] if t != Token("mark", ",")],
        grouped=any(before and before[0] < i < last for i in commas),
        thousands=scaling,
        percents=sum(t == Token("mark", "%") for t in tokens),
    )


def _places_between(places: Sequence[int], comma: int) -> bool:
    return any(place > comma for place in places)


def _rendered(value: Decimal, section: Section) -> tuple[str, Decimal | None]:
    """Return a number's text, and the number that it says; None if that is exact enough."""
    tokens = section.tokens
    if any(token.kind == "general" for token in tokens):
        return "".join(general(value) if t.kind == "general" else t.text for t in tokens), None
    if section.has("/"):
        return _fraction(value, tokens), None
    layout = _layout(tokens)
    if any(token.kind == "exponent" for token in tokens):
        return _scientific(value, layout), None
    if not any(t.kind == "mark" and t.text in "0#?" for t in tokens):
        return "".join(token.text for token in tokens), None
    scale = Decimal(100) ** layout.percents / Decimal(1_000) ** layout.thousands
    places = sum(t.kind == "mark" for t in layout.decimals)
    rounded = (value * scale).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return _digits(rounded, layout) + _texts(layout.rest), rounded / scale


def _texts(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens if token.text not in ("#", "?", "."))


def _digits(rounded: Decimal, layout: Layout) -> str:
    whole, _, decimals = f"{rounded:f}".partition(".")
    text = _whole(whole.lstrip("0"), layout)
    shown = decimals
    marks = [token.text for token in layout.decimals if token.kind == "mark"]
    while shown and marks[len(shown) - 1] in "#?" and shown.endswith("0"):
        shown = shown[:-1]
    others = "".join(token.text for token in layout.decimals if token.kind != "mark")
    return f"{text}.{shown}{others}" if shown else text + others


def _whole(digits: str, layout: Layout) -> str:
    """Return the part before the point; literals between digits keep their places."""
    places = [i for i, t in enumerate(layout.whole) if t.kind == "mark" and t.text in "0#?"]
    if not places:
        return _texts(layout.whole) + digits
    least = sum(layout.whole[i].text == "0" for i in places)
    needed = max((len(places) - n for n, i in enumerate(places) if layout.whole[i].text == "0"), default=0)  # fmt: skip
    digits = digits.rjust(max(least, needed), "0")
    between = layout.whole[places[0] : places[-1] + 1]
    if all(token.kind == "mark" for token in between):
        shown = f"{int(digits):,}" if layout.grouped and len(digits.lstrip("0")) > 3 else digits
        return _texts(layout.whole[: places[0]]) + shown + _texts(layout.whole[places[-1] + 1 :])
    return _spread(digits, layout.whole, places)


def _spread(digits: str, tokens: Sequence[Token], places: Sequence[int]) -> str:
    pieces = [token.text for token in tokens]
    for place in reversed(places):
        is_first = place == places[0]
        pieces[place], digits = (digits, "") if is_first else (digits[-1:], digits[:-1])
    return "".join(pieces)


def _scientific(value: Decimal, layout: Layout) -> str:
    step = max(1, sum(t.kind == "mark" and t.text in "0#?" for t in layout.whole))
    exponent = value.adjusted() if value else 0
    exponent -= exponent % step if step > 1 else 0
    places = sum(t.kind == "mark" for t in layout.decimals)
    unit = Decimal(1).scaleb(-places)
    mantissa = value.scaleb(-exponent).quantize(unit, rounding=ROUND_HALF_UP)
    if step == 1 and mantissa >= 10:
        exponent += 1
        mantissa = value.scaleb(-exponent).quantize(unit, rounding=ROUND_HALF_UP)
    at = next(i for i, token in enumerate(layout.rest) if token.kind == "exponent")
    width = sum(token.text == "0" for token in layout.rest[at:])
    sign = "-" if exponent < 0 else "+" * layout.rest[at].text.endswith("+")
    suffix = _texts([t for t in layout.rest[at + 1 :] if t.kind == "text"])
    plain = Layout(
        whole=layout.whole,
        decimals=layout.decimals,
        rest=(),
        grouped=False,
        thousands=0,
        percents=0,
    )
    return f"{_digits(mantissa, plain)}E{sign}{abs(exponent):0{max(width, 1)}d}{suffix}"


def _fraction(value: Decimal, tokens: Sequence[Token]) -> str:
    """Return a number as `1 1/2`, by the denominator's digits or by a fixed denominator."""
    slash = next(i for i, t in enumerate(tokens) if t == Token("mark", "/"))
    fixed = "".join(t.text for t in tokens[slash + 1 :] if t.text.isdigit()).lstrip("0")
    width = sum(t.kind == "mark" and t.text in "0#?" for t in tokens[slash + 1 :])
    mixed = any(t == Token("text", " ") for t in tokens[:slash])
    exact = Fraction(value)
    whole = int(exact) if mixed else 0
    part = exact - whole
    if fixed:
        shown = Fraction(round(part * int(fixed)), 1)
        above, below = int(shown), int(fixed)
    else:
        part = part.limit_denominator(10 ** max(1, min(width, 4)) - 1)
        above, below = part.numerator, part.denominator
    if mixed and above == below:
        whole, above = whole + 1, 0
    if not above:
        return str(whole)
    return f"{whole} {above}/{below}" if whole else f"{above}/{below}"
