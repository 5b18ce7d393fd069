"""Ragtenancy and its peers as readers of tables: the texts that a client of each gets.

Ours are the chunks; of a peer the whole document, in the form that keeps most of a table: the HTML
of docling and pandoc, the elements of unstructured with the HTML of its tables, the Markdown of
markitdown without pandas' names for empty headers. A peer reads what it can without models, which
are downloaded from elsewhere: so docling and unstructured do not read PDF here, and unstructured
splits sentences by a rule.
"""

from __future__ import annotations

import asyncio
import html
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

OURS = "**ragtenancy**"
Texts = list[tuple[str, str]]
Read = Callable[[Path], Texts]
_PANDAS = re.compile(r"(?<=\| )(?:NaN|Unnamed: \d+(?:_level_\d+)?)(?= \|)")
_PANDOC_FORMATS = {".md": "gfm", ".docx": "docx", ".dotx": "docx"}


class CannotReadError(Exception):
    """A reader does not take a format, as its documentation says."""


def ours(path: Path) -> Texts:
    """Return the chunks that ingestion cuts a file into."""
    parsing = import_module("ragtenancy.library.parsing")
    document = asyncio.run(parsing.parse_file(path))
    return [(" > ".join(c.section), c.text) for c in parsing.chunks_of(document)]


def docling(path: Path) -> Texts:
    """Return docling's HTML."""
    if path.suffix == ".pdf":
        raise CannotReadError(path.suffix)
    return [("", _docling().convert(path).document.export_to_html())]


@cache
def _docling() -> Any:  # noqa: ANN401 - a peer's class
    # docling 2.143 imports torch for speech alone, whatever it is to read.
    speech = ModuleType("docling.pipeline.asr_transformers")
    speech.TransformersAsrDecoder = object  # type: ignore[attr-defined]
    sys.modules.setdefault(speech.__name__, speech)
    return import_module("docling.document_converter").DocumentConverter()


def markitdown(path: Path) -> Texts:
    """Return markitdown's Markdown."""
    text = _markitdown().convert(str(path)).text_content
    return [("", _PANDAS.sub("", text))]


@cache
def _markitdown() -> Any:  # noqa: ANN401 - a peer's class
    return import_module("markitdown").MarkItDown()


def unstructured(path: Path) -> Texts:
    """Return unstructured's elements, tables as their HTML."""
    if path.suffix == ".pdf":
        raise CannotReadError(path.suffix)
    _split_sentences_by_rule()
    elements = import_module("unstructured.partition.auto").partition(str(path))
    shown = (element.metadata.text_as_html or html.escape(element.text) for element in elements)
    return [("", "\n".join(shown))]


@cache
def _split_sentences_by_rule() -> None:
    """Spare unstructured the model that it would download to tell prose from titles."""
    pipeline = import_module("spacy").blank("en")
    pipeline.add_pipe("sentencizer")
    vars(import_module("unstructured.nlp.tokenize"))["_load_spacy_model"] = lambda: pipeline


def pandoc(path: Path) -> Texts:
    """Return pandoc's HTML."""
    if path.suffix == ".pdf":
        raise CannotReadError(path.suffix)
    known = _PANDOC_FORMATS.get(path.suffix)
    named = ["--from", known] if known else []
    command = [import_module("pypandoc").get_pandoc_path(), *named, "--to", "html", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return [("", done.stdout)]


def readers() -> tuple[Mapping[str, Read], Sequence[str]]:
    """Return the readers that are here, ours first, and the names of those that are not."""
    peers = {"docling": docling, "markitdown": markitdown, "unstructured": unstructured}
    here: dict[str, Read] = {OURS: ours}
    here |= {name: read for name, read in peers.items() if find_spec(name) is not None}
    here |= {"pandoc": pandoc} if find_spec("pypandoc") is not None else {}
    return here, [name for name in (*peers, "pandoc") if name not in here]
