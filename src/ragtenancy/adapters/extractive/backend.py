"""Answers by extraction: sentences of the passages, without a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, ChatOffer
from ragtenancy.backend.resources import Answering, Resources

if TYPE_CHECKING:
    from ragtenancy.ports.chat_models import ChatModel


def _open(_: Resources, answering: Answering) -> ChatModel:
    from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel

    return ExtractiveChatModel(
        answering.embedders,
        answering.question_vectors,
        answering.lexicons,
        answering.token_counter,
        answering.sentence_vectors,
    )


EXTRACTIVE = Backend(name="extractive", chat=ChatOffer(name="extractive", open=_open))
