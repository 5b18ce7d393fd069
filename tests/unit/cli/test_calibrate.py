"""Fitting the rule of relevance by command: on clients' documents, on a judged set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

TOPICS = {
    "acme": ("refund", "Refunds of order {n} are paid within {n} days of its purchase."),
    "globex": ("pump", "The pump of hall {n} runs at {n} bar and is oiled every {n} weeks."),
}
ASKED = {"acme": "When is the refund of order {n} paid?", "globex": "At which pressure runs the pump of hall {n}?"}  # fmt: skip
SCALES = "RAGTENANCY_RELEVANCE_SCALES"


@pytest.fixture
def clients(run: Run, tmp_path: Path) -> Path:
    """Create two clients with a document each; return a file of their questions."""
    lines = []
    for name, (topic, sentence) in TOPICS.items():
        run("client", "create", name)
        text = "\n\n".join(f"# {topic} {n}\n\n{sentence.format(n=n)}" for n in range(10, 31))
        (tmp_path / f"{name}.md").write_text(text)
        run("ingest", "-c", name, str(tmp_path / f"{name}.md"))
        lines += [{"client": name, "text": ASKED[name].format(n=n)} for n in range(10, 21)]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_a_scale_is_fitted_on_clients_written_and_used(
    run: Run, clients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "scales.json"

    fitted = run("eval", "threshold", "--questions", str(clients), "--write", str(written))
    monkeypatch.setenv(SCALES, str(written))
    explained = run("search", "-c", "acme", "refund of order 12", "--explain")

    assert fitted.code == 0, fitted.err
    assert "22 questions to documents that answer them, 22 to others" in fitted.out
    assert "(built in)" in fitted.out
    assert "own refused" in fitted.out
    assert json.loads(written.read_text())["scales"][0]["questions"] == 44
    assert "(fitted scale)" in explained.out


def test_one_client_is_not_enough(run: Run) -> None:
    run("client", "create", "acme")

    ended = run("eval", "threshold")

    assert ended.code == 1
    assert "needs two clients" in ended.err


def test_a_scale_of_another_embedder_stops_the_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("client", "create", "acme")
    foreign = {"fingerprint": "other", "model": "m", "questions": 40, "offset": 0, "factor": 1}
    path = tmp_path / "scales.json"
    path.write_text(json.dumps({"format": 1, "scales": [foreign]}))
    monkeypatch.setenv(SCALES, str(path))

    ended = run("search", "-c", "acme", "refund")

    assert ended.code == 1
    assert "for another embedder, of the fingerprint other" in ended.err


def test_half_a_judged_set_is_misuse(run: Run, tmp_path: Path) -> None:
    ended = run("eval", "threshold", "--corpus", str(tmp_path))

    assert ended.code == 2
