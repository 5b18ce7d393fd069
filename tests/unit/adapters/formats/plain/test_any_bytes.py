"""Whatever bytes come, the parsers of text read them or refuse them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.formats.plain.markdown import read_markdown
from ragtenancy.adapters.formats.plain.text_reader import read_text
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Heading, ParsedDocument


@pytest.mark.parametrize("read", [read_markdown, read_text], ids=["md", "txt"])
@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_read_or_refused(
    content: bytes, read: Callable[[bytes], ParsedDocument]
) -> None:
    try:
        document = read(content)
    except UnreadableDocumentError as refused:
        document = ParsedDocument(blocks=[Heading(text=refused.reason, level=0)])

    assert all(getattr(block, "text", "x") for block in document.blocks)
