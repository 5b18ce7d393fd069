"""Text flow of HTML: breaking and omitted elements."""

from __future__ import annotations

import re

from lxml import etree

from ragtenancy.domain.line_joints import joint
from ragtenancy.domain.visible_text import visible, visible_text

LEFT_OUT = frozenset(
    (
        *("head", "script", "style", "noscript", "template", "nav", "svg", "canvas", "iframe"),
        *("object", "embed", "audio", "video", "select", "button", "textarea", "annotation"),
    )
)
BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
        ),
        *("dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1"),
        *("h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "ol", "p"),
        *("pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead"),
        *("title", "tr", "ul"),
    )
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def is_left_out(element: etree._Element) -> bool:
    """Return whether an element is hidden, or mere navigation without content."""
    return (
        element.tag in LEFT_OUT
        or element.get("hidden") is not None
        or element.get("role") == "navigation"
        or _HIDDEN_STYLE.search(element.get("style", "")) is not None
    )


def all_text(element: etree._Element) -> str:
    """Return an element's whole text as it stands in the file."""
    return "".join(map(str, element.itertext()))


def become_text(element: etree._Element, text: str) -> None:
    """Replace an element by text in its place."""
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "span", text, tail


def whole_number(text: str | None, default: int) -> int:
    """Return an attribute as a number, the default if it is none or too long."""
    digits = (text or "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 7 else default


_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_LINE_END = re.compile(r"(?<=([^\x00-\u0dff]))[ \t]*\r?\n\s*(?=([^\x00-\u0dff]))")
_SPACES = re.compile(" {2,}")
_AROUND_BREAK = re.compile(r" *\n *")
_BREAKS = re.compile(r"\n+")


def _unbroken(text: str) -> str:
    """Return text without the line ends of its source in a script without spaces."""
    return _LINE_END.sub(lambda end: joint(end[1], end[2]), text) if "\n" in text else text


class Flow:
    """Collects pieces of text until a block ends."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, text: str | None, *, preformatted: bool = False) -> None:
        """Add a piece of text from between tags."""
        if text:
            self._pieces.append(text if preformatted else _SPACE.sub(" ", _unbroken(text)))

    def add_break(self) -> None:
        """Add a line break."""
        self._pieces.append("\n")

    def taken(self) -> str:
        """Return the collected text as prose and reset."""
        text = visible_text("".join(self._pieces))
        self._pieces.clear()
        return _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text)).strip()

    def taken_as_written(self) -> str:
        """Return the collected text with its white space and reset."""
        text = visible("".join(self._pieces)).strip("\n").rstrip()
        self._pieces.clear()
        return text


def flat_text(element: etree._Element) -> str:
    """Return all text of an element, one line per block, pictures by their alternative text."""
    flow = Flow()
    if not len(element):
        _enter(flow, element)
        return _BREAKS.sub("\n", flow.taken())
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node is not element and is_left_out(node):
                walk.skip_subtree()
                continue
            _enter(flow, node)
        elif event == "end":
            _leave(flow, node, within=element)
        elif node is not element:
            flow.add(node.tail)
    return _BREAKS.sub("\n", flow.taken())


def _enter(flow: Flow, node: etree._Element) -> None:
    if node.tag in BLOCKS or node.tag == "br":
        flow.add_break()
    if node.tag == "img":
        flow.add(node.get("alt"))
    flow.add(node.text, preformatted=node.tag == "pre")


def _leave(flow: Flow, node: etree._Element, *, within: etree._Element) -> None:
    if node is within:
        return
    if node.tag in BLOCKS:
        flow.add_break()
    flow.add(node.tail)
