"""Values: the kinds in a text, quantities with their units, and comparisons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.domain.questions import Kind

_MONEY = re.compile(
    r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN)\b|\beuros?\b|\bdollars?\b|\bpounds?\b|\bcents?\b)"
    r"\s?\d|\d[\d.,]*\s?(?:[€$£¥%]|EUR\b|USD\b|GBP\b|CHF\b|euros?\b|dollars?\b|cents?\b|per ?cent\b)"
    r"|[\d一二三四五六七八九十百千万萬亿億两]\s?(?:元|円|圓|块|塊|欧元|歐元|美元)|\bfree(?: of charge)?\b|\bkostenlos|\bgratuit|\bgratis\b",
    re.IGNORECASE,
)
_SMALL = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
_COUNTED = re.compile(
    rf"[\d一二三四五六七八九十百千万两]|\b(?:{_SMALL}|dozen|hundred|thousand|million|half|twice|once|none|no)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?:\d|\b(?:{_SMALL}|a|an|ein|eine|einen|zwei|drei|vier|un|une|deux|trois|dos|tres)\b)[\d.,]*\s?-?(?:working |business "
    r"|calendar |full )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|nights?|sekunden?|minuten?"
    r"|stunden?|tage?n?|werktage?n?|wochen?|monate?n?|jahre?n?|heures?|jours?|semaines?|mois|ans?|horas?|días?"
    r"|semanas?|meses|años?|min\b|h\b)|[\d一二三四五六七八九十百两半]+ ?(?:个)?(?:年|月|天|日|小时|分钟|周|週間|ヶ月|時間)|\b(?:daily|weekly|monthly|yearly|annually|quarterly|every \w+|täglich"
    r"|wöchentlich|monatlich|jährlich|at once|immediately|until|by the end|unlimited|indefinite)\b",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    rf"(?:\d|\b(?:{_SMALL})\b)[\d.,]*\s?(?:[kcm]?m|met(?:er|re)s?|mètres?|metros?|feet|inch(?:es)?"
    r"|pages?|seiten?|páginas?|words?|wörter|mots|palabras?|characters?|zeichen|caractères?|caracteres?)\b",
    re.IGNORECASE,
)
_MONTHS = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|januar|februar"
    r"|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre"
    r"|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_DAYS = (
    r"mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|weekends?|montags?|dienstags?"
    r"|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
)
_DATE = re.compile(
    rf"(?<!\d)(?:1[0-9]|20)\d\d(?!\d)|\d ?[年月日号時点]|\b(?:{_MONTHS}|{_DAYS})\b|\b\d{{1,2}}(?::\d\d)?\s?(?:[ap]\.?m\b|uhr\b|o'clock)|\b\d{{1,2}}[:.h]\d\d\b"
    r"|\b(?:first|second|third|fourth|fifth|sixth|seventh|last) (?:\w+ )?(?:day|week|month|quarter|year)\b"
    r"|\b(?:bis|innerhalb|binnen|spätestens|sobald|vor dem|nach dem|avant|après|dès|dans un délai|hasta|antes de"
    r"|después de|dentro de) \w+"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b|\bcentur(?:y|ies)\b|\b(?:after|before|until|once|as soon as|within|when|by) \w+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?!\d|[.,]\d)|[〇零一二三四五六七八九]{4}年")
_EARLIER_YEAR = re.compile(
    r"(?<![\d.,])[1-9]\d{2,3}(?!\d|[.,]\d)|\b(?:century|jahrhundert|siècle|siglo)", re.IGNORECASE
)
_NAME = re.compile(
    rf"(?<!^)(?<![.!?:] )\b(?!(?i:{_MONTHS}|{_DAYS})\b)[A-Z][\w'\u2019-]+|[\w.]+@[\w.]+"
)
_SITE = re.compile(
    r"(?<!^)(?<![.!?:] )\b[A-Z][\w'\u2019-]+|\b(?:in|on|at|under|inside|behind|near|next to|above|below|im|am|unter"
    r"|auf|dans|sur|en)\s+\w+|[\u4e00-\u9fff](?:省|市|县|縣|区|區|州|国|國|镇|鎮|村|街|路|楼|樓|室)|\b\w+\.(?:example|com|org|net)\b|@",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"\d[\d.,]*\s?(?:%|°|[a-zA-Zµ²³]{1,4}\b|millimet|centimet|met(?:er|re)|kilo|lit(?:er|re)|inch|feet|degrees)",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"\b(?:means?|is an?|are|is the|refers? to|stands for|denotes|bedeutet|bezeichnet|heißt|est une?|désigne"
    r"|es una?|significa)\b|^[^.:]{2,40}: \S",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\+?\d[\d ()/-]{5,}\d|[\w.+-]+@[\w.-]+\w|\b(?:www\.|https?://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,8}\b"
)
_NUMBER_WORD = (
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|billions?|dozens?"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w*zig|dreißig|\w*hundert|\w*tausend|millionen|milliarden?"
    r"|deux|trois|quatre|cinq|sept|huit|neuf|dix|vingt|trente|quarante|cinquante|soixante|cent|mille|milliards?"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|veinte|treinta|cuarenta|cincuenta|cien|mil|millones"
)
_WORDED = re.compile(rf"\b(?:{_NUMBER_WORD})\b", re.IGNORECASE)
_SHARE = re.compile(
    rf"\d\s?[%\uff05]|百分之|(?:\d|\b(?:{_NUMBER_WORD}|one|an?|ein|un)) (?:per ?cent|Prozent|pour cent|por ciento)\b"
    rf"|\b(?:half|(?:{_NUMBER_WORD}|one|a) (?:third|quarter|fifth|tenth)s?|(?:one|\d+) (?:in|out of) (?:{_NUMBER_WORD}|\d+)"
    r"|hälfte|drittel|viertel|moitié|(?:un|deux) tiers|un quart|mitad|tercio)\b",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[€$£¥]|\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|euros?|dollars?|pounds?)\b")
_PRICED = re.compile(
    r"\b(?:price|cost|fee|rent|rate|charge|amount|total|sum|\w*preis|\w*kosten|\w*betrag|gebühr|miete|summe"
    r"|prix|montant|tarif|coût|loyer|precio|importe|coste)s?\b[^.;:\d]{0,20}: ?\d",
    re.IGNORECASE,
)
_PAYMENTS = re.compile(  # amounts counted in payments of a time: "two months' rent"
    rf"(?:\d[\d.,]*|\b(?:{_NUMBER_WORD}|one|an?|ein|eine[rmn]?|une?))\s"
    r"(?:\w*(?:tages|wochen|monats|jahres)\w*(?:miete|pacht|gehalt|gehält|lohn|löhn|verdienst|rate|satz|sätz|beitrag|beiträg|gebühr)\w*"
    r"|(?:day|week|month|year)(?:s['\u2019]|['\u2019]s) (?:rent|pay|salary|wages?|fees?|earnings)\b"
    r"|(?:jours?|semaines?|mois|ans?) de (?:loyer|salaire|traitement)s?\b"
    r"|(?:días?|semanas?|mes(?:es)?|años?) de (?:alquiler|renta|salario|sueldo)s?\b)",
    re.IGNORECASE,
)
_OF_ANOTHER_KIND = re.compile(  # numbers that are no amount of money
    rf"(?i:\d[\d.,]*(?:st|nd|rd|th)?\.?\s?-?(?:{_MONTHS}|{_DAYS}|uhr|o'clock|[ap]\.?m)\b(?:,?\s\d{{4}})?"
    rf"|\b(?:{_MONTHS})\s\d+(?:st|nd|rd|th)?\b(?:,?\s\d{{4}})?)"
    r"|\b\d{1,2}:\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{4}-\d\d-\d\d\b"
    r"|\b[A-Z][a-z]+ \d{1,2}\b(?![.,]?\d)"
)
_ENUMERATES = re.compile(r"\w, (?:[\w-]+ ){0,2}[\w-]+(?:,|,? (?:and|or|und|oder|et|ou|y|o)) \w")
_OFFERS: Mapping[Kind, re.Pattern[str]] = {
    Kind.AMOUNT: _MONEY,
    Kind.CONTACT: _CONTACT,
    Kind.COUNT: _COUNTED,
    Kind.DATE: _DATE,
    Kind.DEFINITION: _DEFINES,
    Kind.DIFFERENCE: _COUNTED,
    Kind.DURATION: _DURATION,
    Kind.LIST: _ENUMERATES,
    Kind.MEASURE: _MEASURE,
    Kind.PERSON: _NAME,
    Kind.PLACE: _SITE,
    Kind.SHARE: _SHARE,
    Kind.YEAR: _YEAR,
}


def offers(text: str, kind: Kind) -> float:
    """Return 1 if a text holds a value of the kind, 0 if not, ½ if any will do."""
    pattern = _OFFERS.get(kind)
    if pattern is None:
        return 0.5
    if kind is Kind.AMOUNT and _PAYMENTS.search(text):
        return 1.0
    if kind is Kind.DURATION:
        text = _PAYMENTS.sub("", text)
    if pattern.search(text):
        return 1.0
    if kind is Kind.AMOUNT:
        text = _OF_ANOTHER_KIND.sub("", _DURATION.sub("", text))
        number = re.search(r"\d", text) or _WORDED.search(text)
        priced = _PRICED.search(text) or (_CURRENCY.search(text) and number)
        return 1.0 if priced else 0.5 * bool(number)
    if kind is Kind.YEAR:
        return 0.5 if _EARLIER_YEAR.search(text) else 0.0
    if kind is Kind.DURATION:
        return 0.5 if _LENGTH.search(text) else 0.0
    return 0.5 if kind is Kind.MEASURE and re.search(r"\d", text) else 0.0


_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*\Z")
_NUMBER = re.compile(r"[-+]?\d[\d.,\u00a0\u202f' ]*\d|\d")
QUANTITY = re.compile(  # a value, whereas "Gyra 12" is a name
    r"(?:(?:from|up to|about|approx\.?|max\.?|min\.?|at (?:most|least)|over|under|below|above|ca\.?|ab|bis(?: zu)?"
    r"|rund|env\.?|dès|desde|hasta)\s+)?(?:[A-Z]{2,3}|[€$£¥])?\s?[-+\u2212]?\d(?!\d*[A-Za-z]+\d)",
    re.IGNORECASE,
)
_ASKED_NUMBER = re.compile(r"(?<![\w.-])(\d+(?:[.,]\d+)?)\s?(%|[a-zA-Z]+)?")
_UP_TO = re.compile(
    r"\b(?:up to|below|under|less than|at most|max\.?|bis(?: zu)?|unter|jusqu'à|hasta)\s+[^\d]{0,4}(\d[\d.,]*)",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"(?:\b(?:over|above|more than|at least|from|from|ab|über|mehr als|plus de|más de)\s+[^\d]{0,4}(\d[\d.,]*)|(\d[\d.,]*)[^\d]{0,4}\s?(?:or more|and more|and above|or longer|and over|oder mehr|\+))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"(\d[\d.,]*)[^\d]{0,4}\s?(?:to|-|\u2013|bis|à|a|and|und)\s?[^\d]{0,4}(\d[\d.,]*)",
    re.IGNORECASE,
)


def with_unit(value: str, column: str) -> str:
    """Return a value with the unit in brackets from its column: `Waiting time (weeks)`."""
    unit = _IN_BRACKETS.search(column)
    return f"{value} {unit[1]}" if unit else value


def number_in(text: str) -> float | None:
    """Return the first number of a cell, None if there is none; reads `1,290` and `1.290,50`."""
    found = _NUMBER.search(text)
    if not found:
        return None
    digits = re.sub(r"[\s\u00a0\u202f']", "", found[0])
    if "," in digits and "." in digits:
        last = max(digits.rfind(","), digits.rfind("."))
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    elif "," in digits or "." in digits:
        mark = "," if "," in digits else "."
        whole, _, rest = digits.rpartition(mark)
        thousands = (
            len(rest) == 3 and whole.lstrip("-+0") != "" and (mark == "," or digits.count(mark) > 1)
        )
        digits = (
            digits.replace(mark, "") if thousands or digits.count(mark) > 1 else f"{whole}.{rest}"
        )
    try:
        return float(digits)
    except ValueError:
        return None


_SCALES: Sequence[tuple[str, float]] = (
    (r"milliseconds?|ms", 0.001), (r"seconds?|sekunden?|sec|s", 1), (r"minutes?|minuten?|min", 60),
    (r"hours?|stunden?|heures?|horas?|hrs?|h", 3_600), (r"(?:working |business )?days?|(?:werk)?tage?n?|jours?|días?|d", 86_400),
    (r"weeks?|wochen?|semaines?|semanas?", 604_800), (r"months?|monate?n?|mois|mes(?:es)?", 2_629_800),
    (r"years?|jahre?n?|ans?|années?|años?", 31_557_600), (r"mg", 1e-6), (r"g", 1e-3), (r"t|tonnes?", 1e3), (r"mm", 1e-3),
    (r"cm", 1e-2), (r"km", 1e3), (r"ml", 1e-3), (r"cl", 1e-2), (r"mb", 1e6), (r"gb", 1e9), (r"tb", 1e12), (r"kw", 1e3),
    (r"millions?|mio\.?|m", 1e6), (r"billions?|mrd\.?|bn", 1e9), (r"k", 1e3),
)  # fmt: skip
_UNIT = re.compile(r"\d[\d.,]*\s?-?([^\W\d_]+(?: days?)?)")


def quantity_in(text: str) -> float | None:
    """Return the first number of a cell in its base unit: 4 weeks as seconds."""
    number = number_in(text)
    unit = _UNIT.search(text)
    if number is None or unit is None:
        return number
    scales = (scale for names, scale in _SCALES if re.fullmatch(names, unit[1], re.IGNORECASE))
    return number * next(scales, 1.0)


def numbers_asked(question: str) -> list[float]:
    """Return the standalone numbers of a question: `92 %`, `12 hours`, but not `E21`."""
    return [float(m[1].replace(",", ".")) for m in _ASKED_NUMBER.finditer(question)]


def within(number: float, text: str) -> bool:
    """Return whether a number is in the range spelt by a text: `8 to 24`, `97 or more`."""
    between = _BETWEEN.search(text)
    if between:
        low, high = (number_in(between[1]), number_in(between[2]))
        return low is not None and high is not None and low <= number <= high
    below = _UP_TO.search(text)
    if below:
        bound = number_in(below[1])
        return bound is not None and number <= bound
    above = _FROM.search(text)
    if above:
        bound = number_in(above[1] or above[2])
        return bound is not None and number >= bound
    return False


def difference(high: str, low: str) -> str | None:
    """Return the difference of two quantities with their unit; None if the units differ."""
    frames = [_NUMBER.sub("{}", text, count=1) for text in (high, low)]
    if unit_of(high) != unit_of(low):
        return None
    apart = round(abs((number_in(high) or 0.0) - (number_in(low) or 0.0)), 6)
    number = f"{apart:.6f}".rstrip("0").rstrip(".")
    return frames[0].replace("{}", number) if frames[0] == frames[1] else number


class Bound(Struct, frozen=True, kw_only=True):
    """A question's bound on a quantity, with its wording: `less than 600 euros`.

    The bounds themselves are included if it is `inclusive`.
    """

    said: str
    low: str | None
    high: str | None
    inclusive: bool

    def holds(self, value: str) -> bool:
        """Return whether a cell's quantity is within bounds; converts units if both have one."""
        own = number_in(value)
        if own is None:
            return False
        for bound, sign in ((self.low, 1), (self.high, -1)):
            if bound is None:
                continue
            apart = (_compared(value, own, bound)) * sign
            if apart < 0 or (apart == 0 and not self.inclusive):
                return False
        return True


def bound_in(question: str) -> Bound | None:
    """Return the bound in a question, None if there is none."""
    between = _BOUND_BETWEEN.search(question)
    if between:
        low, high = between["low"], between["high"]
        return Bound(said=between[0], low=low, high=high, inclusive=True)
    for pattern, is_low in ((_AT_MOST, False), (_LESS, False), (_AT_LEAST, True), (_MORE, True)):
        found = pattern.search(question)
        if found:
            number = found["number"]
            return Bound(
                said=found[0],
                low=number if is_low else None,
                high=None if is_low else number,
                inclusive=pattern in (_AT_MOST, _AT_LEAST),
            )
    return None


def spells_range(text: str) -> bool:
    """Return whether a cell states a range: `8 to 24`, `from 90`."""
    return any(pattern.search(text) for pattern in (_BETWEEN, _UP_TO, _FROM))


def unit_of(text: str) -> str:
    """Return the word or sign beside the first number of a text, in lower case."""
    found = _UNIT.search(text) or re.search(r"([€$£¥%])", text)
    return found[1].lower() if found else ""


def _compared(value: str, own: float, bound: str) -> float:
    """Return a cell's value minus a bound."""
    converted, wanted = quantity_in(value), quantity_in(bound)
    plain = number_in(bound)
    if converted is None or wanted is None or plain is None:
        return 0.0
    return own - plain if wanted == plain else converted - wanted


def _bounded(words: str, *, name: str = "number") -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b[^\d.?!;:]{{0,12}}?(?P<{name}>{_AMOUNT})", re.IGNORECASE)


_AMOUNT = r"(?:\d[\d.,']*\d|\d)(?:\s?(?:%|[€$£]|[^\W\d_]+))?"
_THAN = r"(?: (?:than|als|que|de))"
_AT_MOST = _bounded(
    r"at most|up to|no more than|not more than|maximum of|within|höchstens|maximal|bis zu|au plus|jusqu'à|como máximo|hasta"
)
_AT_LEAST = _bounded(
    r"at least|no less than|minimum of|mindestens|ab|au moins|à partir de|al menos|como mínimo"
)
_LESS = _bounded(
    rf"under|below|(?:less|fewer|cheaper|lighter|shorter|lower|smaller|quieter|narrower|younger|weniger|billiger|günstiger"
    rf"|leichter|kürzer|kleiner|leiser|niedriger|moins|menos){_THAN}|unter"
)
_MORE = _bounded(
    rf"over|above|exceed\w*|(?:more|longer|heavier|higher|larger|greater|bigger|louder|wider|older|mehr|länger|schwerer|höher"
    rf"|größer|teurer|dearer|plus|más){_THAN}|über"
)
_BOUND_BETWEEN = re.compile(
    rf"\b(?:between|zwischen|entre) (?P<low>{_AMOUNT}) (?:and|und|et|y) (?P<high>{_AMOUNT})",
    re.IGNORECASE,
)


HIGHEST = ["most", "highest", "dearest", "longest", "largest", "biggest", "fastest", "heaviest", "loudest", "oldest", "tallest", "deepest", "widest", "strongest", "hottest", "warmest", "latest", "newest", "greatest", "farthest", "thickest", "teuerste", "teuersten", "höchste", "höchsten", "längste", "längsten", "größte", "größten", "schnellste", "schnellsten", "schwerste", "lauteste", "meisten", "meiste", "plus", "más", "mayor", "wärmste", "älteste", "best"]  # fmt: skip
LOWEST = ["least", "cheapest", "lowest", "shortest", "smallest", "slowest", "lightest", "quietest", "youngest", "fewest", "coldest", "coolest", "earliest", "nearest", "narrowest", "thinnest", "weakest", "günstigste", "günstigsten", "billigste", "billigsten", "niedrigste", "niedrigsten", "kürzeste", "kürzesten", "kleinste", "kleinsten", "leichteste", "leiseste", "wenigsten", "moins", "menos", "menor", "worst"]  # fmt: skip
# Adjectives of superlatives and comparisons, with the words of columns that measure them.
MEASURED_BY: Sequence[tuple[str, str]] = (
    (
        r"cheap|dear|expensive|günstig|billig|teuer|chère?|cher|cara?|barat[oa]|cost",
        "price cost fee rate",
    ),
    (r"heav|light|weigh|schwer|leicht", "weight"),
    (r"loud|quiet|noise|laut|leis", "noise"),
    (r"fast|slow|quick|schnell|langsam", "speed time"),
    (r"long|short|läng|kürz", "length duration time period term range loan"),
    (r"tall", "height"),
    (r"wide|narrow|breit", "width"),
    (r"big|large|small|größ|klein", "size capacity volume"),
    (r"strong|weak|powerful|stark", "power"),
    (r"hot|warm|cold|cool", "temperature"),
    (r"old|new|young|recent|late|early", "year date age release"),
    (r"far|near|close", "distance range"),
)
_LASTS = re.compile(
    r"time|duration|period|minutes|hours|days|weeks|zeit|dauer|frist|durée|délai|tiempo|plazo",
    re.IGNORECASE,
)


def direction(question: str) -> int:
    """Return 1 for a question about the highest, -1 about the lowest, 0 about neither."""
    words = re.findall(r"[^\W\d_]+", question.lower())
    high = next((i for i, w in enumerate(words) if w in HIGHEST), None)
    low = next((i for i, w in enumerate(words) if w in LOWEST), None)
    if high is None and low is None:
        return 0
    if low is None or (high is not None and high < low):
        return 1
    return -1


def sign_of(question: str, label: str) -> int:
    """Return whether the highest or lowest value answers: the fastest takes the least time."""
    sign = direction(question)
    fast = re.search(r"\b(?:fast|quick|slow|soon|schnell|langsam)\w*", question, re.IGNORECASE)
    return -sign if fast and _LASTS.search(label) else sign


def measure_words(question: str) -> str:
    """Return possible column names for the adjectives of a question."""
    return " ".join(
        words
        for pattern, words in MEASURED_BY
        if re.search(rf"\b(?:{pattern})", question, re.IGNORECASE)
    )
