"""Ingesting, searching and asking by command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.factories_files import email_of
from tests.unit.cli.conftest import Filled, Run


def test_a_folder_is_ingested_and_what_is_no_document_skipped(filled: Filled) -> None:
    outcomes = filled.ended.json()
    assert filled.ended.code == 0
    assert isinstance(outcomes, list)
    assert [(Path(each["file"]).name, each["status"]) for each in outcomes] == [
        ("Billing_and_Refunds.docx", "active"),
        ("User_Guide.docx", "active"),
        ("picture.bin", "skipped"),
    ]


def test_a_named_file_that_cannot_be_read_fails(run: Run, guides: Path) -> None:
    run("client", "create", "acme")

    ended = run("ingest", "-c", "acme", str(guides / "picture.bin"))

    assert ended.code == 1
    assert "picture.bin" in ended.err
    assert "Traceback" not in ended.err


def test_metadata_is_kept_with_its_type(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    (tmp_path / "a.txt").write_text("Refunds take 30 days.")

    run("ingest", "-c", "acme", str(tmp_path / "a.txt"), "--metadata", "year=2026",
        "--metadata", "kind=terms")  # fmt: skip

    listed = run("documents", "-c", "acme", "--json").json()
    assert isinstance(listed, list)
    assert listed[0]["metadata"] == {"year": 2026, "kind": "terms"}


def test_a_document_is_replaced_and_deleted(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    file = tmp_path / "a.txt"
    file.write_text("Refunds take 30 days.")
    first = run("ingest", "-c", "acme", str(file), "--json").json()
    assert isinstance(first, list)
    file.write_text("Refunds take 60 days.")
    document_id = first[0]["document_id"]

    run("ingest", "-c", "acme", str(file), "--document", document_id)
    listed = run("documents", "-c", "acme", "--json").json()
    receipt = run("delete", "-c", "acme", document_id, "--json").json()

    assert isinstance(listed, list)
    assert [each["version"] for each in listed] == ["2"]
    assert isinstance(receipt, dict)
    assert receipt["verified"] is True


def test_documents_are_listed_with_whole_ids(read: Run) -> None:
    listed = read("documents", "-c", "acme", "--json").json()
    assert isinstance(listed, list)

    table = read("documents", "-c", "acme").out

    assert all(document["document_id"] in table for document in listed)


def test_jobs_are_listed(read: Run) -> None:
    jobs = read("jobs", "-c", "acme", "--json").json()

    assert isinstance(jobs, list)
    assert {job["status"] for job in jobs} == {"succeeded"}
    assert read("jobs").out.count("succeeded") == len(jobs)


def test_a_search_finds_the_passage(read: Run) -> None:
    ended = read("search", "-c", "acme", "refund period", "--top-k", "1")

    assert "Billing_and_Refunds.docx" in ended.out
    assert "30 days" in ended.out


def test_a_search_as_json_is_the_wires_reply(read: Run) -> None:
    reply = read("search", "-c", "acme", "refund period", "--json", "--explain").json()

    assert isinstance(reply, dict)
    hit = reply["hits"][0]
    explained = hit["explanation"]
    assert hit["score"] == (
        explained["semantic_weight"] * hit["scores"]["semantic"]
        + explained["bm25_weight"] * (hit["scores"]["bm25"] / explained["best_bm25"])
    )


def test_an_explained_search_shows_the_terms(read: Run) -> None:
    ended = read("search", "-c", "acme", "refund period", "--explain")

    assert "idf" in ended.out
    assert "refund" in ended.out
    assert "█" not in ended.out


def test_the_scores_are_drawn_as_bars(read: Run) -> None:
    ended = read("search", "-c", "acme", "refund period", "--explain", "--bars", "--top-k", "1")

    [line] = [line for line in ended.out.splitlines() if "█" in line and "semantic" not in line]
    assert "Billing_and_Refunds.docx > " in line


def test_a_search_accounts_for_a_document(read: Run) -> None:
    documents = read("documents", "-c", "acme", "--json").json()
    assert isinstance(documents, list)
    guide = next(d for d in documents if d["filename"] == "User_Guide.docx")

    ended = read(
        "search", "-c", "acme", "refund period", "--top-k", "1", "--why", guide["document_id"]
    )

    assert f"{guide['document_id']}: outranked" in ended.out
    assert "in chunks" in ended.out


def test_a_question_is_answered_with_its_source(read: Run) -> None:
    ended = read("ask", "-c", "acme", "How long is the refund period?")

    assert "30 days" in ended.out
    assert "[1] Billing_and_Refunds.docx" in ended.out


def test_an_answer_that_is_cut_off_says_so(run: Run, filled: Filled, tmp_path: Path) -> None:
    shutil.copytree(filled.data_dir, tmp_path / "data")
    run("config", "set", "acme", "llm_settings.max_tokens=1")
    question = "How do I create a report?"

    ended = run("ask", "-c", "acme", question)
    reply = run("ask", "-c", "acme", question, "--json").json()

    assert "cut off at llm_settings.max_tokens" in ended.out
    assert isinstance(reply, dict)
    assert reply["truncated"] is True


def test_a_conversation_goes_on_in_one_session(read: Run) -> None:
    ended = read("ask", "-c", "acme", "--session", "s1", typed="What is CA-1001?\nAnd CA-1002?\n")

    assert ended.out.count("User_Guide.docx") >= 2
    assert ended.err == ""


def test_a_question_that_fails_does_not_end_the_conversation(read: Run) -> None:
    typed = "x" * 9_000 + "\nHow long is the refund period?\n"

    ended = read("ask", "-c", "acme", typed=typed)

    assert "of 1 to 8,000 characters" in ended.err
    assert "30 days" in ended.out


def test_parse_prints_what_ingestion_reads(
    guides: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = run("parse", str(guides / "User_Guide.docx"))

    assert "### Creating a report" in ended.out
    assert "2. Choose one or more plants" in ended.out
    assert "CA-1001 | The plant sent no data" in ended.out
    assert list(tmp_path.iterdir()) == []


def test_parse_prints_every_kind_of_space(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "prices.txt"
    file.write_text("From 5\u00a0EUR, 1\u202f000 pieces, 東京\u3000大阪.", encoding="utf-8")

    ended = run("parse", str(file))

    assert ended.out.strip() == "From 5\u00a0EUR, 1\u202f000 pieces, 東京\u3000大阪."


def test_parse_prints_blocks_as_json(guides: Path, run: Run) -> None:
    parsed = run("parse", str(guides / "User_Guide.docx"), "--json").json()

    assert isinstance(parsed, dict)
    assert {"heading", "list_item", "table", "picture"} <= {b["type"] for b in parsed["blocks"]}
    assert parsed["images"][0]["media_type"] == "image/png"


@pytest.mark.parametrize("options", [(), ("--chunks",), ("--chunks", "--json")])
def test_parse_warns_of_files_that_it_does_not_read(
    run: Run, tmp_path: Path, options: tuple[str, ...]
) -> None:
    file = tmp_path / "offer.eml"
    file.write_bytes(email_with_attachment("prices.csv"))

    ended = run("parse", *options, str(file))

    assert "warning: Attached or embedded files were not read: prices.csv." in ended.err


def test_parse_lists_unread_files_in_its_json(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "offer.eml"
    file.write_bytes(email_with_attachment("prices.csv"))

    parsed = run("parse", "--json", str(file)).json()

    assert isinstance(parsed, dict)
    assert parsed["warnings"] == ["Attached or embedded files were not read: prices.csv."]


def email_with_attachment(name: str) -> bytes:
    message = email_of("See the prices.")
    message.add_attachment(b"a,b", maintype="text", subtype="csv", filename=name)
    return message.as_bytes()


def test_parse_names_the_trouble_with_a_file(guides: Path, run: Run) -> None:
    ended = run("parse", str(guides / "picture.bin"))

    assert (ended.code, ended.err.count("\n")) == (1, 1)


@pytest.mark.parametrize("name", ["key.txt", "key.csv", "key.md", "key.html"])
def test_parse_takes_the_encoding_of_a_text(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes("<p>ключ</p>".encode("cp1251"))

    ended = run("parse", str(file), "--charset", "windows-1251")

    assert "ключ" in ended.out


def test_parse_refuses_an_unknown_encoding(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_bytes("ключ".encode("cp1251"))

    ended = run("parse", str(file), "--charset", "cyrillic-ish")

    assert "The encoding is unknown" in ended.err
