"""What the forms of OpenDocument and of LibreOffice show: controls, and fields of Word."""

from __future__ import annotations

from lxml import etree

from ragtenancy.adapters.formats.odf.styles import FORM

FIELD = "{urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0}"
EXTENSION = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
_NOT_SHOWN = ("button", "image", "hidden", "password")


def ticked(*, is_on: bool) -> str:
    """Return a box, ticked or not."""
    return "☒" if is_on else "☐"


def control_text(control: etree._Element) -> str:
    """Return the label and the value of a control, empty for one that only acts."""
    kind = str(control.tag).removeprefix(FORM)
    label = control.get(f"{FORM}label", "")
    if kind in ("checkbox", "radio"):
        names = (f"{FORM}{each}" for each in ("current-state", "current-selected"))
        return f"{ticked(is_on=any(control.get(n) in ('checked', 'true') for n in names))} {label}"
    if kind in _NOT_SHOWN:
        return ""
    chosen = [
        option.get(f"{FORM}label", option.get(f"{FORM}value", ""))
        for option in control.iterchildren(f"{FORM}option")
        if option.get(f"{FORM}current-selected", option.get(f"{FORM}selected")) == "true"
    ]
    value = control.get(f"{FORM}current-value", control.get(f"{FORM}value", ""))
    return f"{label} {', '.join(chosen) or value}"


def field_value(mark: etree._Element) -> str:
    """Return the state of a check box or the choice of a drop-down list taken over from Word."""
    values: dict[str, list[str]] = {}
    for each in mark.iterchildren(f"{FIELD}param"):
        name = each.get(f"{FIELD}name", "")
        values.setdefault(name, []).append(each.get(f"{FIELD}value", ""))
    kind = mark.get(f"{FIELD}type", "").rpartition(".")[2]
    if kind == "FORMCHECKBOX":
        return ticked(is_on=values.get("Checkbox_Checked", ["false"])[0] == "true")
    entries = values.get("Dropdown_ListEntry", [])
    chosen = values.get("Dropdown_Selected", ["0"])[0]
    place = int(chosen) if chosen.isdecimal() and len(chosen) < 10 else 0
    return entries[place] if kind == "FORMDROPDOWN" and place < len(entries) else ""
