"""One small call of each model at a server, at start, with the parameters that a turn sends."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import cast

import structlog

from ragtenancy.app.concurrency import together
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Reading
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.hits import Scores
from ragtenancy.domain.ids import ChunkId, DocumentId, Namespace, TenantId, TenantUid
from ragtenancy.domain.model_standing import ModelStandings
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.ports.images import ImageDescriber

log = structlog.get_logger(__name__)

SECONDS = 60.0
NOBODYS = TenantScope(  # belongs to no tenant: these models store nothing
    tenant_id=TenantId("model-trial"),
    tenant_uid=TenantUid("tmodeltrial" + "a" * 16),
    namespace=Namespace("model-trial"),
)
FACT = "The office opens at nine."
QUESTION = "When does the office open?"
SIDE = 64  # pixels; some models reject smaller pictures
Trial = Callable[[], Awaitable[object]]


class ModelTrials:
    """Tries the models of the named kinds; failures are recorded in their standings and logged."""

    def __init__(
        self,
        chat_model: ChatModel,
        embedders: Embedders,
        vision_model: ImageDescriber,
        standings: ModelStandings,
        kinds: frozenset[str],
    ) -> None:
        self._chat_model = chat_model
        self._embedders = embedders
        self._vision_model = vision_model
        self._standings = standings
        self._kinds = kinds

    async def run(self) -> None:
        """Try each model once, all at the same time; raise nothing."""
        trials: Mapping[str, Trial] = {
            "chat": self._chat,
            "embeddings": self._embeddings,
            "images": self._describe,
        }
        with self._standings.trial():
            await together(_tried(trial) for kind, trial in trials.items() if kind in self._kinds)
        for use, error in self._standings.lost().items():
            log.error(
                "model_refuses",
                backend=f"{use.backend}_{use.kind}",
                model=use.model,
                code=error.reason,
                why=error.detail,
            )

    async def _chat(self) -> None:
        stream = cast("AsyncGenerator[AnswerDelta, None]", self._chat_model.stream(_request()))
        async with aclosing(stream) as deltas:
            async for _ in deltas:
                pass

    async def _embeddings(self) -> None:
        await together(each.embed_questions([QUESTION]) for each in self._embedders)

    async def _describe(self) -> None:
        image = Image(media_type="image/png", data=_picture())
        await self._vision_model.describe(NOBODYS, image, ImageContext(caption="A trial"))


async def _tried(trial: Trial) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            await trial()
    except (RagTenancyError, TimeoutError) as error:
        log.info("model_trial_failed", error_type=type(error).__name__)


def _request() -> AnswerRequest:
    """Return a question with one passage, with the settings of a client that has none of its own."""
    config = TenantConfig()
    return AnswerRequest(
        scope=NOBODYS,
        system_prompt=config.prompts.system_prompt,
        asked=QUESTION,
        question=QUESTION,
        questions=[[Reading(QUESTION)]],
        passages=[_passage()],
        model=config.llm_settings.model,
        temperature=config.llm_settings.temperature,
        max_tokens=config.llm_settings.max_tokens,
        reasoning_effort=config.llm_settings.reasoning_effort,
        verbosity=config.llm_settings.verbosity,
        language=config.search_settings.language,
    )


def _passage() -> Source:
    return Source(
        index=1,
        document_id=DocumentId("doc_trial"),
        filename="trial.txt",
        version="1",
        chunk_id=ChunkId("doc_trial:0"),
        section=[],
        text=FACT,
        score=1.0,
        scores=Scores(semantic=1.0, bm25=1.0, semantic_normalized=1.0, bm25_normalized=1.0),
    )


def _picture() -> bytes:
    """Return a PNG of a black square on white."""
    edge, middle = SIDE // 4, SIDE // 2
    light = b"\x00" + b"\xff" * SIDE
    dark = b"\x00" + b"\xff" * edge + b"\x00" * middle + b"\xff" * edge
    rows = light * edge + dark * middle + light * edge
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, data) for name, data in parts)


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
