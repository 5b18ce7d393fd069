"""Judged sets in BEIR's layout: reading, plain or gzipped, and writing."""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.evaluation import JudgedSet, JudgedText

GZIP = b"\x1f\x8b"
COLUMNS = 3


class Line(Struct, frozen=True, kw_only=True):
    """A line of a corpus or a query file; the id is `_id` or `id`."""

    beir_id: str | int | None = msgspec.field(name="_id", default=None)
    id: str | int | None = None
    title: str | None = None
    text: str = ""


class ClientQuestion(Struct, frozen=True, kw_only=True):
    """A line of a file of questions: one that the client's own documents answer."""

    client: str
    text: Annotated[str, Meta(min_length=1)]


def read_judged_set(corpus: Path, queries: Path, qrels: Path) -> JudgedSet:
    """Return the judged set. Raises `MalformedError` naming the file and the malformed line."""
    texts = [
        JudgedText(text_id=text_id, title=line.title or "", text=line.text)
        for text_id, line in _lines(corpus)
    ]
    if not texts:
        raise MalformedError(f"{corpus.name} contains no documents.")
    questions = {text_id: line.text for text_id, line in _lines(queries)}
    return JudgedSet(texts=texts, questions=questions, judgements=_judgements(qrels))


def write_judged_set(folder: Path, judged_set: JudgedSet) -> tuple[Path, Path, Path]:
    """Write a judged set into a folder; return the files of documents, questions and judgements."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus, queries, qrels = (
        folder / name for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")
    )
    encode = msgspec.json.Encoder().encode_lines
    corpus.write_bytes(
        encode([{"_id": t.text_id, "title": t.title, "text": t.text} for t in judged_set.texts])
    )
    queries.write_bytes(
        encode([{"_id": each, "text": text} for each, text in judged_set.questions.items()])
    )
    rows = [
        f"{question}\t{document}\t{grade:g}\n"
        for question, judged in judged_set.judgements.items()
        for document, grade in judged.items()
    ]
    qrels.write_text("query-id\tcorpus-id\tscore\n" + "".join(rows), encoding="utf-8")
    return corpus, queries, qrels


def read_client_questions(path: Path) -> Mapping[str, Sequence[str]]:
    """Return questions by client, of JSON lines. Raises `MalformedError` naming the line."""
    decoder = msgspec.json.Decoder(ClientQuestion)
    found: dict[str, list[str]] = {}
    for number, text in _numbered(path):
        try:
            line = decoder.decode(text)
        except msgspec.MsgspecError as error:
            raise MalformedError(f"{path.name}, line {number}: {error}.") from error
        found.setdefault(line.client, []).append(line.text)
    return found


def _lines(path: Path) -> Iterator[tuple[str, Line]]:
    """Yield each record with its id. Raises `MalformedError` for a repeated id."""
    decoder = msgspec.json.Decoder(Line)
    seen: set[str] = set()
    for number, text in _numbered(path):
        try:
            line = decoder.decode(text)
        except msgspec.MsgspecError as error:
            raise MalformedError(f"{path.name}, line {number}: {error}.") from error
        own = line.id if line.beir_id is None else line.beir_id
        if own is None or str(own) in seen:
            what = "no _id or id" if own is None else f"the id {own} is repeated"
            raise MalformedError(f"{path.name}, line {number}: {what}.")
        seen.add(str(own))
        yield str(own), line


def _judgements(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Return the grades by question and document; the first line is a header."""
    judged: dict[str, dict[str, float]] = {}
    for number, text in _numbered(path):
        cells = text.split("\t")
        if number == 1 and not _is_grade(cells[-1]):
            continue
        if len(cells) != COLUMNS or not _is_grade(cells[2]):
            raise MalformedError(
                f"{path.name}, line {number}: expected query id, document id and score, "
                "separated by tabs."
            )
        judged.setdefault(cells[0], {})[cells[1]] = float(cells[2])
    return judged


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1."""
    try:
        with (
            path.open("rb") as file,
            gzip.open(file) if file.peek(len(GZIP)).startswith(GZIP) else file as raw,
            io.TextIOWrapper(raw, encoding="utf-8-sig") as lines,
        ):
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise MalformedError(f"{path.name} is neither UTF-8 text nor gzipped UTF-8.") from error


def _is_grade(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
