"""A page's tree prepared for reading: elements become the text that a browser shows of them."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from ragtenancy.adapters.formats.html import forms, inline
from ragtenancy.adapters.formats.html.style_sheets import apply_style_sheets
from ragtenancy.adapters.formats.html.visibility import leave_out_unseen
from ragtenancy.adapters.formats.marks import Links
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread

_DEPTH = 1_000  # libxml2 drops elements deeper than 2,048


def prepare(
    root: etree._Element, links: Links, unread: Unread, style_sheets: Sequence[str] = ()
) -> None:
    """Write into the tree what its elements mean; raises `UnreadableDocumentError` (`too_deep`).

    `style_sheets` are those outside the page.

    The order matters: what nobody sees is left out before anything is counted or written.
    """
    _require_shallow(root)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    leave_out_unseen(root, unread)
    apply_style_sheets(root, style_sheets)
    inline.follow_styles(root)
    forms.write_values(root, unread)
    forms.write_buttons(root, unread)
    inline.write_ruby(root)
    inline.write_scripts(root)
    inline.write_struck(root)
    inline.write_links(root, links, unread)
    inline.write_definitions(root)


def _require_shallow(root: etree._Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEPTH:
            raise unreadable("too_deep", limit=_DEPTH)
