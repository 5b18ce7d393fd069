"""Which elements of a page a reader never sees, and which open at a click.

Elements that are left out become empty, and are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import cast

from lxml import etree

from ragtenancy.adapters.formats.html.flow import become_text
from ragtenancy.adapters.formats.unread import Unread


def _selecting(path: str) -> Callable[[etree._Element], Sequence[etree._Element]]:
    """Return a function that returns the elements at a path."""
    select = etree.XPath(path)
    return lambda root: cast("Sequence[etree._Element]", select(root))


OPENED = "data-opened"  # marks an element that was closed at first
_HIDDEN = ("hidden passage", "hidden passages", "left out")
_NOT_SHOWN: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "nav": ("navigation menu", "navigation menus", "left out"),
        "template": ("template", "templates", "left out"),
        "noscript": (
            "text for browsers without scripts", "texts for browsers without scripts", "left out"
        ),
        "svg": ("drawing", "drawings", "not read"),
        "canvas": ("drawing", "drawings", "not read"),
        "object": ("embedded object", "embedded objects", "not read"),
        "embed": ("embedded object", "embedded objects", "not read"),
        "audio": ("recording", "recordings", "not read"),
        "video": ("recording", "recordings", "not read"),
        "frame": ("embedded page", "embedded pages", "not fetched"),
        "iframe": ("embedded page", "embedded pages", "not fetched"),
    }
)  # fmt: skip
_ALWAYS_COUNTED = frozenset(("canvas", "object", "embed", "audio", "video", "frame", "iframe"))
_MOST_WITHIN = 100
_LONGEST_NAME = 120
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)
_TINY = re.compile(
    r"font-size\s*:\s*[01](?:\.0*)?(?:px|pt)?\s*(?:;|!|\Z)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|\Z)",
    re.IGNORECASE,
)
_WHITE = re.compile(
    r"(?<![\w-])color\s*:\s*(?:#fff(?:fff)?|white|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
    r"\s*(?:;|!|\Z)",
    re.IGNORECASE,
)
_STYLED = re.compile(r"(?<![\w-])(?:font-size|color|opacity)\s*:", re.IGNORECASE)
_OPENS = re.compile(
    r"collaps|accordion|tab-?pane|tab-?content|(?<!\w)panel|toggle|expand|answer|spoiler",
    re.IGNORECASE,
)
_POINTERS = ("aria-controls", "data-target", "data-bs-target", "href")
_HAVING = {each: _selecting(f"//*[@{each}]") for each in _POINTERS}
_IS_CONTROL = etree.XPath(
    "boolean(descendant-or-self::*[self::button or self::summary or @role='button'"
    " or @role='tab' or @aria-expanded or @onclick])"
)
_SUSPECTS = _selecting(
    "//*[@hidden or @role='navigation' or contains(@style, ':') and ("
    "contains(translate(@style, 'NOEHID', 'noehid'), 'none')"
    " or contains(translate(@style, 'NOEHID', 'noehid'), 'hid')"
    " or contains(translate(@style, 'SIZE', 'size'), 'size')"
    " or contains(translate(@style, 'OPACTY', 'opacty'), 'opacity')"
    " or contains(translate(@style, 'COLR', 'colr'), 'color'))]"
)


def leave_out_unseen(root: etree._Element, unread: Unread) -> None:
    """Empty what a reader of the page cannot see; show what a click opens."""
    controls = frozenset(_controlled(root))
    coloured = any("background" in (sheet.text or "") for sheet in root.iter("style"))
    for element in _SUSPECTS(root):
        if element.getroottree().getroot() is not root:
            continue  # within one that has been emptied
        if element.get("role") == "navigation" and element.tag != "nav":
            _empty(element, _NOT_SHOWN["nav"], unread)
        elif _is_closed(element):
            if _opens(element, controls):
                _show(element)
            else:
                _empty(element, _HIDDEN, unread)
        elif _is_too_faint(element, coloured=coloured):
            _empty(element, _HIDDEN, unread)
    for element in list(root.iter(*_NOT_SHOWN)):
        if element.getroottree().getroot() is root:
            _empty(element, _kind(element), unread)


def _controlled(root: etree._Element) -> Iterator[str]:
    """Yield the ids of elements that a control of the page refers to."""
    for attribute in _POINTERS:
        for element in _HAVING[attribute](root):
            value = element.get(attribute) or ""
            if attribute == "aria-controls":
                yield from value.split()
            elif value.startswith("#"):
                yield value[1:]


def _is_closed(element: etree._Element) -> bool:
    style = element.get("style") or ""
    return element.get("hidden") is not None or bool(_INVISIBLE.search(style))


def _is_too_faint(element: etree._Element, *, coloured: bool) -> bool:
    """Return whether a short text is tiny, transparent, or white without a background."""
    style = element.get("style") or ""
    is_white = not coloured and bool(_WHITE.search(style))
    if not is_white and not _TINY.search(style):
        return False
    within = list(islice(element.iterdescendants(), _MOST_WITHIN + 1))
    if len(within) > _MOST_WITHIN or any(_STYLED.search(e.get("style") or "") for e in within):
        return False
    return not is_white or not _on_colour(element)


def _on_colour(element: etree._Element) -> bool:
    """Return whether a background is given here or further out."""
    return any(
        each.get("bgcolor") or each.get("background") or "background" in (each.get("style") or "")
        for each in (element, *islice(element.iterancestors(), _MOST_WITHIN))
    )


def _opens(element: etree._Element, controls: frozenset[str]) -> bool:
    """Return whether a closed element opens at a click."""
    if element.get("role") == "tabpanel" or element.get("hidden") == "until-found":
        return True
    if element.get("id") in controls or _OPENS.search(element.get("class") or ""):
        return True
    before = element.getprevious()
    return before is not None and bool(_IS_CONTROL(before))


def _show(element: etree._Element) -> None:
    if element.get("hidden") is not None:
        del element.attrib["hidden"]
    if style := element.get("style"):
        element.set("style", _INVISIBLE.sub("", style))
    element.set(OPENED, "")


def _kind(element: etree._Element) -> tuple[str, str, str]:
    one, many, why = _NOT_SHOWN[element.tag]
    name = element.get("title") or element.get("src") or element.get("data") or ""
    named = f"{one} ({name[:_LONGEST_NAME]})" if name and not name.startswith("data:") else one
    return named, many, why


def _empty(element: etree._Element, kind: tuple[str, str, str], unread: Unread) -> None:
    has_text = any(map(str.strip, map(str, element.itertext())))
    if has_text or element.tag in _ALWAYS_COUNTED or element.find(".//img[@alt]") is not None:
        unread.add(*kind)
    become_text(element, "")
