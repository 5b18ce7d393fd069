"""Turns and sessions."""

from __future__ import annotations

import msgspec

from ragtenancy.app.chat.events import ChatMessage, ChatReply, Done, SourcesFound, TurnEvent
from ragtenancy.app.chat.previews import Preview
from ragtenancy.domain.conversations import ConversationSummary, RatedTurn, Turn
from ragtenancy.domain.feedback import NewFeedback
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.sources import Citation, Unsupported
from ragtenancy.http.streams import encoded_event
from ragtenancy.http.views.search import source
from ragtenancy.wire import chat as wire
from ragtenancy.wire.configs import ConfigPreview, PromptMessage


def message(asked: wire.ChatRequest, key_id: ApiKeyId) -> ChatMessage:
    """Return the message in a request of a key."""
    return ChatMessage(
        message=asked.message,
        session_id=asked.session_id,
        user_id=asked.user_id,
        filters=asked.filters,
        key_id=key_id,
    )


def reply(turn: ChatReply, request_id: str) -> wire.ChatReply:
    """Return a whole turn."""
    return wire.ChatReply(
        answer=turn.answer,
        sources=[source(each) for each in turn.sources],
        citations=[_citation(each) for each in turn.citations],
        session_id=turn.session_id,
        turn_id=turn.turn_id,
        client_id=turn.client_id,
        grounded=turn.grounded,
        truncated=turn.truncated,
        unsupported=[_unsupported(each) for each in turn.unsupported],
        missing_identifiers=turn.missing_identifiers,
        degraded=turn.degraded,
        usage=msgspec.convert(turn.usage, wire.Usage, from_attributes=True),
        config_version=turn.config_version,
        request_id=request_id,
    )


def preview(found: Preview) -> ConfigPreview:
    """Return the answer under a configuration."""
    return ConfigPreview(
        prompt=[
            msgspec.convert(each, PromptMessage, from_attributes=True) for each in found.prompt
        ],
        model=found.model,
        passages=[source(each) for each in found.passages],
        answer=found.answer,
        grounded=found.grounded,
        truncated=found.truncated,
        unsupported=[_unsupported(each) for each in found.unsupported],
        missing_identifiers=found.missing_identifiers,
        degraded=found.degraded,
        usage=msgspec.convert(found.usage, wire.Usage, from_attributes=True),
    )


def event(turn_event: TurnEvent, request_id: str) -> bytes:
    """Return a turn's event, encoded for the stream."""
    if isinstance(turn_event, SourcesFound):
        found = wire.SourcesEvent(sources=[source(each) for each in turn_event.sources])
        return encoded_event("sources", found)
    if isinstance(turn_event, Done):
        return encoded_event("done", reply(turn_event.reply, request_id))
    return encoded_event("token", wire.TokenEvent(text=turn_event.text))


def session(summary: ConversationSummary) -> wire.Session:
    """Return an entry in the list of sessions."""
    return msgspec.convert(summary, wire.Session, from_attributes=True)


def turn(said: Turn) -> wire.Turn:
    """Return one question and its answer."""
    whole = msgspec.structs.replace(said, citations=said.citations or ())
    return msgspec.structs.replace(
        msgspec.convert(whole, wire.Turn, from_attributes=True),
        turn_id=said.turn_id or None,
        answer=None if said.withheld else said.answer,
    )


def new_feedback(given: wire.NewFeedback) -> NewFeedback:
    """Return the feedback in a request."""
    return msgspec.convert(given, NewFeedback, from_attributes=True)


def rated_turn(rated: RatedTurn) -> wire.RatedTurn:
    """Return a turn with its feedback and its session."""
    shown = msgspec.structs.asdict(turn(rated.turn))
    return wire.RatedTurn(**shown, session_id=rated.session_id)


def _citation(found: Citation) -> wire.Citation:
    return msgspec.convert(found, wire.Citation, from_attributes=True)


def _unsupported(found: Unsupported) -> wire.Unsupported:
    return wire.Unsupported(range=found.range, reason=found.reason)
