"""What HTML's elements are to a reader."""

from __future__ import annotations

import re

from lxml import etree

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
    """Return whether an element is not shown, or leads elsewhere and says nothing itself."""
    return (
        element.tag in LEFT_OUT
        or element.get("hidden") is not None
        or element.get("role") == "navigation"
        or bool(_HIDDEN_STYLE.search(element.get("style") or ""))
    )


def whole_number(text: str | None, default: int) -> int:
    """Return an attribute as a number, the default for what is none or has too many digits."""
    digits = (text or "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 7 else default
