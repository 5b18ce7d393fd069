"""Hybrid search of frameworks that put a retriever of each kind together.

Each as its own documents show it, without a model: an embedder that gives the question's vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zipf_corpus import Part, Question

from search_engines.engine import BM25_WEIGHT, SEMANTIC_WEIGHT, TOP, Peer

WEIGHTS = [SEMANTIC_WEIGHT, BM25_WEIGHT]


class LangChain:
    """LangChain's EnsembleRetriever over FAISS and its BM25Retriever (rank-bm25)."""

    def __init__(self, parts: Sequence[Part]) -> None:
        from langchain_core.embeddings import Embeddings

        class Given(Embeddings):
            vector: Sequence[float] = ()

            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                raise NotImplementedError

            def embed_query(self, text: str) -> list[float]:  # noqa: ARG002 - theirs to name
                return list(self.vector)

        self._given = Given()
        self._retrievers = [self._retriever(part) for part in parts]

    def _retriever(self, part: Part) -> Any:  # noqa: ANN401 - imported late
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS

        texts, places = list(part.texts), [{"at": at} for at in range(len(part.texts))]
        near = FAISS.from_embeddings(
            zip(texts, part.vectors, strict=True), self._given, metadatas=places
        )
        worded = BM25Retriever.from_texts(texts, metadatas=places, k=TOP)
        nearest = near.as_retriever(search_kwargs={"k": TOP})
        return EnsembleRetriever(retrievers=[nearest, worded], weights=WEIGHTS)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        self._given.vector = question.vector
        found = self._retrievers[tenant].invoke(question.text)
        return [document.metadata["at"] for document in found[:TOP]]


class LlamaIndex:
    """LlamaIndex's QueryFusionRetriever over its vector index and its BM25Retriever (bm25s)."""

    def __init__(self, parts: Sequence[Part]) -> None:
        from llama_index.core import Settings
        from llama_index.core.embeddings import MockEmbedding
        from llama_index.core.llms import MockLLM

        Settings.embed_model, Settings.llm = MockEmbedding(parts[0].vectors.shape[1]), MockLLM()
        self._retrievers = [self._retriever(part) for part in parts]

    def _retriever(self, part: Part) -> Any:  # noqa: ANN401 - imported late
        from llama_index.core import VectorStoreIndex
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.schema import TextNode
        from llama_index.retrievers.bm25 import BM25Retriever

        pairs = zip(part.texts, part.vectors, strict=True)
        nodes = [
            TextNode(text=text, id_=str(at), embedding=vector.tolist())
            for at, (text, vector) in enumerate(pairs)
        ]
        near = VectorStoreIndex(nodes).as_retriever(similarity_top_k=TOP)
        worded = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=TOP)
        return QueryFusionRetriever(
            [near, worded],
            retriever_weights=WEIGHTS,
            similarity_top_k=TOP,
            num_queries=1,
            mode="relative_score",
            use_async=False,
        )

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        from llama_index.core import QueryBundle

        asked = QueryBundle(question.text, embedding=question.vector.tolist())
        return [int(found.node.node_id) for found in self._retrievers[tenant].retrieve(asked)]


class Haystack:
    """Haystack's embedding and BM25 retrievers over its store in memory, and its joiner."""

    def __init__(self, parts: Sequence[Part]) -> None:
        from haystack.components.joiners import DocumentJoiner

        self._join = DocumentJoiner(join_mode="merge", weights=WEIGHTS, top_k=TOP)
        self._retrievers = [self._both(part) for part in parts]

    def _both(self, part: Part) -> tuple[Any, Any]:
        from haystack import Document
        from haystack.components.retrievers.in_memory import (
            InMemoryBM25Retriever,
            InMemoryEmbeddingRetriever,
        )
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        pairs = zip(part.texts, part.vectors, strict=True)
        store.write_documents(
            [
                Document(id=str(at), content=text, embedding=vector.tolist())
                for at, (text, vector) in enumerate(pairs)
            ]
        )
        return (
            InMemoryEmbeddingRetriever(store, top_k=TOP, scale_score=True),
            InMemoryBM25Retriever(store, top_k=TOP, scale_score=True),
        )

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        nearest, worded = self._retrievers[tenant]
        near = nearest.run(query_embedding=question.vector.tolist())["documents"]
        words = worded.run(query=question.text)["documents"]
        return [int(found.id) for found in self._join.run([near, words])["documents"]]


HYBRID_FRAMEWORKS = [
    Peer(
        "LangChain, FAISS + BM25",
        lambda parts, _: LangChain(parts),
        "langchain-classic",
        "langchain-community",
        "faiss-cpu",
    ),
    Peer(
        "LlamaIndex",
        lambda parts, _: LlamaIndex(parts),
        "llama-index-core",
        "llama-index-retrievers-bm25",
    ),
    Peer("Haystack", lambda parts, _: Haystack(parts), "haystack-ai"),
]
