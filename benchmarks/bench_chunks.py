"""Megabytes of text cut into chunks a second: `make bench-chunks DATA=…`.

The documents of the sets, as paragraphs. "Cutting" has the tokens of each text given at once;
"cutting and counting" asks the model's own; "counting" is of the same sentences alone. A figure is
the best of five runs.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from judging_data import folder_or_skip

from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.token_counters import MiniLmTokenCounter
from ragtenancy.domain.chunking import Count, chunk_document
from ragtenancy.domain.parsed import Paragraph, ParsedDocument
from ragtenancy.domain.sentences import sentences

SETS = ("squad2", "policyqa", "financebench", "xquad")
MAX_CHARACTERS = 5_000_000  # characters of a set
MODEL_TOKENS = 256


def documents(path: Path) -> list[ParsedDocument]:
    """Return the documents of a set, joined so that each is of a book chapter's length."""
    with gzip.open(path, "rt") as file:
        texts = [json.loads(line)["text"] for line in file]
    whole = "\n\n".join(texts)[:MAX_CHARACTERS].split("\n\n")
    paragraphs = [Paragraph(text=text) for text in whole if text.strip()]
    return [
        ParsedDocument(blocks=paragraphs[at : at + 200]) for at in range(0, len(paragraphs), 200)
    ]


def guessed(texts: Sequence[str]) -> Sequence[int]:
    """Return a fifth of the characters."""
    return [len(text) // 5 + 1 for text in texts]


def split(texts: Sequence[str]) -> int:
    """Return the number of sentences in texts."""
    return sum(len(sentences(text)) for text in texts)


def cut(documents: Sequence[ParsedDocument], count: Count) -> int:
    """Return how many chunks there are."""
    cutting = partial(chunk_document, count=count, max_tokens=MODEL_TOKENS, adds_up=True)
    return sum(len(cutting(document)) for document in documents)


def best(work: Callable[[], object]) -> float:
    """Return the seconds of the quickest of five runs."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    """Print a row a set."""
    folder = folder_or_skip() / "retrieval_and_qa"
    counter = MiniLmTokenCounter(embedded_model())
    print("| set | MB | sentences | cutting | cutting and counting | counting |")
    print("|---|---:|---:|---:|---:|---:|")
    for name in SETS:
        found = documents(folder / name / "docs.jsonl.gz")
        texts = [block.text for d in found for block in d.blocks if isinstance(block, Paragraph)]
        pieces = [piece for text in texts for piece in sentences(text)]
        size = sum(len(text.encode()) for text in texts) / 1e6
        seconds = [
            best(partial(split, texts)),
            best(partial(cut, found, guessed)),
            best(partial(cut, found, counter.count)),
            best(partial(counter.count, pieces)),
        ]
        cells = " | ".join(f"{size / each:.1f}" for each in seconds)
        print(f"| {name} | {size:.2f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
