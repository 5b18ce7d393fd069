"""Captions of tables: titles, units and legends that hold for every row, and notes below."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_CAPTION = 160
MOST_WORDS = 20

_NUMBERED = re.compile(
    r"(?:table|tab\.?|tabelle|tableau|tabla|tabella|tabela|taulukko|tabell|таблица|табл\.|表格?|표)\s*(?:\d[\d.-]*[a-z]?|[IVX]+|[A-Z][.-]?\d*)\s*(?:[:.()–—-]|\Z|[^\W\d_a-z])",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"(?:fig|abb|bild|diagram|chart|grafik|graph|photo|image|illustration|rys|рис|图|図|圖)",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:(?:thousands?|millions?|billions?|thsd\.?|tsd\.?|tausend|mio\.?|mrd\.?|millionen|milliarden|milliers|millones|miles"
    r"|milhares|milhões|migliaia|milioni|mill\.|тыс\.?|млн\.?|млрд\.?|duizenden|miljoen|tys\.|mln)\b"
    r"|T€|k€|m€|TEUR|KEUR|MEUR|EUR|USD|GBP|CHF|JPY|CNY|PLN|RUB|SEK|DKK|NOK|euros?|dollars?|pounds?|francs?"
    r"|kg|tonnes?|tons?|tonnen|litres?|liters?|km²?|m²|m³|cm|mm|kWh|MWh|GWh"
    r"|percent|per cent|prozent|pour cent|руб\.?|рублей|units|stück|pieces|[€$£¥%‰])"
)
_UNIT_NOTE = re.compile(
    rf"(?:\b(?:in|en|em|w|в|i)\s+(?:\w+\s+){{0,2}}?{_UNIT}(?!\w)|[(\[]\s*{_UNIT}(?:\s+\w+)?\s*[)\]]"
    r"|(?:单位|單位|単位|단위)\s*[:：]?|\b(?:unit|units|einheit|einheiten|unités?|unidad|unidades|unità)\s*:)",
    re.IGNORECASE,
)
_LEGEND = re.compile(
    r"(?:(?:legend|legende|légende|leyenda|legenda|key|图例|凡例)\s*[:：])|(?:\b\w{1,3}|[✓✔✗●○*†])\s?=\s?\S+.*[,;]",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[!?]|\b[^\W\d_]{4,}\.\s+\S")
_FOOTING = re.compile(
    r"(?:sources?|quellen?|notes?|hinweise?|anmerkung(?:en)?|remarques?|notas?|fuentes?|fontes?|fonte|nota bene|n\.?b\.?|bron"
    r"|źródło|источник|примечание|注|备注|来源|資料|出典|출처)\s*[:：.]|[*†‡¹²³]|\d\)\s",
    re.IGNORECASE,
)


def is_caption(text: str) -> bool:
    """Return whether a paragraph directly above a table belongs to it: number, unit or legend."""
    shown = text.strip()
    if not shown or len(shown) > LONGEST_CAPTION or "\n" in shown:
        return False
    return bool(_NUMBERED.match(shown)) or is_unit_note(shown)


def is_unit_note(text: str) -> bool:
    """Return whether a text says in which unit values are, or what their marks mean."""
    shown = text.strip()
    if len(shown) > LONGEST_CAPTION or len(shown.split()) > MOST_WORDS or _SENTENCES.search(shown):
        return False
    return bool(_UNIT_NOTE.search(shown) or _LEGEND.match(shown))


def is_of_figure(text: str) -> bool:
    """Return whether a caption is that of a picture."""
    return bool(_FIGURE.match(text.strip()))


def is_footing(text: str) -> bool:
    """Return whether a row below a table is a note about it, such as `Source: …`."""
    return bool(_FOOTING.match(text.strip()))


def joined_caption(texts: Sequence[str]) -> str:
    """Return several titles as one line."""
    return " – ".join(" ".join(text.split()) for text in dict.fromkeys(texts) if text)
