"""Foreign text on the page: answers with their markers, passages in their document, chunks.

The components build text nodes; nothing that a document or a model wrote is parsed as HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragtenancy.client import Client
from ragtenancy.domain.errors import ForbiddenError, NotFoundError
from ragtenancy.wire.documents import Chunk
from ragtenancy.wire.search import Source
from ragtenancy_console.access import in_words
from ragtenancy_console.wording import counted, place, plain

COMPONENTS = Path(__file__).parent / "components"
CONTEXT = 4_000
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_MARKDOWN.disable(["image", "link", "autolink", "reference", "html_block", "html_inline"])


def component(name: str, style: str) -> Callable[..., Any]:
    """Return the component of a script and a style sheet of this package."""
    return st.components.v2.component(
        f"ragtenancy_{name}",
        html='<div class="rt-place"></div>',
        js=(COMPONENTS / f"{name}.js").read_text(encoding="utf-8"),
        css=(COMPONENTS / f"{style}.css").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


_answer = component("answer", "reading")
_passage = component("passage", "reading")
_chunks = component("chunks", "reading")


def show_answer(text: str, sources: Sequence[Source], *, key: str) -> Source | None:
    """Show an answer with its sources; return the source whose marker was just pressed."""
    shown = _answer(
        key=key,
        data={
            "tokens": [_token(each) for each in _MARKDOWN.parse(text)],
            "sources": [
                {"index": each.index, "label": _label(each), "cited": each.cited is not False}
                for each in sources
            ],
        },
        on_opened_change=_nothing,
    )
    return next((each for each in sources if each.index == shown.opened), None)


@st.dialog("Source", width="large")
@in_words
def show_source(client: Client | None, source: Source) -> None:
    """Show a passage marked in its document's text; alone without a client, or if it has changed."""
    st.text(source.filename)
    where = place(source.section, source.page)
    if where:
        st.caption(plain(where))
    before, passage, after = _surroundings(client, source)
    _passage(key="passage", data={"before": before, "passage": passage, "after": after})
    if source.also_in:
        st.caption("Also in: " + ", ".join(plain(each.filename) for each in source.also_in))


def show_chunks(chunks: Iterable[Chunk], *, key: str) -> None:
    """Show chunks in order, with the headings above each."""
    _chunks(
        key=key,
        data={"chunks": [{"heading": _heading(each), "text": each.text} for each in chunks]},
    )


def _surroundings(client: Client | None, source: Source) -> tuple[str, str, str]:
    alone = ("", source.text, "")
    if client is None or source.range is None:
        return alone
    try:
        document = client.text(source.document_id)
    except (ForbiddenError, NotFoundError):
        return alone
    if document.version != source.version:
        st.caption(
            "The document has been replaced since; this is the passage of its former version."
        )
        return alone
    start, end = source.range
    text = document.text
    return text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT]


def _label(source: Source) -> str:
    where = place(source.section[-1:], source.page)
    return f"{source.filename} · {where}" if where else source.filename


def _heading(chunk: Chunk) -> str:
    where = place(chunk.section, chunk.page)
    parts = [f"Chunk {chunk.ordinal + 1}", *([where] if where else [])]
    return " · ".join([*parts, counted(chunk.token_count, "token")])


def _token(token: Token) -> dict[str, Any]:
    return {
        "type": token.type,
        "tag": token.tag,
        "nesting": token.nesting,
        "content": token.content,
        "children": None if token.children is None else [_token(each) for each in token.children],
    }


def _nothing() -> None:
    """Let Streamlit report a trigger; the page reads it from the result."""
