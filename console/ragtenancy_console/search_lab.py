"""Search lab: how the weights rank, and why a document is not among the hits."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ragtenancy.client import Client
from ragtenancy.wire.search import Hit, SearchReply
from ragtenancy_console.access import in_words, me
from ragtenancy_console.reading import component
from ragtenancy_console.wording import counted, place, plain

DEPTH = 30
_FOUND = "lab_found"
_REASONS = {
    "outranked": "It matches, but other hits score higher.",
    "filtered": "The filters exclude it.",
    "not_active": "It has no searchable version yet.",
    "no_match": "Nothing in it matches the question.",
    "unknown": "There is no such document any more.",
    None: "It is among the hits.",
}
_ranking = component("ranking", "ranking")


@in_words
def page() -> None:
    """Take a question, rank its hits under any weights, and explain absences."""
    client = me().client
    st.title("Search lab")
    st.write("See what search finds, move the weights, and watch the ranking follow.")
    with st.form("lab"):
        query = st.text_input("Question or words", max_chars=8_000)
        pressed = st.form_submit_button("Search", type="primary", icon=":material/search:")
    if pressed and query.strip():
        st.session_state[_FOUND] = (query, client.search(query, top_k=DEPTH, explain=True))
    found: tuple[str, SearchReply] | None = st.session_state.get(_FOUND)
    if found is None:
        return
    query, reply = found
    if reply.hits:
        _rank(reply)
    else:
        st.info(
            "Nothing was found. Upload documents first, or use other words.",
            icon=":material/search_off:",
        )
    _why(client, query)


def _rank(reply: SearchReply) -> None:
    explained = reply.hits[0].explanation
    weight = 0.5 if explained is None else explained.semantic_weight
    st.caption(
        f"{counted(len(reply.hits), 'hit')} in {reply.took_ms:.0f} ms. The slider starts at this "
        f"client's weights and ranks the best {DEPTH} hits found with them; the configuration stays."
    )
    for name in reply.degraded:
        st.warning(f"Unavailable for this search: {plain(name)}.", icon=":material/warning:")
    _ranking(key="ranking", data={"weight": weight, "hits": [_row(hit) for hit in reply.hits]})


def _row(hit: Hit) -> dict[str, Any]:
    explained = hit.explanation
    return {
        "id": hit.chunk_id,
        "filename": hit.filename,
        "place": place(hit.section, hit.page),
        "text": hit.text,
        "semantic": hit.scores.semantic_normalized,
        "bm25": hit.scores.bm25_normalized,
        "raw": hit.scores.bm25,
        "passes": hit.above_threshold,
        "why": _evidence(hit),
        "terms": []
        if explained is None
        else [
            (each.term, each.frequency, each.document_frequency, each.idf, each.contribution)
            for each in explained.terms
        ],
    }


def _evidence(hit: Hit) -> str:
    explained = hit.explanation
    if explained is None:
        return ""
    ranks = [
        f"{name} rank {rank}"
        for name, rank in (("semantic", explained.semantic_rank), ("BM25", explained.bm25_rank))
        if rank is not None
    ]
    evidence = explained.evidence
    code = ["contains a code or quotation from the question"] if evidence.identified else []
    return " · ".join(
        [
            *ranks,
            f"relevance {explained.relevance:.2f}",
            f"{evidence.coverage:.0%} of the question's words",
            *code,
        ]
    )


@in_words
def _why(client: Client, query: str) -> None:
    st.subheader("Why not this document?")
    names = {each.document_id: each.filename for each in client.documents()}
    chosen = st.selectbox(
        "Document",
        list(names),
        index=None,
        format_func=lambda each: names[each],
        placeholder="Type a name",
        key="why_document",
    )
    if chosen is None:
        st.caption("Choose a document that you expected among the client's own hits.")
        return
    why = client.search(query, why=chosen).why
    if why is None:
        return
    st.info(_REASONS.get(why.reason, "The server gave no reason."), icon=":material/help:")
    if why.best is not None:
        with st.container(border=True):
            st.caption(f"Its best chunk, score {why.best.score:.4f}")
            st.text(why.best.text)
