"""Style sheets: what their rules say of an element is copied into its style attribute.

Only looks that carry meaning count: weight, background, and struck or raised text. Rules are read
whose selectors are tags and classes, alone or inside others (`tr.head td`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from lxml import etree
from msgspec import Struct

_MOST_RULES = 5_000
_LONGEST = 1 << 20  # characters of all sheets
_MOST_CANDIDATES = 50
_FARTHEST = 50
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_COMPOUND = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)?((?:\.[\w-]+)*)\Z")
_MEANING = re.compile(
    r"(?<![\w-])(?:font(?:-weight)?|background(?:-color)?|text-decoration(?:-line)?|vertical-align)"
    r"\s*:[^;]*",
    re.IGNORECASE,
)


class _Compound(Struct, frozen=True):
    """A tag, empty for any, and the classes that an element must have."""

    tag: str
    classes: frozenset[str]

    def fits(self, element: etree._Element) -> bool:
        is_tag = not self.tag or element.tag == self.tag
        return is_tag and self.classes <= set((element.get("class") or "").split())


class _Rule(Struct, frozen=True, kw_only=True):
    """Compounds from the outermost to the element's own, and declarations."""

    within: Sequence[_Compound]
    own: _Compound
    declarations: str

    @property
    def weight(self) -> tuple[int, int]:
        """The specificity: classes count before tags."""
        every = (*self.within, self.own)
        return sum(len(each.classes) for each in every), sum(bool(each.tag) for each in every)

    def fits(self, element: etree._Element) -> bool:
        if not self.own.fits(element):
            return False
        wanted = list(self.within)
        for above, _ in zip(element.iterancestors(), range(_FARTHEST), strict=False):
            if wanted and wanted[-1].fits(above):
                wanted.pop()
        return not wanted


_Index: TypeAlias = dict[str, list[_Rule]]


def apply_style_sheets(root: etree._Element, linked: Sequence[str] = ()) -> None:
    """Write declarations of the page's and of `linked` sheets before those of style attributes."""
    sheets = [*linked, *(sheet.text or "" for sheet in root.iter("style"))]
    by_class, by_tag = _indexed("\n".join(sheets)[:_LONGEST])
    if not by_class and not by_tag:
        return
    for element in root.iter(etree.Element):
        names = (element.get("class") or "").split()[:_MOST_CANDIDATES]
        found = [rule for name in dict.fromkeys(names) for rule in by_class.get(name, ())]
        found += by_tag.get(element.tag, ())
        fitting = [rule for rule in found[:_MOST_CANDIDATES] if rule.fits(element)]
        if fitting:
            own = element.get("style") or ""
            said = [rule.declarations for rule in sorted(fitting, key=lambda rule: rule.weight)]
            element.set("style", "; ".join([*_in_force(said, own), own]))


@lru_cache(maxsize=4)
def _indexed(sheets: str) -> tuple[_Index, _Index]:
    """Return the rules by class and by tag; the many pages of one document share their sheets."""
    by_class: _Index = {}
    by_tag: _Index = {}
    for rule in islice(_rules(sheets), _MOST_RULES):
        if rule.own.classes:
            by_class.setdefault(min(rule.own.classes), []).append(rule)
        else:
            by_tag.setdefault(rule.own.tag, []).append(rule)
    return by_class, by_tag


def _in_force(declarations: Sequence[str], own: str) -> Iterator[str]:
    """Yield the last declaration of each property that the element's own style leaves open."""
    last: dict[str, str] = {}
    for each in "; ".join(declarations).split("; "):
        last[each.partition(":")[0].strip().lower()] = each
    for name, each in last.items():
        if not re.search(rf"(?<![\w-])(?:{name}|{name.partition('-')[0]})\s*:", own, re.IGNORECASE):
            yield each


def _rules(sheet: str) -> Iterator[_Rule]:
    for selectors, block in _blocks(_COMMENT.sub(" ", sheet)):
        declarations = "; ".join(found[0].strip() for found in _MEANING.finditer(block))
        if not declarations:
            continue
        for selector in selectors.split(","):
            compounds = [_compound(part) for part in selector.split()]
            known = [each for each in compounds if each is not None]
            if known and len(known) == len(compounds):
                yield _Rule(within=known[:-1], own=known[-1], declarations=declarations)


def _compound(written: str) -> _Compound | None:
    found = _COMPOUND.match(written)
    if found is None:
        return None
    classes = frozenset(filter(None, found[2].split(".")))
    return _Compound((found[1] or "").lower(), classes)


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the selectors and declarations of the rules that hold for every medium."""
    depth, start, selectors = 0, 0, ""
    for brace in _BRACE.finditer(sheet):
        piece = sheet[start : brace.start()]
        start = brace.end()
        if brace[0] == "{":
            selectors = piece.rpartition(";")[2] if depth == 0 else selectors
            depth += 1
            continue
        depth = max(0, depth - 1)
        if depth == 0 and "@" not in selectors:
            yield selectors, piece
