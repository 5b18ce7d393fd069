"""What the parts of one document share while it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ragtenancy.adapters.formats.docx.list_counters import ListCounters
from ragtenancy.adapters.formats.docx.numbering import Numbering
from ragtenancy.adapters.formats.docx.package import Package
from ragtenancy.adapters.formats.docx.pictures import Gallery
from ragtenancy.adapters.formats.docx.scanned_xml import ScannedXml
from ragtenancy.adapters.formats.docx.styles import StyleSheet
from ragtenancy.adapters.formats.docx.wordml import w

_NOT_NOTES = ("separator", "continuationSeparator", "continuationNotice")


@dataclass
class Reading:
    """What was defined before the body, and what is gathered beside its blocks.

    `linked` gives the part of a relationship, `commented` holds by comment the text that it
    stands at, `graphics` are those that were read, `sections` hold the references to headers
    and footers. `closer` are paragraphs that are more than plain text, of all that are being
    read.
    """

    scan: ScannedXml
    styles: StyleSheet
    numbering: Numbering
    gallery: Gallery
    notes: dict[tuple[str, str], etree._Element]
    linked: Callable[[str], etree._Element | None]
    counters: ListCounters = field(default_factory=ListCounters)
    closer: set[etree._Element] = field(default_factory=set)
    commented: dict[str, str] = field(default_factory=dict)
    graphics: set[str] = field(default_factory=set)
    sections: list[etree._Element] = field(default_factory=list)
    has_title: bool = False
    hidden_runs: int = 0
    foreign_parts: int = 0


def reading_of(package: Package) -> Reading:
    """Return a reading of a package that has not begun."""
    styles = StyleSheet(package.part("styles"))
    return Reading(
        scan=package.xml,
        styles=styles,
        numbering=Numbering(package.part("numbering"), styles),
        gallery=Gallery(package.image),
        notes=_notes(package, "footnote") | _notes(package, "endnote"),
        linked=package.linked,
    )


def _notes(package: Package, kind: str) -> dict[tuple[str, str], etree._Element]:
    """Return the footnotes or endnotes by kind and id."""
    root = package.part(f"{kind}s")
    found = () if root is None else root.iterchildren(w(kind))
    return {
        (kind, note.get(w("id"), "")): note
        for note in found
        if note.get(w("type")) not in _NOT_NOTES
    }
