"""Styles and paragraph properties: heading level, list, preformatted, contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.docx.looks import RunLook, is_shaded, run_look
from ragtenancy.adapters.formats.docx.xml import (
    VAL,
    child_switch,
    child_value,
    integer,
    w,
)
from ragtenancy.domain.bold_headings import Emphasis

BODY_LEVEL = 9
_LONGEST_CHAIN = 32

# ruff: noqa: RUF001 - the names are in their own languages
_HEADING_NAMES = re.compile(
    r"(?:heading|überschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|otsikko|nagłówek"
    r"|nadpis|címsor|başlık|заголовок|标题|標題|見出し|제목)\s*([0-9])(?:\s+char)?\Z"
)
_TITLE_NAMES = frozenset(
    (
        "title",
        "titel",
        "titre",
        "título",
        "titolo",
        "tittel",
        "tytuł",
        "标题",
        "標題",
        "表題",
        "제목",
    )
)
_BESIDE_TITLES = frozenset(
    ("subtitle", "untertitel", "sous-titre", "subtítulo", "sottotitolo", "author", "date", "副标题")
)
_NO_HEADING_NAMES = re.compile(
    r"caption|illustration|drawing|figure\Z|table\Z|header|footer|quote|signature|salutation|closing"
    r"|envelope|comment|footnote|endnote|list|abstract|address"
)
_CODE_NAMES = re.compile(
    r"(?:source ?code|html preformatted|preformatted text|code(?: block)?|verbatim|macro text)\Z"
)
# Word stores the names of its own styles in English, LibreOffice calls them contents and indexes.
_CONTENTS_NAMES = re.compile(
    r"(?:(?:toc|contents|index|(?:figure|illustration|table|object|user) index)"
    r" (?:[0-9]+|heading|separator)|table of (?:figures|authorities)|toa heading)\Z"
)
_CAPTION_NAMES = frozenset(
    [
        "beschriftung",
        "beskrivning",
        "bijschrift",
        "bildetekst",
        "billedtekst",
        "caption",
        "didascalia",
        "epígrafe",
        "kuvaotsikko",
        "legenda",
        "legende",
        "légende",
        "podpis",
        "tabelle",
        "table",
        "tablecaption",
        "titulek",
        "图表标题",
        "図表番号",
        "캡션",
        "题注",
    ]
) | {"название объекта", "table caption"}


class ListPlace(Struct, frozen=True, kw_only=True):
    """A list and a level (0 to 8) in it; None if not stated."""

    number_id: str | None = None
    level: int | None = None


class Look(Struct, frozen=True, kw_only=True, dict=True):
    """The effective look of a style, including its base styles.

    `heading` is 0 for the title, 1 to 9 for headings, None for anything else. `contents` marks
    the lines of a table of contents or an index; `may_head` is false for captions, subtitles and
    the like, which are no headings however bold.
    """

    heading: int | None = None
    code: bool = False
    contents: bool = False
    shaded: bool = False
    caption: bool = False
    place: ListPlace = ListPlace()
    run: RunLook = RunLook()
    emphasis: Emphasis = RunLook().emphasis
    may_head: bool = True

    @cached_property
    def is_plain(self) -> bool:
        """Whether a paragraph of this look is neither numbered nor shown in a special way."""
        return self.place.number_id is None and self.run.is_plain and not self.contents


class StyleSheet:
    """The document's styles by id."""

    def __init__(self, root: etree._Element | None) -> None:
        self._styles: dict[str, etree._Element] = {}
        self._defaults: dict[str, str] = {}
        self._looks: dict[str, Look] = {}
        self._base = _default_run(root)
        self._plain = Look(run=self._base, emphasis=self._base.emphasis)
        for style in () if root is None else root.iterchildren(w("style")):
            style_id = style.get(w("styleId"), "")
            self._styles.setdefault(style_id, style)
            if style.get(w("default"), "0") in ("1", "true", "on"):
                self._defaults[style.get(w("type"), "")] = style_id

    def paragraph(self, style_id: str | None) -> Look:
        """Return the look of a paragraph's style, of the default style without one."""
        known = style_id if style_id in self._styles else self._defaults.get("paragraph")
        return self._look(known)

    def is_plain(self, style_id: str | None) -> bool:
        """Return whether a paragraph of a style is text only, regardless of place."""
        look = self.paragraph(style_id)
        return look.is_plain and not look.code

    def run(self, properties: etree._Element | None, paragraph: Look) -> RunLook:
        """Return the look of a run, by itself, its style and its paragraph's."""
        if properties is None or not len(properties):
            return paragraph.run
        style_id = child_value(properties, "rStyle")
        styled = None if style_id is None else self._stated(style_id)
        return run_look(properties).over(styled, paragraph.run)

    def is_shaded_table(self, style_id: str | None) -> bool:
        """Return whether a table style colours the background of cells."""
        chain = () if style_id is None else self._chain(style_id)
        return any(is_shaded(each) for style in chain for each in style.iter(w("shd")))

    def distinguishes(self, style_id: str | None, part: str) -> bool:
        """Return whether a table style makes a part bold or shaded (`firstRow`, `firstCol`)."""
        for style in self._chain(style_id or ""):
            for special in style.iterchildren(w("tblStylePr")):
                if special.get(w("type")) == part and _stands_out(special):
                    return True
        return False

    def number_id(self, style_id: str) -> str | None:
        """Return the list that a style belongs to."""
        return self._look(style_id).place.number_id

    def _look(self, style_id: str | None) -> Look:
        if style_id is None:
            return self._plain
        if style_id not in self._looks:
            chain = list(self._chain(style_id))
            self._looks[style_id] = _look_of(chain, self._stated(style_id).over(self._base))
        return self._looks[style_id]

    def _stated(self, style_id: str) -> RunLook:
        """Return what a style and its base styles state about runs."""
        looks = [run_look(style.find(w("rPr"))) for style in self._chain(style_id)]
        return RunLook().over(*looks)

    def _chain(self, style_id: str) -> Iterator[etree._Element]:
        """Yield a style, then its base styles; stops at a cycle."""
        following: str | None = style_id
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get(following or "")
            if style is None:
                return
            yield style
            following = child_value(style, "basedOn")


def list_place(properties: etree._Element | None) -> ListPlace:
    """Return the list and level that paragraph properties name."""
    numbers = None if properties is None else properties.find(w("numPr"))
    level = child_value(numbers, "ilvl")
    return ListPlace(
        number_id=child_value(numbers, "numId"),
        level=None if level is None else min(max(integer(level, 0), 0), 8),
    )


def outline_heading(properties: etree._Element | None) -> int | None:
    """Return the heading level (1 to 9) of an outline level, 10 for body text, None if unsaid."""
    value = child_value(properties, "outlineLvl")
    return None if value is None else min(max(integer(value, BODY_LEVEL), 0), BODY_LEVEL) + 1


def _default_run(root: etree._Element | None) -> RunLook:
    path = f"{w('docDefaults')}/{w('rPrDefault')}/{w('rPr')}"
    return run_look(None if root is None else root.find(path))


def _look_of(chain: list[etree._Element], run: RunLook) -> Look:
    paragraphs = [style.find(w("pPr")) for style in chain]
    places = [list_place(properties) for properties in paragraphs]
    shades = (shade for each in paragraphs if each is not None for shade in each.iter(w("shd")))
    return Look(
        heading=_heading_of(chain),
        run=run,
        emphasis=run.emphasis,
        may_head=not any(map(_heads_nothing, map(_name, chain))),
        contents=any(_CONTENTS_NAMES.match(_name(style)) for style in chain[:2]),
        shaded=any(map(is_shaded, shades)),
        caption=any(_name(style) in _CAPTION_NAMES for style in chain),
        code=any(_CODE_NAMES.match(_name(style)) for style in chain),
        place=ListPlace(
            number_id=next((place.number_id for place in places if place.number_id), None),
            level=next((place.level for place in places if place.level is not None), None),
        ),
    )


def _stands_out(special: etree._Element) -> bool:
    shading = special.find(f"{w('tcPr')}/{w('shd')}")
    return child_switch(special.find(w("rPr")), "b") is True or shading is not None


def _heading_of(chain: list[etree._Element]) -> int | None:
    """Return the level of the nearest style, by its name or else by its outline level."""
    for style in chain:
        outline = outline_heading(style.find(w("pPr")))
        if outline is not None and outline > BODY_LEVEL:
            return None
        name = _name(style)
        if name in _BESIDE_TITLES:
            return None
        if name in _TITLE_NAMES:
            return 0
        if numbered := _HEADING_NAMES.match(name):
            return max(int(numbered[1]), 1)
        if outline is not None:
            return outline
    return None


def _heads_nothing(name: str) -> bool:
    return name in _BESIDE_TITLES or _NO_HEADING_NAMES.match(name) is not None


def _name(style: etree._Element) -> str:
    name = style.find(w("name"))
    return "" if name is None else name.get(VAL, "").strip().lower()


_LONGEST_OUTLINED = 150
_FULL_STOPS = (".", "。", "…")
_CLOSING = "\"')”’»」"
_FIRST_WITHOUT_SPACES = "\u2e80"


def heading_level(
    properties: etree._Element | None, look: Look, text: str, *, listed: bool
) -> int | None:
    """Return a paragraph's own level, or else its style's.

    Pasted web pages carry outline levels on whole paragraphs of prose.
    """
    outline = outline_heading(properties)
    if outline is None:
        return look.heading
    is_alone = look.heading is None and not listed
    return None if outline > BODY_LEVEL or (is_alone and _is_prose(text)) else outline


def _is_prose(text: str) -> bool:
    """Whether text is long, or ends like a sentence and does not begin with a number."""
    shown = text.strip()
    ends_sentence = shown.rstrip(_CLOSING).endswith(_FULL_STOPS)
    return len(shown) > _LONGEST_OUTLINED or (ends_sentence and not shown[0].isdecimal())


def is_deleted(properties: etree._Element | None) -> bool:
    """Whether the end of a paragraph was deleted by a tracked change."""
    mark = None if properties is None else properties.find(w("rPr"))
    return mark is not None and any(mark.find(w(name)) is not None for name in ("del", "moveFrom"))


def is_drop_cap(properties: etree._Element | None) -> bool:
    """Whether a paragraph is the large first letter of the next."""
    frame = None if properties is None else properties.find(w("framePr"))
    return frame is not None and frame.get(w("dropCap"), "none") != "none"


def spaced(text: str) -> str:
    """Return text that continues in the next paragraph, with a space if its script uses them."""
    needs_space = text and not text[-1].isspace() and text[-1] < _FIRST_WITHOUT_SPACES
    return f"{text} " if needs_space else text
