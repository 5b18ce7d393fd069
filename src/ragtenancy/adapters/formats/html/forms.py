"""Forms as a reader sees them: the values in their fields, and buttons that open text."""

from __future__ import annotations

from lxml import etree

from ragtenancy.adapters.formats.html.flow import BLOCKS, HEADINGS, all_text, become_text
from ragtenancy.adapters.formats.html.inline import text_of
from ragtenancy.adapters.formats.html.visibility import OPENED
from ragtenancy.adapters.formats.unread import Unread

_BUTTONS = frozenset(("submit", "button", "reset", "image"))
_BOXES = {
    ("checkbox", True): "☑",
    ("checkbox", False): "☐",
    ("radio", True): "◉",
    ("radio", False): "○",
}
_NOT_SHOWN = frozenset(("hidden", "password", "file"))
_DEEPEST_HEADING = 6
_SENTENCE = 5  # words, of a button that says more than what it does


def write_values(root: etree._Element, unread: Unread) -> None:
    """Put the values of fields into the text."""
    _move_boxes(root)
    for field in list(root.iter("input")):
        _write_input(field, unread)
    for field in list(root.iter("textarea")):
        _value(field, all_text(field).strip())
    for field in list(root.iter("select")):
        _write_choice(field, unread)
    for choices in list(root.iter("datalist")):
        unread.add("list of suggestions", "lists of suggestions", "left out")
        become_text(choices, "")
    for label in list(root.iter("label")):
        _begin_line(label)


def _move_boxes(root: etree._Element) -> None:
    """Put boxes into the labels that name them, which may stand elsewhere."""
    labels = {label.get("for"): label for label in root.iter("label") if label.get("for")}
    for field in list(root.iter("input")):
        label = labels.get(field.get("id"))
        is_box = (field.get("type") or "").lower() in ("checkbox", "radio")
        within = {each.tag for each in field.iterancestors()}
        if label is None or not is_box or within & {"td", "label"}:
            continue
        box = etree.Element("input")
        box.attrib.update(field.attrib)
        box.tail, label.text = f" {(label.text or '').lstrip()}", None
        label.insert(0, box)
        become_text(field, "")


def _write_input(field: etree._Element, unread: Unread) -> None:
    kind = (field.get("type") or "text").lower()
    value = (field.get("value") or "").strip()
    if kind in _BUTTONS:
        if value or field.get("alt"):
            unread.add("button", "buttons")
        become_text(field, "")
    elif kind in _NOT_SHOWN:
        if value:
            unread.add("hidden field", "hidden fields", "left out")
        become_text(field, "")
    elif field.get("role") == "button":  # a menu that opens without scripts
        become_text(field, "")
    elif kind in ("checkbox", "radio"):
        become_text(field, _BOXES[kind, field.get("checked") is not None])
    else:
        _value(field, value)


def _value(field: etree._Element, value: str) -> None:
    """Replace a field by its value, apart from the words beside it."""
    become_text(field, f" {value} " if value else "")


def _write_choice(field: etree._Element, unread: Unread) -> None:
    """Show the chosen options; a browser shows the first of a list without a choice."""
    options = list(field.iter("option"))
    chosen = [each for each in options if each.get("selected") is not None]
    is_list = field.get("multiple") is not None
    shown = chosen if is_list else chosen[-1:] or options[:1]
    unread.add(
        *("option that is not chosen", "options that are not chosen", "left out"),
        count=len(options) - len(shown),
    )
    words = (each.get("label") or text_of(each) for each in shown)
    _value(field, ", ".join(filter(None, words)))


def _begin_line(label: etree._Element) -> None:
    """Let a label that follows another field begin a line."""
    before = label.getprevious()
    if (
        before is not None
        and before.tag in ("span", "label")
        and not (label.text or "").startswith(("☑", "☐"))
    ):
        label.addprevious(etree.Element("br"))


def write_buttons(root: etree._Element, unread: Unread) -> None:
    """Make buttons that open the text below them headings; the others are counted."""
    level = 0
    for element in list(root.iter("button", *HEADINGS)):
        if element.tag in HEADINGS:
            level = HEADINGS[element.tag]
            continue
        words = text_of(element)
        holder = next((e for e in element.iterancestors() if e.tag in BLOCKS), None)
        if holder is not None and holder.tag in (*HEADINGS, "summary", "dt", "th", "legend"):
            element.tag = "span"
        elif words and _opens_text(element, words):
            element.tag = f"h{min(level + 1, _DEEPEST_HEADING) if level else 2}"
            _clear_blocks(element)
        elif len(words.split()) >= _SENTENCE:
            become_text(element, words)
        else:
            if words:
                unread.add("button", "buttons")
            become_text(element, "")


def _opens_text(button: etree._Element, words: str) -> bool:
    """Return whether a button names the text after it, as those of accordions and tabs do."""
    if button.get("aria-expanded") is not None or button.get("role") == "tab":
        return True
    if button.get("aria-controls") or "accordion" in (button.get("class") or ""):
        return True
    if words.endswith(("?", "\uff1f")):
        return True
    holder = button.getparent()
    after = [button.getnext(), holder.getnext() if holder is not None else None]
    return any(each is not None and _is_panel(each) for each in after)


def _is_panel(element: etree._Element) -> bool:
    return element.get(OPENED) is not None or "panel" in (element.get("class") or "")


def _clear_blocks(heading: etree._Element) -> None:
    name, words = heading.tag, text_of(heading)
    become_text(heading, words)
    heading.tag = name
