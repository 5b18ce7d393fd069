"""Write vectors of real text: `EVAL_DATA=… python benchmarks/embed_pieces.py TEXTS QUERIES`.

Every set's documents, cut at spaces into pieces of 210 characters, without repetitions, shuffled;
and 500 of its questions. A file of float32, shape (texts, 384), each; the texts take half an hour.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

import numpy as np
from judging_data import folder_or_skip, rows

from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder

CORPORA = ("scifact", "mtrag-ret", "cran", "cacm", "med", "cast", "adi")
DOCUMENTS = ("rgb", "squad2", "policyqa", "financebench", "xquad")
ASKED = ("scifact", "cran", "cacm", "med", "mtrag-ret")
CHARACTERS = 210
MAX_TEXTS = 100_000
MAX_QUERIES = 500
AT_A_TIME = 1_000


def pieces(folder: Path) -> Iterator[str]:
    """Yield the pieces of every set."""
    kinds = [(name, "corpus") for name in CORPORA] + [(name, "docs") for name in DOCUMENTS]
    for name, kind in kinds:
        for row in rows(folder, name, kind):
            text = f"{row.get('title') or ''} {row['text']}"
            yield from wrap(text, CHARACTERS, break_long_words=False)


def questions(folder: Path) -> Iterator[str]:
    """Yield the questions of some sets."""
    for name in ASKED:
        yield from (row["text"] for row in rows(folder, name, "queries"))
    yield from (row["question"] for row in rows(folder, "squad2", "qa"))


async def embed(texts: Sequence[str], path: Path) -> None:
    """Write the vectors of texts."""
    embedder, found = MiniLmEmbedder(embedded_model()), []
    for first in range(0, len(texts), AT_A_TIME):
        found.append(await embedder.embed(texts[first : first + AT_A_TIME]))
        print(f"{path.name}: {first + len(found[-1]):,} of {len(texts):,}", flush=True)
    np.save(path, np.concatenate(found))


def main() -> None:
    """Embed both."""
    folder = folder_or_skip()
    texts, asked = list(dict.fromkeys(pieces(folder))), list(questions(folder))
    for some in (texts, asked):
        random.Random(1).shuffle(some)
    asyncio.run(embed(asked[:MAX_QUERIES], Path(sys.argv[2])))
    asyncio.run(embed(texts[:MAX_TEXTS], Path(sys.argv[1])))


if __name__ == "__main__":
    main()
