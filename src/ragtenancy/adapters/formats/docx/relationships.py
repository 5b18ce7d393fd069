"""Which part refers to which: content types and relationships of the package."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from lxml import etree
from msgspec import Struct

CONTENT_TYPES = "[Content_Types].xml"
PACKAGE_RELATIONSHIPS = "_rels/.rels"
_KINDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/",
    "http://purl.oclc.org/ooxml/package/relationships/metadata/",
)


class Relationship(Struct, frozen=True, kw_only=True):
    """One reference; `target` is a member's name, or a URL when it is external.

    `kind` is the last word of the standard relationship types (`styles`, `image`, …), empty
    for others.
    """

    id: str
    kind: str
    target: str
    external: bool


def relationships_of(part: str) -> str:
    """Return the name of the member that holds a part's relationships."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def read_relationships(root: etree._Element, part: str) -> Sequence[Relationship]:
    """Return the relationships of a part, the first of each id."""
    found: dict[str, Relationship] = {}
    for element in root.iterchildren("{*}Relationship"):
        external = element.get("TargetMode", "").lower() == "external"
        target = element.get("Target", "")
        relationship = Relationship(
            id=element.get("Id", ""),
            kind=_kind(element.get("Type", "")),
            target=target if external else _member(target, part),
            external=external,
        )
        found.setdefault(relationship.id, relationship)
    return list(found.values())


def read_content_types(root: etree._Element) -> Mapping[str, str]:
    """Return content types by `/part/name` or `.extension`, both in lower case."""
    types = {}
    for element in root:
        key = element.get("PartName") or f".{element.get('Extension', '')}"
        types[key.lower()] = element.get("ContentType", "")
    return types


def content_type_of(part: str, types: Mapping[str, str]) -> str:
    """Return a part's content type, empty when none is declared."""
    extension = posixpath.splitext(part)[1]
    return types.get(f"/{part}".lower()) or types.get(extension.lower(), "")


def _kind(type_uri: str) -> str:
    prefix = next((prefix for prefix in _KINDS if type_uri.startswith(prefix)), None)
    return type_uri[len(prefix) :] if prefix else ""


def _member(target: str, part: str) -> str:
    path = unquote(target.split("#", maxsplit=1)[0]).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), path)).lstrip("/")
