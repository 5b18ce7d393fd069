"""Measuring the search by command, on a corpus of four documents."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ragtenancy import RagTenancy
from tests.unit.cli.conftest import Ended, Run

CORPUS = [
    {"_id": "a", "title": "Refunds", "text": "Refunds are paid within 30 days of purchase."},
    {"_id": "b", "title": "Reports", "text": "Open Reports and press New to create a report."},
    {"_id": "c", "title": "Errors", "text": "ERR-4021: the plant sent no data."},
    {"_id": "d", "title": "Only a title", "text": ""},
]
QUERIES = [
    {"_id": "1", "text": "How long does a refund take?"},
    {"_id": "2", "text": "ERR-4021"},
    {"_id": "unjudged", "text": "What is new?"},
]
QRELS = "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\n2\tc\t2\n"


class Files:
    """A judged set as files, for the command's options."""

    def __init__(self, folder: Path) -> None:
        self.corpus, self.queries = folder / "corpus.jsonl", folder / "queries.jsonl"
        self.qrels = folder / "qrels.tsv"
        self.corpus.write_text(_lines(CORPUS))
        self.queries.write_text(_lines(QUERIES))
        self.qrels.write_text(QRELS)

    def evaluated(self, run: Run, *options: str) -> Ended:
        return run("eval", "--corpus", str(self.corpus), "--queries", str(self.queries),
                   "--qrels", str(self.qrels), *options)  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_each_way_of_searching_is_measured(run: Run, files: Files) -> None:
    found = _result(files.evaluated(run, "--json"))

    assert (found["documents"], found["questions"]) == (4, 2)
    assert [each["name"] for each in found["runs"]] == ["semantic", "bm25", "hybrid"]
    assert found["runs"][2]["measures"]["ndcg@10"] == {"mean": 1, "low": 1, "high": 1}
    assert found["runs"][2]["latency_ms"]["p50"] > 0
    assert found["runs"][1]["questions"].keys() == {"1", "2"}


def test_the_table_names_measures_and_intervals(run: Run, files: Files) -> None:
    ended = files.evaluated(run)

    assert ended.code == 0
    assert "2 questions, 4 documents" in ended.out
    assert "1.000 [1.000 1.000]" in ended.out
    assert "hybrid - bm25" in ended.out


def test_gzipped_files_with_plain_ids_say_the_same(run: Run, files: Files, tmp_path: Path) -> None:
    plain = _result(files.evaluated(run, "--json"))
    renamed = [{"id": each["_id"], **each} for each in CORPUS]
    shortened = [{key: row[key] for key in ("id", "title", "text")} for row in renamed]
    files.corpus = tmp_path / "corpus.jsonl.gz"
    files.corpus.write_bytes(gzip.compress(_lines(shortened).encode()))

    packed = _result(files.evaluated(run, "--json"))

    assert packed["runs"][2]["questions"] == plain["runs"][2]["questions"]


def test_several_weights_are_measured_at_once(run: Run, files: Files) -> None:
    options = ("--semantic-weight", "0.5", "--semantic-weight", "0.9", "--language", "german")

    found = _result(files.evaluated(run, "--json", *options))

    hybrids = found["runs"][2:]
    assert [each["name"] for each in hybrids] == ["hybrid 0.5", "hybrid 0.9"]
    assert hybrids[0]["bm25_weight"] == 0.5
    assert {each["language"] for each in hybrids} == {"german"}


def test_two_results_are_compared_in_pairs(run: Run, files: Files, tmp_path: Path) -> None:
    saved = files.evaluated(run, "--json").out
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(saved)
    second.write_text(saved)

    ended = run("eval", "--compare", str(first), str(second), "--json")

    compared = ended.json()
    assert isinstance(compared, list)
    assert [each["name"] for each in compared] == ["semantic", "bm25", "hybrid"]
    assert compared[2]["measures"]["map"] == {
        "mean": 0, "low": 0, "high": 0, "p": 1, "questions": 2,
    }  # fmt: skip


def test_the_data_folder_is_not_touched(run: Run, files: Files, tmp_path: Path) -> None:
    files.evaluated(run, "--json")

    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ('{"title": "no id", "text": "x"}', "corpus.jsonl, line 1: no _id or id."),
        ('{"_id": "a"}\n{"_id": "a"}', "corpus.jsonl, line 2: the id a is repeated."),
        ("not json", "corpus.jsonl, line 1: "),
        ("", "corpus.jsonl contains no documents."),
    ],
)
def test_a_corpus_that_cannot_be_read_is_named(
    run: Run, files: Files, broken: str, sentence: str
) -> None:
    files.corpus.write_text(broken)

    ended = files.evaluated(run)

    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert sentence in ended.err


def test_a_judgement_that_cannot_be_read_is_named(run: Run, files: Files) -> None:
    files.qrels.write_text(f"{QRELS}1 a 1\n")

    ended = files.evaluated(run)

    assert ended.code == 1
    assert "qrels.tsv, line 5" in ended.err


def test_a_file_that_is_no_result_is_named(run: Run, files: Files) -> None:
    ended = run("eval", "--compare", str(files.corpus), str(files.corpus))

    assert ended.code == 1
    assert "corpus.jsonl is not a result" in ended.err


def test_missing_files_are_misuse(run: Run) -> None:
    assert run("eval").code == 2


def test_an_unknown_language_is_refused(run: Run, files: Files) -> None:
    ended = files.evaluated(run, "--language", "klingon")

    assert ended.code == 1
    assert "language" in ended.err


def _lines(rows: list[dict[str, str]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _result(ended: Ended) -> dict[str, Any]:
    found = ended.json()
    assert isinstance(found, dict)
    return found


def test_feedback_becomes_a_judged_set(run: Run, tmp_path: Path) -> None:
    right = asyncio.run(_rated(tmp_path / "data"))

    written = run("eval", "feedback", "-c", "acme", "--write", str(tmp_path / "judged"))
    files = [tmp_path / "judged" / name for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")]
    corpus, queries, qrels = map(str, files)
    ended = run("eval", "--corpus", corpus, "--queries", queries, "--qrels", qrels, "--json")

    assert written.out == (
        "2 questions, 2 documents.\n"
        "1 question left out: no active document is known to be right.\n"
        f"ragtenancy eval --corpus {corpus} --queries {queries} --qrels {qrels}\n"
    )
    documents = [row.split("\t")[1:] for row in files[2].read_text().splitlines()[1:]]
    assert documents == [[each, "1"] for each in right]
    found = _result(ended)
    assert (found["questions"], found["documents"]) == (2, 2)


async def _rated(data_dir: Path) -> list[str]:
    """Rate three answers of a new client; return the documents that are right for two of them."""
    async with RagTenancy.open(data_dir=data_dir) as rag:
        await rag.create_tenant("acme")
        acme = rag.tenant("acme")
        refunds = await acme.ingest(b"Refunds are paid within 30 days.", filename="refunds.txt")
        fees = await acme.ingest(b"The fee is 12 EUR a month.", filename="fees.txt")
        good = await acme.ask("How long does a refund take?", session_id="s1")
        bad = await acme.ask("What is to be paid each month?", session_id="s2")
        unknown = await acme.ask("Who has the key?", session_id="s3")
        await acme.give_feedback("s1", good.turn_id, "up")
        await acme.give_feedback("s2", bad.turn_id, "down", right_document_id=fees.document_id)
        await acme.give_feedback("s3", unknown.turn_id, "down")
        return [refunds.document_id, fees.document_id]
