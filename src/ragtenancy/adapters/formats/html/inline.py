"""Elements whose meaning is more than their text: it is put into the tree as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ragtenancy.adapters.formats.html.flow import BLOCKS, HEADINGS, all_text, become_text
from ragtenancy.adapters.formats.marks import Links, scripted, struck
from ragtenancy.adapters.formats.unread import Unread

_LONGEST = 2_000
_LONGEST_TARGET = 500
_PERMALINKS = ("¶", "#", "§", "🔗", "\uf0c1")  # beside headings, to their own place
_STRUCK = ("s", "strike", "del")
_SCRIPTS = {"sup": "superscript", "sub": "subscript"}
_EXPONENT = re.compile(r"[^\d]*\d|[-\u2212+]?[nxykmipq]\Z")  # no ordinal: 1st, 2ᵉ, nᵒ
_SIGNS = {"superscript": "^", "subscript": "_"}
_STYLED_INLINE = ("span", "font", "b", "i", "em", "strong", "p", "a")
_STYLED_BLOCKS = ("td", "th", "li", "div", *HEADINGS)
_RULES = (
    (re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE), "s"),
    (re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE), "sup"),
    (re.compile(r"vertical-align\s*:\s*sub", re.IGNORECASE), "sub"),
)
_NOTE = re.compile(r"footnote|endnote|noteref|cite_ref|reference", re.IGNORECASE)
_KANA_BETWEEN = re.compile(r"(?![はがをにでのともへや]\Z)[\u3041-\u3096]{1,2}\Z")  # but no particle
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def text_of(element: etree._Element) -> str:
    """Return an element's text on one line."""
    return " ".join(all_text(element).split())


def follow_styles(root: etree._Element) -> None:
    """Make elements struck or raised whose styles say so."""
    for element in root.iter(*_STYLED_INLINE, *_STYLED_BLOCKS, "tr"):
        style = element.get("style")
        tag = _tag_for(style) if style else None
        if tag == "s" and element.tag == "tr":
            for cell in element.iterchildren("td", "th"):
                _wrap(cell, tag)
        elif tag == "s" or (tag is not None and element.tag in _STYLED_INLINE):
            _wrap(element, tag)


def _tag_for(declarations: str) -> str | None:
    return next((tag for rule, tag in _RULES if rule.search(declarations)), None)


def _wrap(element: etree._Element, tag: str) -> None:
    """Move an element's content into a new child."""
    inner = etree.Element(tag)
    inner.text, element.text = element.text, None
    inner.extend(list(element))
    element.append(inner)


def write_ruby(root: etree._Element) -> None:
    """Put the readings above characters in brackets after the whole word."""
    run: list[etree._Element] = []
    for ruby in list(root.iter("ruby")):
        if run and not _goes_on(run[-1], ruby):
            _write_run(run)
            run = []
        run.append(ruby)
    if run:
        _write_run(run)


def _goes_on(before: etree._Element, ruby: etree._Element) -> bool:
    between = before.tail or ""
    return ruby.getprevious() is before and (not between or bool(_KANA_BETWEEN.match(between)))


def _write_run(run: list[etree._Element]) -> None:
    word = readings = ""
    for ruby in run:
        base, reading = _parts(ruby)
        between = ruby.tail or "" if ruby is not run[-1] else ""
        word += base + between
        readings += (" " if readings and _LATIN.match(reading) else "") + reading + between
    for ruby in run[1:]:
        become_text(ruby, "")
    for ruby in run[:-1]:
        ruby.tail = None
    brackets = "({})" if _LATIN.match(word) else "（{}）"  # noqa: RUF001 - as the script writes them
    become_text(run[0], word + (brackets.format(readings) if readings else ""))


def _parts(ruby: etree._Element) -> tuple[str, str]:
    """Return the characters and the readings of a ruby element."""
    base, readings = [ruby.text or ""], []
    for child in ruby:
        words = all_text(child).strip()
        if child.tag in ("rt", "rtc"):
            readings.append(words)
        elif child.tag != "rp" and isinstance(child.tag, str):
            base.append(words)
        base.append(child.tail or "")
    latin = any(map(_LATIN.match, readings))
    return "".join(part.strip() for part in base), (" " if latin else "").join(
        filter(None, readings)
    )


def write_scripts(root: etree._Element) -> None:
    """Raise and lower digits; a mark of a footnote stands in square brackets."""
    for element in list(root.iter(*_SCRIPTS)):
        if len(element) > 20:
            continue
        text = text_of(element)
        if not text or len(text) > _LONGEST:
            continue
        if _marks_note(element):
            mark = text if text.startswith(("[", "(")) else f"[{text}]"
            become_text(element, mark)
            continue
        before = _before(element)
        alignment = _SCRIPTS[element.tag]
        shown = scripted(text, alignment, before)
        if shown == text and before[-1:].isalnum() and _EXPONENT.match(text):
            shown = _SIGNS[alignment] + (text if text.isalnum() else f"({text})")
        if shown != text:
            become_text(element, shown)


def _marks_note(element: etree._Element) -> bool:
    link = element if element.getparent() is None else element.getparent()
    links = [*element.iter("a"), *([link] if link is not None and link.tag == "a" else [])]
    if any((each.get("href") or "").startswith("#") for each in links):
        return True
    marked = (
        (element.get("class") or "")
        + (element.get("role") or "")
        + (element.get("epub:type") or "")
    )
    return bool(_NOTE.search(marked))


def _before(element: etree._Element) -> str:
    """Return the end of the text before an element, within its block."""
    while True:
        previous = element.getprevious()
        if previous is not None:
            if previous.tail:
                return str(previous.tail)
            if previous.tag in BLOCKS or previous.tag == "br":
                return ""
            inner = all_text(previous) if len(previous) < 20 else ""
            if inner:
                return inner
            element = previous
            continue
        parent = element.getparent()
        if parent is None or parent.text or parent.tag in BLOCKS:
            return str(parent.text or "") if parent is not None else ""
        element = parent


def write_struck(root: etree._Element) -> None:
    """Mark struck-through text; within blocks each text, else the whole."""
    for element in list(root.iter(*_STRUCK)):
        holder = next(element.iterancestors(*_STRUCK), None)
        if holder is not None:
            continue
        texts = list(_texts(element))
        if not texts:
            continue
        if any(each.tag in BLOCKS or each.tag == "br" for each in element.iterdescendants()):
            for node, attribute in texts:
                setattr(node, attribute, struck(getattr(node, attribute)))
            continue
        _mark(texts)


def _texts(element: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield the places of an element's texts that are more than white space."""
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start" and node.text and node.text.strip():
            yield node, "text"
        elif event == "end" and node is not element and node.tail and node.tail.strip():
            yield node, "tail"


def _mark(texts: list[tuple[etree._Element, str]]) -> None:
    (first, where), (last, place) = texts[0], texts[-1]
    text = getattr(first, where)
    at = len(text) - len(text.lstrip())
    setattr(first, where, f"{text[:at]}~~{text[at:]}")
    text = getattr(last, place)
    end = len(text.rstrip())
    setattr(last, place, f"{text[:end]}~~{text[end:]}")


def write_links(root: etree._Element, links: Links, unread: Unread) -> None:
    """Write each address that a link or a form leads to once, after its words."""
    for area in root.iter("area"):
        area.text = area.get("alt")
    for element in list(root.iter("a", "area", "form")):
        target = (element.get("action" if element.tag == "form" else "href") or "").strip()
        if target.startswith("#") and text_of(element) in _PERMALINKS:
            become_text(element, "")
        if not target or target.startswith("#"):
            continue
        if target.lower().startswith("mailto:"):
            target = target.partition("?")[0]
        if len(target) > _LONGEST_TARGET:
            unread.add("very long link target", "very long link targets", "left out")
            continue
        text = text_of(element)
        shown = links.shown(text, target)
        if shown != text:
            _append(element, shown[len(text) :])


def _append(element: etree._Element, address: str) -> None:
    """Put an address after an element's words; that of a heading goes below it."""
    heading = next((each for each in element.iterancestors() if each.tag in HEADINGS), None)
    last = element[-1] if len(element) else None
    if heading is not None or element.tag == "form" or (last is not None and last.tag in BLOCKS):
        below = etree.Element("p")
        below.text = address.strip()
        if heading is not None:
            below.tail, heading.tail = heading.tail, None
            heading.addnext(below)
        else:
            element.append(below)
    elif last is not None:
        kept = (last.tail or "").rstrip()
        last.tail = kept + address
    else:
        element.text = (element.text or "").rstrip() + address


def write_definitions(root: etree._Element) -> None:
    """Join each term of a definition list to its definition."""
    for definition in list(root.iter("dd")):
        term = definition.getprevious()
        if (
            term is None
            or term.tag != "dt"
            or any(each.tag in BLOCKS for each in definition.iter() if each is not definition)
        ):
            continue
        name = text_of(term)
        if name and term.find(".//img") is None and text_of(definition):
            separator = " " if name.endswith((":", "?", "!", ".", "：")) else ": "  # noqa: RUF001
            definition.text = f"{name}{separator}{(definition.text or '').lstrip()}"
            become_text(term, "")
