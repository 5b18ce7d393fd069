"""The service's routes written plainly in FastAPI, over the same package."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

from ragtenancy import RagTenancy
from ragtenancy.app.chat.events import Token, TurnEvent
from ragtenancy.domain import sources


class View(BaseModel):
    client_id: str
    name: str
    greeting: str
    features: dict[str, bool]
    limits: dict[str, int]
    usage: dict[str, int]


class Question(BaseModel):
    query: str = Field(min_length=1, max_length=4_000)
    top_k: int = Field(default=5, ge=1, le=50)


class Message(BaseModel):
    message: str = Field(min_length=1, max_length=4_000)
    session_id: str | None = None
    stream: bool = False


class Source(BaseModel):
    chunk_id: str
    document_id: str
    filename: str
    text: str
    section: list[str]
    score: float


class Found(BaseModel):
    results: list[Source]


class Answer(BaseModel):
    answer: str
    session_id: str
    sources: list[Source]


def created(rag: RagTenancy, client_id: str, api_key: str) -> FastAPI:
    """Return the application. Keys and the client's view are kept in memory."""
    app = FastAPI()
    keys = {hashlib.sha256(api_key.encode()).hexdigest(): client_id}
    view = View(
        client_id=client_id,
        name="Bench",
        greeting="How can I help?",
        features={"image_analysis": True, "conversation_memory": True},
        limits={"max_upload_bytes": 100_000_000, "max_documents": 10_000},
        usage={"documents": 20, "chunks": 200, "bytes": 1_000_000, "pending_jobs": 0},
    )
    views = {client_id: view}

    def caller(key: Annotated[str, Depends(APIKeyHeader(name="X-API-Key"))]) -> str:
        client = keys.get(hashlib.sha256(key.encode()).hexdigest())
        if client is None:
            raise HTTPException(401, "The key is not valid.")
        return client

    @app.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/api/v1/client")
    async def client(caller: Annotated[str, Depends(caller)]) -> View:
        return views[caller]

    @app.post("/api/v1/search")
    async def search(question: Question, caller: Annotated[str, Depends(caller)]) -> Found:
        found = await rag.tenant(caller).search(question.query, top_k=question.top_k)
        return Found(results=[source(hit.source) for hit in found.hits])

    @app.post("/api/v1/chat", response_model=None)
    async def chat(
        message: Message, caller: Annotated[str, Depends(caller)]
    ) -> Answer | StreamingResponse:
        tenant = rag.tenant(caller)
        if message.stream:
            events = tenant.stream(message.message, session_id=message.session_id)
            return StreamingResponse(encoded(events), media_type="text/event-stream")
        reply = await tenant.ask(message.message, session_id=message.session_id)
        cited = [source(each) for each in reply.sources]
        return Answer(answer=reply.answer, session_id=reply.session_id, sources=cited)

    async def encoded(events: AsyncIterator[TurnEvent]) -> AsyncIterator[str]:
        async for event in events:
            if isinstance(event, Token):
                yield f"event: token\ndata: {json.dumps({'text': event.text})}\n\n"

    def source(found: sources.Source) -> Source:
        return Source(
            chunk_id=found.chunk_id,
            document_id=found.document_id,
            filename=found.filename,
            text=found.text,
            section=list(found.section),
            score=found.score,
        )

    return app
