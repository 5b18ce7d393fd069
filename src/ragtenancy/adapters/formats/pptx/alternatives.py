"""Alternative content (`mc:AlternateContent`): newer elements beside a fallback for older readers."""

from __future__ import annotations

from lxml import etree
from pptx.oxml.ns import qn

_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ALTERNATIVES = f"{_COMPATIBILITY}AlternateContent"
_CHOICE, _FALLBACK = f"{_COMPATIBILITY}Choice", f"{_COMPATIBILITY}Fallback"
_EQUATION = "{http://schemas.microsoft.com/office/drawing/2010/main}m"
_READ = (
    *map(qn, ("p:sp", "p:grpSp", "p:graphicFrame", "p:pic", "p:cxnSp", "p:oleObj", "a:r")),
    _EQUATION,
)
_NOT_READ = (
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
    "{http://schemas.microsoft.com/office/drawing/2017/model3d}model3d",
)


def without_alternatives(root: etree._Element) -> int:
    """Put the first branch that is read in the place of each alternative content.

    Returns how many charts and models of newer kinds have only a picture instead.
    """
    found = list(root.iter(_ALTERNATIVES))
    newer = sum(1 for each in found if next(each.iter(*_NOT_READ), None) is not None)
    for alternatives in found:
        branch = _branch(alternatives)
        parent = alternatives.getparent()
        if parent is None:
            continue
        at = parent.index(alternatives)
        parent.remove(alternatives)
        for offset, child in enumerate(list(branch) if branch is not None else ()):
            parent.insert(at + offset, child)
    return newer


def _branch(alternatives: etree._Element) -> etree._Element | None:
    for choice in alternatives.iterchildren(_CHOICE):
        is_newer = next(choice.iter(*_NOT_READ), None) is not None
        if not is_newer and any(child.tag in _READ for child in choice):
            return choice
    return next(alternatives.iterchildren(_FALLBACK), None)
