"""The answer to one question under a configuration that is not in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing

from msgspec import Struct

from ragtenancy.app.chat.chat import TURN_SECONDS, TurnGraph, before_deadline
from ragtenancy.app.chat.events import ChatMessage, SourcesFound, Token, TurnInput, TurnState
from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.usage.accounts import Accounts
from ragtenancy.app.usage.metering import Meter
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.prompting import Message, render, system_message
from ragtenancy.domain.sources import Source, Unsupported
from ragtenancy.domain.tenant_config import EffectiveConfig, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.token_counters import TokenCounter

NONCE = 16


class Preview(Struct, frozen=True, kw_only=True):
    """An answer with all that led to it.

    `prompt` is what a language model gets: the system message alone if no passage was found.
    `model` is the language model that was asked, None if none was.
    """

    prompt: Sequence[Message]
    model: str | None
    passages: Sequence[Source]
    answer: str
    grounded: bool
    truncated: bool
    unsupported: Sequence[Unsupported]
    missing_identifiers: Sequence[str]
    degraded: Sequence[str]
    usage: Usage


class Throwaway(Struct, frozen=True, kw_only=True):
    """A graph that fills no cache and writes to no store, with its model.

    `language_model` is the name of the default language model, None if answers are quoted.
    """

    graph: TurnGraph
    language_model: str | None


class Previews:
    """Answers a question as a configuration would, and stores nothing but its usage.

    `throwaway` makes a graph for one question, on a lexical index. Documents are indexed in one
    language: for another one they are indexed anew, for this answer alone.
    """

    def __init__(
        self,
        tenant_records: TenantRecords,
        configs: TenantConfigs,
        lexical: LexicalIndex,
        throwaway: Callable[[LexicalIndex], Throwaway],
        accounts: Accounts,
        counter: TokenCounter,
        ids: Ids,
        *,
        seconds: float = TURN_SECONDS,
    ) -> None:
        self._tenant_records = tenant_records
        self._configs = configs
        self._lexical = lexical
        self._throwaway = throwaway
        self._accounts = accounts
        self._counter = counter
        self._ids = ids
        self._seconds = seconds

    async def preview(self, tenant_id: TenantId, config: TenantConfig, question: str) -> Preview:
        """Return the answer, its passages and the prompt, with no earlier turns.

        Chunking, pictures, attachments, limits and another embedder change nothing: they take
        effect with later uploads or a reindexing. Raises as `TenantConfigs.put` and `Chat.reply` do.
        """
        message = ChatMessage(message=question)
        tenant = await self._tenant_records.find(tenant_id)
        current = await self._configs.effective(tenant.scope)
        proposed = await self._configs.proposed(tenant, config)
        same_language = _language(proposed) == _language(current)
        lexical = self._lexical if same_language else self._lexical.detached()
        answering = self._throwaway(lexical)
        start = TurnInput(
            scope=tenant.scope,
            config=proposed,
            message=message.message,
            history=(),
            filters=None,
            instructions="",
            whole=True,
            meter=Meter(),
        )
        async with self._accounts.admitted(tenant.scope, current):
            try:
                final = await self._final(answering.graph, start)
            finally:
                usage = await uninterrupted(self._account(tenant.scope, start["meter"]))
        return self._shown(final, answering.language_model, usage)

    async def _account(self, scope: TenantScope, meter: Meter) -> Usage:
        used = await meter.read(self._counter)
        if used:
            await self._accounts.add(scope, self._accounts.rows(None, used, questions=0))
        return sum(used.values(), Usage())

    async def _final(self, graph: TurnGraph, start: TurnInput) -> TurnState:
        async with aclosing(before_deadline(graph.run(start), self._seconds)) as events:
            async for event in events:
                if not isinstance(event, SourcesFound | Token):
                    return event
        raise RejectedError("The answer was interrupted before it was complete.")

    def _shown(self, final: TurnState, language_model: str | None, usage: Usage) -> Preview:
        config, request = final["config"].config, final.get("request")
        asked = config.llm_settings.model or language_model
        return Preview(
            prompt=[system_message(config.prompts.system_prompt)]
            if request is None
            else render(request, self._ids.token(NONCE)),
            model=None if request is None or language_model is None else asked,
            passages=final["sources"],
            answer=final["answer"],
            grounded=final["grounded"],
            truncated=final.get("truncated", False),
            unsupported=final.get("unsupported", ()),
            missing_identifiers=final.get("missing_identifiers", ()),
            degraded=final.get("degraded", ()),
            usage=usage,
        )


def _language(effective: EffectiveConfig) -> str:
    return effective.config.search_settings.language
