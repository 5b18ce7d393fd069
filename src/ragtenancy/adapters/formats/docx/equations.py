"""Equations on one line: a fraction as `a/b`, a power as `x^2`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from ragtenancy.adapters.formats.docx.xml import MATH, m, w

_VAL = m("val")
_RUN = m("r")
_WORDS = (m("f"), m("func"))
_SIMPLE_LENGTH = 1


def equation_text(element: etree._Element) -> str:
    """Return the text of an equation or of a part of one."""
    writer = _WRITERS.get(str(element.tag), _sequence)
    return writer(element)


def _sequence(element: etree._Element) -> str:
    """Return the parts in a row; text after a fraction or power is a separate word."""
    text, is_word = "", False
    for child in element:
        part = equation_text(child)
        is_apart = is_word or child.tag in _WORDS
        text += f" {part}" if is_apart and text[-1:].isalnum() and part[:1].isalnum() else part
        is_word = child.tag != _RUN if part else is_word
    return text


def _child(element: etree._Element, name: str) -> str:
    child = element.find(m(name))
    return "" if child is None else equation_text(child)


def _grouped(text: str) -> str:
    return text if len(text) <= _SIMPLE_LENGTH or text.isalnum() else f"({text})"


def _property(element: etree._Element, name: str, default: str) -> str:
    found = element.find(f"*/{m(name)}")
    return default if found is None else found.get(_VAL, default)


def _fraction(element: etree._Element) -> str:
    return f"{_grouped(_child(element, 'num'))}/{_grouped(_child(element, 'den'))}"


def _scripts(element: etree._Element) -> str:
    below, above = _child(element, "sub"), _child(element, "sup")
    text = _child(element, "e")
    text += f"_{_grouped(below)}" if below else ""
    return text + (f"^{_grouped(above)}" if above else "")


def _radical(element: etree._Element) -> str:
    return f"{_child(element, 'deg')}√{_grouped(_child(element, 'e'))}"


def _delimited(element: etree._Element) -> str:
    inner = _property(element, "sepChr", "|").join(
        equation_text(part) for part in element.iterchildren(m("e"))
    )
    return f"{_property(element, 'begChr', '(')}{inner}{_property(element, 'endChr', ')')}"


def _operator(element: etree._Element) -> str:
    below, above = _child(element, "sub"), _child(element, "sup")
    text = _property(element, "chr", "∫")
    text += f"_{_grouped(below)}" if below else ""
    text += f"^{_grouped(above)}" if above else ""
    return f"{text} {_child(element, 'e')}"


def _function(element: etree._Element) -> str:
    return f"{_child(element, 'fName')} {_child(element, 'e')}"


def _limit(element: etree._Element) -> str:
    return f"{_child(element, 'e')}_{_grouped(_child(element, 'lim'))} "


def _limit_above(element: etree._Element) -> str:
    return f"{_child(element, 'e')}^{_grouped(_child(element, 'lim'))} "


def _lines(element: etree._Element) -> str:
    return "; ".join(equation_text(line) for line in element.iterchildren(m("e")))


def _matrix(element: etree._Element) -> str:
    rows = (
        ", ".join(equation_text(cell) for cell in row.iterchildren(m("e")))
        for row in element.iterchildren(m("mr"))
    )
    return "; ".join(rows)


def _text(element: etree._Element) -> str:
    return element.text or ""


def _space(_: etree._Element) -> str:
    return " "


def _nothing(_: etree._Element) -> str:
    return ""


_WRITERS: Mapping[str, Callable[[etree._Element], str]] = {
    f"{{{MATH}}}t": _text,
    w("t"): _text,
    w("br"): _space,
    w("del"): _nothing,
    m("f"): _fraction,
    m("sSup"): _scripts,
    m("sSub"): _scripts,
    m("sSubSup"): _scripts,
    m("rad"): _radical,
    m("d"): _delimited,
    m("nary"): _operator,
    m("m"): _matrix,
    m("func"): _function,
    m("limLow"): _limit,
    m("limUpp"): _limit_above,
    m("eqArr"): _lines,
}
