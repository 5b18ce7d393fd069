"""Comments on slides, of the classic and of the modern kind ([MS-PPTX], 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree
from pptx.opc.package import Part
from pptx.oxml.ns import qn

from ragtenancy.adapters.formats.marks import comment_note
from ragtenancy.domain.parsed import Note
from ragtenancy.domain.visible_text import visible_text

_CLASSIC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_MODERN = "http://schemas.microsoft.com/office/2018/10/relationships/"
_COMMENTS = (f"{_CLASSIC}comments", f"{_MODERN}comments")
_AUTHORS = (f"{_CLASSIC}commentAuthors", f"{_MODERN}authors")
_MAIN_2018 = "{http://schemas.microsoft.com/office/powerpoint/2018/8/main}"
_MODERN_COMMENTS = (f"{_MAIN_2018}cm", f"{_MAIN_2018}reply")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def comment_authors(presentation: Part) -> Mapping[str, str]:
    """Return the names of those who wrote comments by their ids."""
    authors = (each for root in _roots(presentation, _AUTHORS) for each in root)
    return {each.get("id", ""): visible_text(each.get("name", "")) for each in authors}


def comments_on(slide: Part, authors: Mapping[str, str]) -> Iterator[Note]:
    """Yield the comments on a slide, each followed by its replies."""
    for root in _roots(slide, _COMMENTS):
        for comment in root.iter(qn("p:cm"), *_MODERN_COMMENTS):
            text = visible_text(_text(comment))
            if text:
                yield comment_note(text, authors.get(comment.get("authorId", ""), ""))


def _roots(part: Part, kinds: tuple[str, ...]) -> Iterator[etree._Element]:
    for relationship in part.rels.values():
        if relationship.reltype in kinds and not relationship.is_external:
            yield etree.fromstring(relationship.target_part.blob, _PARSER)


def _text(comment: etree._Element) -> str:
    if comment.tag == qn("p:cm"):
        return comment.findtext(qn("p:text")) or ""
    body = comment.find(f"{_MAIN_2018}txBody")
    paragraphs = () if body is None else body.iter(qn("a:p"))
    lines = ("".join(each.text or "" for each in line.iter(qn("a:t"))) for line in paragraphs)
    return "\n".join(lines)
