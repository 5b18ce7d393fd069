"""Chat: a conversation with the client's documents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import streamlit as st
from msgspec import Struct

from ragtenancy.client import Client, Done, SourcesFound, Token
from ragtenancy.domain.errors import RagTenancyError, UnauthenticatedError
from ragtenancy.wire.chat import ChatReply, Session, Turn
from ragtenancy.wire.search import Source
from ragtenancy_console.access import SignedIn, in_words, me
from ragtenancy_console.reading import show_answer, show_source
from ragtenancy_console.wording import counted, moment, plain, sentence

MOST_SESSIONS = 50
_TURNS = "chat_turns"
_SESSION = "chat_session"
_UNSUPPORTED = "Statements that no passage supports are in this answer. Check them in its sources."


class Shown(Struct, frozen=True, kw_only=True):
    """A turn on the page."""

    question: str
    answer: str
    sources: Sequence[Source] = ()
    notes: Sequence[str] = ()
    failed: str | None = None


@in_words
def page() -> None:
    """Show the conversation and take the next question."""
    known = me()
    st.title("Chat")
    _choose_session(known.client)
    turns: list[Shown] = st.session_state.setdefault(_TURNS, [])
    if not turns:
        with st.chat_message("assistant"):
            st.text(known.greeting)
    opened = [_show(turn, number) for number, turn in enumerate(turns)]
    question = st.chat_input("Ask about your documents", max_chars=8_000)
    if question:
        turns.append(_ask(known, question))
        st.rerun()
    for source in opened:
        if source is not None:
            show_source(known.client, source)


def _show(turn: Shown, number: int) -> Source | None:
    with st.chat_message("user"):
        st.text(turn.question)
    with st.chat_message("assistant"):
        opened = None
        if turn.answer:
            opened = show_answer(turn.answer, turn.sources, key=f"turn-{number}")
        for note in turn.notes:
            st.caption(note)
        if turn.failed is not None:
            st.error(turn.failed, icon=":material/error:")
    return opened


def _ask(known: SignedIn, question: str) -> Shown:
    """Ask, show the answer as it is written, and return the turn; a failure becomes its words."""
    with st.chat_message("user"):
        st.text(question)
    with st.chat_message("assistant"):
        status, text = st.empty(), st.empty()
        status.caption("Searching the documents …")
        written = ""
        try:
            for event in known.client.stream(question, session_id=st.session_state.get(_SESSION)):
                if isinstance(event, SourcesFound):
                    status.caption(f"Found {counted(len(event.sources), 'passage')}.")
                elif isinstance(event, Token):
                    written += event.text
                    text.text(written)
                elif isinstance(event, Done):
                    st.session_state[_SESSION] = event.reply.session_id
                    return _of_reply(question, event.reply)
        except UnauthenticatedError:
            raise
        except RagTenancyError as error:
            return Shown(question=question, answer=written, failed=sentence(error))
    return Shown(question=question, answer=written, failed="The answer ended before it was whole.")


def _of_reply(question: str, reply: ChatReply) -> Shown:
    degraded = [f"Unavailable for this answer: {plain(name)}." for name in reply.degraded]
    notes = [*_notes(reply), *degraded]
    return Shown(question=question, answer=reply.answer, sources=reply.sources, notes=notes)


def _of_turn(turn: Turn) -> Shown:
    stopped = ["The answer was interrupted."] if turn.status == "aborted" else []
    if turn.withheld:
        stopped.append("The answer is withheld: it cites a document that was deleted.")
    return Shown(
        question=turn.question,
        answer=turn.answer or "",
        sources=turn.sources,
        notes=[*_notes(turn), *stopped],
    )


def _notes(told: ChatReply | Turn) -> list[str]:
    missing = ", ".join(plain(each) for each in told.missing_identifiers)
    return [
        *([f"In no document: {missing}."] if missing else []),
        *([_UNSUPPORTED] if told.unsupported else []),
        *(["The answer was cut off at its longest length."] if told.truncated else []),
    ]


def _choose_session(client: Client) -> None:
    """Offer a new conversation, the latest ones, and to erase the present one."""
    current: str | None = st.session_state.get(_SESSION)
    left, right = st.columns([1, 1])
    if left.button("New conversation", icon=":material/add_comment:", width="stretch"):
        _open(None, [])
    with right.popover("Earlier conversations", icon=":material/history:", width="stretch"):
        _sessions(client, current)


@in_words
def _sessions(client: Client, current: str | None) -> None:
    """List the latest conversations; a failure stays in the list, so that the chat goes on."""
    sessions = sorted(client.sessions(), key=lambda each: each.updated_at, reverse=True)
    if not sessions:
        st.caption("None yet. They appear here once a question is answered.")
    for session in islice(sessions, MOST_SESSIONS):
        _session_row(client, session, current)
    if len(sessions) > MOST_SESSIONS:
        st.caption(f"The latest {MOST_SESSIONS} of {len(sessions):,}.")


def _session_row(client: Client, session: Session, current: str | None) -> None:
    label = f"{moment(session.updated_at)} · {counted(session.turns, 'question')}"
    with st.container(horizontal=True):
        chosen = st.button(
            label,
            key=f"open-{session.session_id}",
            type="primary" if session.session_id == current else "tertiary",
        )
        erased = st.button(
            "",
            key=f"erase-{session.session_id}",
            icon=":material/delete:",
            help="Erase this conversation",
            type="tertiary",
        )
    if chosen:
        _open(session.session_id, [_of_turn(turn) for turn in client.turns(session.session_id)])
    if erased:
        client.erase_session(session.session_id)
        _open(None, []) if session.session_id == current else st.rerun()


def _open(session_id: str | None, turns: list[Shown]) -> None:
    st.session_state[_SESSION] = session_id
    st.session_state[_TURNS] = turns
    st.rerun()
