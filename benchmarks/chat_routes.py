"""The routes of a chat turn that are measured: ours, and the same written plainly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from chat_spans import Clock, TimedChatModel, TimedEmbedder
from handbook_corpus import SECTIONS_PER_DOCUMENT, Handbook, Section
from msgspec import Struct

from ragtenancy.adapters.sqlite.channel import Channel, Work
from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.app.search.search import SearchRequest
from ragtenancy.container import Container
from ragtenancy.domain import ids
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.ids import BlobName, ContentHash, DocumentId, JobId, SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder, Vectors
from ragtenancy.settings import Settings

REVISION = ids.revision(1, 1)
TOP = 5
TOKENS = 165
OPENING = 40  # characters of a chunk that are embedded when the index is filled: it saves minutes
REWRITE = "How much does the machine weigh that was asked about?"
REPLY = "It is as the passage says [1]."
PROMPT = "Answer from these passages alone and cite them.\n\n{context}"


class Filled(Struct, frozen=True, kw_only=True):
    """Texts and vectors of every chunk, by document."""

    documents: Sequence[Sequence[Section]]
    vectors: Vectors


async def filled(handbook: Handbook, embedder: Embedder) -> Filled:
    """Embed every chunk by its heading and its opening."""
    sections = handbook.sections
    openings = [f"{s.heading}\n{text[:OPENING]}" for s in sections for text in s.chunks]
    vectors = [await embedder.embed(openings[at : at + 256]) for at in range(0, len(openings), 256)]
    step = SECTIONS_PER_DOCUMENT
    documents = [sections[at : at + step] for at in range(0, len(sections), step)]
    return Filled(documents=documents, vectors=np.concatenate(vectors))


class Ours:
    """The service's use cases, put together by its container over SQLite files."""

    def __init__(self, container: Container, scope: TenantScope, clock: Clock) -> None:
        self._container = container
        self._scope = scope
        self.clock = clock

    def forget_questions(self) -> None:
        """Forget the vectors of questions, so that each is encoded as a new one is."""
        self._container.query_vectors().forget(self._scope)

    async def search(self, question: str) -> list[str]:
        """The use case behind `POST /search`; the texts of the hits."""
        reply = await self._container.search().search(
            self._scope, SearchRequest(query=question, top_k=TOP)
        )
        return [hit.source.text for hit in reply.hits]

    async def turn(self, question: str, session: str) -> str:
        """The use case behind `POST /chat`; the answer."""
        message = ChatMessage(message=question, session_id=SessionId(session))
        return (await self._container.chat().reply(self._scope, message)).answer


@asynccontextmanager
async def ours(
    folder: Path,
    embedder: Embedder,
    clock: Clock,
    scope: TenantScope | None = None,
    model: ChatModel | None = None,
) -> AsyncIterator[tuple[Ours, Container, TenantScope]]:
    """Open a container on a data folder, with a tenant; close it in the end."""
    settings = Settings(data_dir=folder, log_level="error")
    container = Container(settings=settings)
    container.embedder.override(TimedEmbedder(embedder, clock))
    if model is not None:
        container.chat_model.override(TimedChatModel(model, clock))
    async with container.closers():
        if scope is None:
            scope = (await container.tenants().create("bench", "bench")).tenant.scope
        yield Ours(container, scope, clock), container, scope


async def publish(container: Container, scope: TenantScope, corpus: Filled) -> None:
    """Store every document of a corpus as ingestion would."""
    at = 0
    for number, sections in enumerate(corpus.documents):
        document_id = DocumentId(f"doc_{number:06d}")
        chunks = list(_chunks(document_id, sections))
        vectors = corpus.vectors[at : at + len(chunks)]
        at += len(chunks)
        await container.chunks().stage(scope, document_id, REVISION, chunks)
        await container.vectors().stage(scope, document_id, REVISION, vectors)
        document = _document(container, scope, document_id, len(chunks))
        await container.document_repository().add(scope, document)


def _chunks(document_id: DocumentId, sections: Sequence[Section]) -> Iterator[Chunk]:
    ordinal = 0
    for number, section in enumerate(sections):
        for text in section.chunks:
            yield Chunk(
                document_id=document_id,
                revision=REVISION,
                ordinal=ordinal,
                section_ordinal=number,
                section=["Machines", section.heading],
                text=text,
                token_count=TOKENS,
            )
            ordinal += 1


def _document(
    container: Container, scope: TenantScope, document_id: DocumentId, chunks: int
) -> Document:
    now = container.clock().now()
    upload = Upload(
        version=1,
        filename=f"{document_id}.md",
        media_type="text/markdown",
        content_hash=ContentHash("0" * 64),
        size=1,
        blob=BlobName("0" * 64),
        uploaded_at=now,
        job_id=JobId(f"job_{document_id}"),
    )
    active = ActiveVersion(
        upload=upload,
        revision=REVISION,
        total_chunks=chunks,
        embedding_fingerprint=container.embedder().model.fingerprint,
    )
    return Document(
        tenant_uid=scope.tenant_uid, document_id=document_id, created_at=now, active=active
    )


class LangChain:
    """LangChain's memory, EnsembleRetriever over FAISS and BM25, and a model that answers at once.

    As its documents show it. The question is encoded by the same model as ours.
    """

    DISTRIBUTIONS = ("langchain-classic", "langchain-community", "faiss-cpu", "rank-bm25")

    def __init__(
        self, corpus: Filled, embed: Callable[[Sequence[str]], Vectors], clock: Clock
    ) -> None:
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS
        from langchain_core.embeddings import Embeddings
        from langchain_core.language_models import FakeListChatModel
        from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

        class Encoder(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                raise NotImplementedError

            def embed_query(self, text: str) -> list[float]:
                with clock.span(clock.spans.questions):
                    return embed([text])[0].tolist()

        self.clock = clock
        sections = [section for document in corpus.documents for section in document]
        texts = [f"{s.heading}\n{text}" for s in sections for text in s.chunks]
        near = FAISS.from_embeddings(zip(texts, corpus.vectors, strict=True), Encoder())
        self._retriever = EnsembleRetriever(
            retrievers=[
                near.as_retriever(search_kwargs={"k": TOP}),
                BM25Retriever.from_texts(texts, k=TOP),
            ],
            weights=[0.7, 0.3],
        )
        self._prompt = ChatPromptTemplate.from_messages(
            [("system", PROMPT), MessagesPlaceholder("history"), ("human", "{question}")]
        )
        self._model = FakeListChatModel(responses=[REPLY])
        self._sessions: dict[str, Any] = {}

    def forget_questions(self) -> None:
        """Do nothing: it keeps none."""

    async def search(self, question: str) -> list[str]:
        return [found.page_content for found in self._retriever.invoke(question)]

    async def turn(self, question: str, session: str) -> str:
        import warnings

        from langchain_classic.memory import ConversationBufferMemory

        if session not in self._sessions:
            with warnings.catch_warnings(action="ignore"):
                self._sessions[session] = ConversationBufferMemory(return_messages=True)
        memory = self._sessions[session]
        history = memory.load_memory_variables({})["history"]
        found = self._retriever.invoke(question)
        context = "\n\n".join(document.page_content for document in found)
        asked = self._prompt.invoke({"context": context, "history": history, "question": question})
        answer = str(self._model.invoke(asked).content)
        memory.save_context({"input": question}, {"output": answer})
        return answer


class Writes:
    """Counts the transactions that are written, durable and not."""

    durable = 0
    undurable = 0


@contextmanager
def counted_writes() -> Iterator[type[Writes]]:
    """Count the transactions of every SQLite file meanwhile."""
    writing, write_now = Channel.writing, Channel.write_now
    Writes.durable = Writes.undurable = 0

    @contextmanager
    def counting(self: Channel, *, durable: bool = True) -> Iterator[Any]:
        Writes.durable += durable
        Writes.undurable += not durable
        with writing(self, durable=durable) as connection:
            yield connection

    def counting_now(self: Channel, work: Work[object]) -> object:
        done = write_now(self, work)
        Writes.undurable += 1
        return done

    Channel.writing = counting  # type: ignore[method-assign]
    Channel.write_now = counting_now  # type: ignore[assignment,method-assign]
    try:
        yield Writes
    finally:
        Channel.writing = writing  # type: ignore[method-assign]
        Channel.write_now = write_now  # type: ignore[method-assign]
