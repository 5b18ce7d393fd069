"""The demo's guides that come with the package are those that its texts give."""

from __future__ import annotations

import io

import pytest

from ragtenancy.adapters.formats.docx.reader import DocxReader
from ragtenancy.demo.clients import CLIENTS, guide
from scripts.demo_guides import acme, circular_ai
from scripts.demo_guides.guide import Guide
from scripts.demo_guides.writing import as_docx

WRITTEN = (*acme.GUIDES, *circular_ai.GUIDES)


@pytest.mark.parametrize("text", WRITTEN, ids=lambda text: text.filename)
def test_a_guide_is_what_its_text_gives(text: Guide) -> None:
    read = DocxReader().load()

    assert read(io.BytesIO(guide(text.filename))) == read(io.BytesIO(as_docx(text)))


def test_every_guide_belongs_to_a_client() -> None:
    owned = [filename for client in CLIENTS for filename in client.guides]

    assert sorted(owned) == sorted(text.filename for text in WRITTEN)
