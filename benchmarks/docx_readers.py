"""Ragtenancy and its peers as readers of Word documents; a missing one is left out."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from docx_expected import html_reading
from docx_reading import Heading, Reading, heading, words
from pandoc_native import native_reading

from ragtenancy.adapters.formats.docx.document import read_document
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.domain import parsed

OURS = "**ragtenancy**"
Read = Callable[[Path], Reading]
_HEADING_STYLE = re.compile(r"heading ([1-9])\Z", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<h([1-6])[^>]*>(.*?)</h\1>", re.DOTALL)
_LEADING_NUMBER = re.compile(r"^(?:\d+\.)*\d+[.)]?\s+")
_MARKDOWN = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|^\s*(?:\d+[.)]|[-*+]|#+)\s|\\(?=\W)", re.MULTILINE)
_TAG = re.compile(r"<[^>]+>")
_LINK_TARGET = re.compile(r" \((?:(?:https?|ftp)://[^\s]+|[^\s()@]+@[^\s()@]+)\)|~~")


def ours(path: Path) -> Reading:
    """Read with ragtenancy, in this process."""
    with path.open("rb") as file:
        document = read_document(file, ScanLimits())
    texts, more = [], [document.title]
    for block in document.blocks:
        shown, beside = _shown(block)
        texts.append(shown)
        more.append(beside)
    return Reading(
        words=words("\n".join(texts)),
        more=words("\n".join(more)),
        headings=[
            heading(block.level, block.text)
            for block in document.blocks
            if isinstance(block, parsed.Heading)
        ],
        tables=[block.rows for block in document.blocks if isinstance(block, parsed.Table)],
    )


def _shown(block: parsed.Block) -> tuple[str, str]:
    """Return a block's text, and what expected outputs may leave out.

    Those keep the targets of links apart from the text.
    """
    text, beside = _written(block)
    targets = "\n".join(_LINK_TARGET.findall(text))
    return _LINK_TARGET.sub("", text), f"{beside}\n{targets}"


def _written(block: parsed.Block) -> tuple[str, str]:
    if isinstance(block, parsed.Table):
        return "\n".join([block.caption, *(cell for row in block.rows for cell in row)]), ""
    if isinstance(block, parsed.Picture):
        return "", block.alternative_text
    if isinstance(block, parsed.Note) and not block.kind.endswith("note"):
        return "", block.text
    if isinstance(block, parsed.Heading):
        text = _LEADING_NUMBER.sub("", block.text)
        return text, block.text.removesuffix(text)
    return block.text, ""


def python_docx(path: Path) -> Reading:
    """Walk `.paragraphs` and `.tables`, as most programs do."""
    document = import_module("docx").Document(str(path))
    styled = [(each.style.name if each.style else "", each.text) for each in document.paragraphs]
    paragraphs = [(_level(name or ""), text) for name, text in styled]
    tables = [[[cell.text for cell in row.cells] for row in t.rows] for t in document.tables]
    cells = [cell for table in tables for row in table for cell in row]
    return Reading(
        words=words("\n".join([*(text for _, text in paragraphs), *cells])),
        headings=[heading(level, text) for level, text in paragraphs if level is not None],
        tables=tables,
    )


def _level(name: str) -> int | None:
    numbered = _HEADING_STYLE.match(name)
    return int(numbered[1]) if numbered else 0 if name == "Title" else None


def mammoth(path: Path) -> Reading:
    """Read mammoth's HTML."""
    module = import_module("mammoth")
    image = module.images.img_element(lambda _: {"src": ""})
    with path.open("rb") as file:
        text = module.convert_to_html(file, convert_image=image).value
    found = html_reading(text)
    found.headings = list(_html_headings(text))
    return found


def _html_headings(text: str) -> Iterator[Heading]:
    for level, inner in _HTML_HEADING.findall(text):
        yield heading(int(level), _TAG.sub("", inner))


def docx2txt(path: Path) -> Reading:
    """Read docx2txt's text."""
    return Reading(words=words(import_module("docx2txt").process(str(path))))


def markitdown(path: Path) -> Reading:
    """Read markitdown's Markdown."""
    text = import_module("markitdown").MarkItDown().convert(str(path)).text_content
    levels = re.findall(r"^(#{1,6}) (.*)$", text, re.MULTILINE)
    return Reading(
        words=words(_TAG.sub("", _MARKDOWN.sub(r"\1 ", text))),
        headings=[heading(len(marks), _MARKDOWN.sub(r"\1", inner)) for marks, inner in levels],
    )


def pandoc(path: Path) -> Reading:
    """Read pandoc's native output."""
    command = ["pandoc", "-f", "docx", "-t", "native", "-s", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return native_reading(done.stdout)


def readers() -> tuple[Mapping[str, Read], Sequence[str]]:
    """Return the readers that are here, ours first, and the names of those that are not."""
    warnings.simplefilter("ignore")
    peers: Mapping[str, tuple[Read, bool]] = {
        "python-docx": (python_docx, find_spec("docx") is not None),
        "mammoth": (mammoth, find_spec("mammoth") is not None),
        "docx2txt": (docx2txt, find_spec("docx2txt") is not None),
        "markitdown": (markitdown, find_spec("markitdown") is not None),
        "pandoc": (pandoc, shutil.which("pandoc") is not None),
    }
    here = {name: read for name, (read, is_here) in peers.items() if is_here}
    return {OURS: ours, **here}, [name for name in peers if name not in here]
