"""Text as it is collected: white space folded, lines broken where the page breaks them."""

from __future__ import annotations

import re

from lxml import etree

from ragtenancy.adapters.formats.html.elements import BLOCKS, is_left_out
from ragtenancy.domain.visible_text import visible, visible_text

_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_AROUND_BREAK = re.compile(r" *\n *")
_BREAKS = re.compile(r"\n+")


class Flow:
    """Collects pieces of text until a block ends."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, text: str | None, *, preformatted: bool = False) -> None:
        """Add a piece of text from between tags."""
        if text:
            self._pieces.append(text if preformatted else _SPACE.sub(" ", text))

    def add_break(self) -> None:
        """Add a line break."""
        self._pieces.append("\n")

    def taken(self) -> str:
        """Return what was collected as prose and begin anew."""
        text = visible_text("".join(self._pieces))
        self._pieces.clear()
        return _AROUND_BREAK.sub("\n", re.sub(r" {2,}", " ", text)).strip()

    def taken_as_written(self) -> str:
        """Return what was collected with its white space and begin anew."""
        text = visible("".join(self._pieces)).strip("\n").rstrip()
        self._pieces.clear()
        return text


def flat_text(element: etree._Element) -> str:
    """Return all text in an element, its blocks on lines of their own, pictures by their words."""
    flow = Flow()
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
