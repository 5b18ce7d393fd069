"""The expected outputs that other projects ship with their Word documents."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docx_reading import Heading, Reading, heading, words
from pandoc_native import native_reading

_TAGS = re.compile(r"<(?:style|script|sup)\b.*?</(?:style|script|sup)>|<!--.*?-->", re.DOTALL)
_INLINE_TAG = re.compile(r"</?(?:span|a|b|i|em|strong|u|s|sub|sup)\b[^>]*>")
_TAG = re.compile(r"<[^>]+>")
_COMMAND = re.compile(r"\\(?:text|begin|end)\s*|\\([A-Za-z]+)\s?")
_GREEK = {
    name: chr(code)
    for code, name in enumerate(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "varsigma",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        start=0x3B1,
    )
}
_NAMED = ("sin", "cos", "tan", "log", "ln", "lim", "max", "min", "exp", "det", "arg")


def expected_reading(folder: Path, names: str) -> Reading | None:
    """Return the expected reading of a document: docling's, pandoc's, else as HTML."""
    found = [name for name in names.split("|") if name]
    for suffix, read in (
        (".json", docling_reading),
        (".native", native_reading),
        (".html", html_reading),
    ):
        name = next((name for name in found if name.endswith(suffix)), None)
        if name:
            return read((folder / name).read_text("utf-8", "replace"))
    return None


def html_reading(text: str) -> Reading:
    """Return the words of HTML; marks of footnotes are left out."""
    shown = _TAG.sub(" ", _INLINE_TAG.sub("", _TAGS.sub("", text)))
    return Reading(words=words(html.unescape(shown)))


def docling_reading(text: str) -> Reading:
    """Return what docling's JSON holds in its body, in order."""
    document = json.loads(text)
    items = list(_items(document, document["body"]))
    return Reading(
        words=words("\n".join(map(_docling_text, items))),
        headings=[found for item in items if (found := _docling_heading(item))],
        tables=[_docling_table(item) for item in items if item["label"] == "table"],
    )


def _items(document: Mapping[str, Any], parent: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield texts and tables as the tree orders them; headers and comments are other layers."""
    for child in parent.get("children", ()):
        _, kind, index = child["$ref"].split("/")
        item = document[kind][int(index)]
        if item.get("content_layer", "body") != "body":
            continue
        if kind in ("texts", "tables"):
            yield item
        if item["label"] != "table":
            yield from _items(document, item)


def _docling_text(item: Mapping[str, Any]) -> str:
    if item["label"] == "table":
        return "\n".join(cell["text"] for cell in item["data"]["table_cells"])
    text: str = item["text"]
    return plain_latex(text) if item["label"] == "formula" else text


def _docling_heading(item: Mapping[str, Any]) -> Heading | None:
    if item["label"] == "title":
        return heading(0, item["text"])
    return heading(item["level"], item["text"]) if item["label"] == "section_header" else None


def _docling_table(item: Mapping[str, Any]) -> Sequence[Sequence[str]]:
    """Return a table with each cell's text at the first place it covers."""
    rows = [[""] * item["data"]["num_cols"] for _ in range(item["data"]["num_rows"])]
    for cell in item["data"]["table_cells"]:
        rows[cell["start_row_offset_idx"]][cell["start_col_offset_idx"]] = cell["text"]
    return rows


def plain_latex(text: str) -> str:
    """Return what a formula says: Greek letters and names stay, other commands go."""

    def spoken(command: re.Match[str]) -> str:
        name = command[1] or ""
        return _GREEK.get(name) or (f" {name} " if name in _NAMED else "")

    return re.sub(r"[{}^_&]|\\\\", " ", _COMMAND.sub(spoken, text))
