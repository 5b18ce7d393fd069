"""Fields: links, form fields and tables of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from ragtenancy.adapters.formats.docx.xml import VAL, child_value, integer, is_on, w

_KIND = re.compile(r"\s*([A-Za-z]+)")
_LINK = re.compile(r'\s*HYPERLINK\s+(?:"([^"]+)"|([^\s"\\]+))', re.IGNORECASE)
_PLACE = re.compile(r'\\l\s+"([^"]+)"')
_CONTENTS = ("TOC", "INDEX", "TOA")
TICKED, EMPTY = "☒", "☐"


@dataclass
class Field:
    """An open field: first its instruction is read, then its result.

    `value` is what a form field shows unless it has a result; `start` is where its result begins
    among the parts of the text.
    """

    instruction: str = ""
    value: str = ""
    start: int = 0
    shows_result: bool = False

    @property
    def is_contents(self) -> bool:
        """Whether it makes a table of contents, a list of figures or an index."""
        kind = _KIND.match(self.instruction)
        return kind is not None and kind[1].upper() in _CONTENTS

    @property
    def target(self) -> str:
        """The address of a link, empty for other fields."""
        return link_target(self.instruction)


def link_target(instruction: str) -> str:
    """Return the address in the instruction of a field, empty if it is not a link."""
    found = _LINK.match(instruction)
    if found is None:
        return ""
    place = _PLACE.search(instruction)
    return (found[1] or found[2]) + (f"#{place[1]}" if place else "")


def form_value(begin: etree._Element) -> str:
    """Return the state of a check box or the choice of a drop-down list, empty for other fields."""
    data = begin.find(w("ffData"))
    box = None if data is None else data.find(w("checkBox"))
    if box is not None:
        states = (box.find(w(name)) for name in ("checked", "default"))
        ticked = next((is_on(state) for state in states if state is not None), False)
        return TICKED if ticked else EMPTY
    choices = None if data is None else data.find(w("ddList"))
    return "" if choices is None else _choice(choices)


def _choice(choices: etree._Element) -> str:
    entries = [entry.get(VAL, "") for entry in choices.iterchildren(w("listEntry"))]
    chosen = integer(child_value(choices, "result") or child_value(choices, "default"), 0)
    return entries[chosen] if 0 <= chosen < len(entries) else ""


CHECK_BOX = "{http://schemas.microsoft.com/office/word/2010/wordml}checkbox"
_CHECKED = "{http://schemas.microsoft.com/office/word/2010/wordml}checked"
_CHECKED_VALUE = "{http://schemas.microsoft.com/office/word/2010/wordml}val"
_TEXTS = (w("t"), w("sym"))


def control_value(control: etree._Element) -> str:
    """Return what an empty content control stands for: a box's state, or the date chosen."""
    properties = control.find(w("sdtPr"))
    content = control.find(w("sdtContent"))
    if properties is None or (
        content is not None and next(content.iter(*_TEXTS), None) is not None
    ):
        return ""
    box = properties.find(CHECK_BOX)
    if box is not None:
        state = box.find(_CHECKED)
        ticked = state is not None and state.get(_CHECKED_VALUE, "1") in ("1", "true", "on")
        return TICKED if ticked else EMPTY
    date = properties.find(w("date"))
    return "" if date is None else date.get(w("fullDate"), "").partition("T")[0]


_PROMPT = w("showingPlcHdr")
_PROMPT_STYLES = ("PlaceholderText", "Platzhaltertext")


def without_prompts(container: etree._Element) -> int:
    """Remove the prompts of empty controls from a tree; return how many there were."""
    return sum(_is_emptied(control) for control in container.iter(w("sdt")))


def _is_emptied(control: etree._Element) -> bool:
    """Remove a control's text if that is a prompt, by its flag or by Word's style for it."""
    properties, content = control.find(w("sdtPr")), control.find(w("sdtContent"))
    if content is None or (properties is not None and properties.find(CHECK_BOX) is not None):
        return False
    prompt = None if properties is None else properties.find(_PROMPT)
    runs = list(content.iter(w("r")))
    is_prompt = prompt is not None and is_on(prompt)
    prompts = [run for run in runs if is_prompt or _has_prompt_style(run)]
    for run in prompts:
        run.clear()
    return bool(prompts)


def _has_prompt_style(run: etree._Element) -> bool:
    return child_value(run.find(w("rPr")), "rStyle") in _PROMPT_STYLES


_GALLERY = f"{w('sdtPr')}/{w('docPartObj')}/{w('docPartGallery')}"
_GALLERIES = ("table of contents", "table of figures", "index")


def is_contents_control(control: etree._Element) -> bool:
    """Return whether a content control holds a table of contents."""
    gallery = control.find(_GALLERY)
    return gallery is not None and gallery.get(VAL, "").lower() in _GALLERIES
