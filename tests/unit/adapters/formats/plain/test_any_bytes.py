"""Whatever bytes come, the parsers of text read them or refuse them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.formats.plain.markdown_parser import MarkdownParser
from ragtenancy.adapters.formats.plain.text_parser import PlainTextParser
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Heading, ParsedDocument
from ragtenancy.ports.parsing import DocumentParser


@pytest.mark.parametrize("parser", [MarkdownParser(), PlainTextParser()], ids=["md", "txt"])
@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(content=st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
async def test_any_bytes_are_read_or_refused(
    content: bytes, parser: DocumentParser, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    try:
        document = await parser.parse(path)
    except UnreadableDocumentError as refused:
        document = ParsedDocument(blocks=[Heading(text=refused.reason, level=0)])

    assert all(getattr(block, "text", "x") for block in document.blocks)
