"""What speaks for a unit: the question's terms that it holds, its cosine, its kind of value."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from ragtenancy.adapters.extractive.units import Unit
from ragtenancy.domain.content import Vocabulary, WeightedTerms
from ragtenancy.domain.questions import Kind

HEADING, LEAD, ABOVE, TITLE = 0.85, 0.8, 0.45, 0.5

_MONEY = re.compile(
    r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN)\b|\beuros?\b|\bdollars?\b|\bpounds?\b|\bcents?\b)"
    r"\s?\d|\d[\d.,]*\s?(?:[€$£¥%]|EUR\b|USD\b|GBP\b|CHF\b|euros?\b|dollars?\b|cents?\b|per cent\b)"
    r"|\bfree(?: of charge)?\b|\bkostenlos|\bgratuit|\bgratis\b",
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
    r"|\b\d{1,2}(?:st|nd|rd|th)\b|\bcentur(?:y|ies)\b|\b(?:after|before|until|once|as soon as|within|when|by) \w+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d,]|\.\d)")
_NAME = re.compile(r"(?<!^)(?<![.!?:] )\b[A-Z][\w'\u2019-]+|[\w.]+@[\w.]+")
_SITE = re.compile(
    r"(?<!^)(?<![.!?:] )\b[A-Z][\w'\u2019-]+|\b(?:in|on|at|under|inside|behind|near|next to|above|below|im|am|unter"
    r"|auf|dans|sur|en)\s+\w+|\b\w+\.(?:example|com|org|net)\b|@",
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
_CURRENCY = re.compile(r"[€$£¥]|\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|euros?|dollars?|pounds?)\b")
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
    Kind.YEAR: _YEAR,
}


def offers(text: str, kind: Kind) -> float:
    """Return 1 where a text holds a value of the kind, 0 where it holds none, ½ where any will do."""
    pattern = _OFFERS.get(kind)
    if pattern is None:
        return 0.5
    if pattern.search(text):
        return 1.0
    if kind is Kind.AMOUNT and _CURRENCY.search(text) and re.search(r"\d", text):
        return 1.0
    return 0.5 if kind in (Kind.AMOUNT, Kind.MEASURE) and re.search(r"\d", text) else 0.0


def offered(unit: Unit, kind: Kind) -> float:
    """Return what `offers` says of a unit's text."""
    known = unit.facts.offered
    if kind not in known:
        known[kind] = offers(unit.text, kind)
    return known[kind]


class Coverage(Struct, frozen=True):
    """How much of the question's weight a unit holds: in its own words, and with its place's."""

    own: float
    placed: float
    precision: float


class Coverages:
    """How much of what is asked units hold; each text of a turn is looked at once."""

    def __init__(self, asked: WeightedTerms, vocabulary: Vocabulary) -> None:
        self._asked = asked
        self._total = asked.total or 1.0
        self._of = vocabulary.of
        self._told: dict[str, Mapping[str, float]] = {"": {}}
        self._around: dict[tuple[str, str, str], tuple[Mapping[str, float], float]] = {}

    def of(self, unit: Unit, above: str) -> Coverage:
        """Return how much a unit holds; `above` is the sentence before it."""
        itself, before = self._credits(unit.text), self._credits(above)
        around, weight = self._place(unit)
        if not itself and not before:
            return Coverage(0.0, min(1.0, weight / self._total), 0.0)
        best = _with(_with(around, before, ABOVE), itself, 1.0)
        own = self._of(unit.text)
        return Coverage(
            min(1.0, self._asked.weight_of(itself) / self._total),
            min(1.0, self._asked.weight_of(best) / self._total),
            len(own & self._asked.telling) / max(len(own), 1),
        )

    def _credits(self, text: str) -> Mapping[str, float]:
        known = self._told.get(text)
        if known is None:
            known = self._told[text] = self._asked.credits(self._of(text))
        return known

    def _place(self, unit: Unit) -> tuple[Mapping[str, float], float]:
        """Return what a unit's headings and lead are credited, and what that weighs."""
        heading, above = unit.section[-1] if unit.section else "", unit.facts.headings_above
        known = self._around.get((heading, unit.lead, above))
        if known is None:
            best = _with({}, self._credits(heading), HEADING)
            best = _with(best, self._credits(unit.lead), LEAD)
            best = _with(best, self._credits(above), TITLE)
            known = best, self._asked.weight_of(best)
            self._around[heading, unit.lead, above] = known
        return known


def _with(
    best: Mapping[str, float], told: Mapping[str, float], share: float
) -> Mapping[str, float]:
    """Return the credits of terms, or a share of other ones where that is more."""
    if not told:
        return best
    raised = {term: max(share * credit, best.get(term, 0.0)) for term, credit in told.items()}
    return {**best, **raised}
