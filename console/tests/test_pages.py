from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.client import Client
from tests.browser import Browser
from tests.conftest import Tenant
from tests.processes import OPERATOR

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> ![x](http://127.0.0.1:9/x) :red[hi] $x$"


def test_an_answer_comes_with_markers_that_open_their_passage(
    browser: Browser, acme: Tenant
) -> None:
    browser.sign_in(acme.key)
    browser.ask("How long is the refund period?")

    browser.sees("14 days")
    browser.click("//button[contains(@class, 'rt-marker')]")

    browser.find("//*[@role='dialog']//mark[contains(., '14 days')]")


def test_a_conversation_can_be_left_opened_again_and_erased(browser: Browser, acme: Tenant) -> None:
    browser.sign_in(acme.key)
    browser.ask("How long is the refund period?")
    browser.sees("14 days")
    browser.press("New conversation")
    browser.wait(lambda: "14 days" not in browser.text())

    browser.click("//button[contains(., 'Earlier conversations')]")
    browser.click("//button[contains(., '1 question')]")
    browser.sees("14 days")
    browser.click("//*[contains(@class, 'st-key-erase-')]//button")

    browser.wait(lambda: "14 days" not in browser.text())


def test_a_question_without_an_answer_is_refused_in_words(browser: Browser, acme: Tenant) -> None:
    browser.sign_in(acme.key)
    browser.ask("Who won the football world cup in 1954?")

    browser.sees("I couldn't find that in your documents.")


def test_many_files_are_uploaded_and_read(browser: Browser, empty: Tenant, tmp_path: Path) -> None:
    files = [tmp_path / f"note-{number}.md" for number in range(12)]
    for number, file in enumerate(files):
        file.write_text(f"# Note {number}\n\nThe code of the note is K-{number}00.")
    browser.sign_in(empty.key)
    browser.go("Documents")
    browser.sees("No documents yet.")
    browser.upload("Upload documents", *files)
    browser.press("Upload 12 files")

    browser.sees("12 files ready")
    browser.choose("Open a document", "note-7.md")
    browser.sees("The code of the note is K-700.")


def test_a_refused_upload_says_why(browser: Browser, empty: Tenant, tmp_path: Path) -> None:
    bad = tmp_path / "program.docx"
    bad.write_bytes(b"\x7fELF" + bytes(2000))
    good = tmp_path / "good.txt"
    good.write_text("Holiday requests go to Maria Lopez.")
    browser.sign_in(empty.key)
    browser.go("Documents")
    browser.upload("Upload documents", bad, good)
    browser.press("Upload 2 files")

    browser.sees("1 file ready, 1 failed")
    browser.sees("program.docx:")


def test_an_upload_beyond_the_clients_limit_says_so(
    browser: Browser, empty: Tenant, operator: Client, tmp_path: Path
) -> None:
    operator.admin.set_config(empty.client_id, {"limits": {"max_documents": 1}})
    files = [tmp_path / name for name in ("first.txt", "second.txt")]
    for file in files:
        file.write_text(f"This is the file {file.name}.")
    browser.sign_in(empty.key)
    browser.go("Documents")
    browser.upload("Upload documents", *files)
    browser.press("Upload 2 files")

    browser.sees("1 file ready, 1 failed")
    browser.sees("The client has reached its limit of documents.")


def test_a_document_is_replaced(browser: Browser, empty: Tenant, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The office opens at nine.")
    empty.ingest(note)
    newer = tmp_path / "newer.txt"
    newer.write_text("The office opens at ten.")
    browser.sign_in(empty.key)
    browser.go("Documents")
    browser.choose("Open a document", "note.txt")
    browser.click("//*[@role='tab'][contains(., 'Replace')]")
    browser.upload("New version", newer)
    browser.press("Replace")
    browser.sees("1 file ready")
    browser.settle()

    browser.choose("Open a document", "newer.txt")
    browser.sees("The office opens at ten.")


def test_a_document_is_deleted_with_its_receipt(
    browser: Browser, empty: Tenant, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The office opens at nine.")
    empty.ingest(note)
    browser.sign_in(empty.key)
    browser.go("Documents")
    browser.choose("Open a document", "note.txt")
    browser.click("//*[@role='tab'][contains(., 'Original and deletion')]")
    browser.press("Delete this document")
    browser.press("Delete")

    browser.sees("Every store confirms that nothing is left.")
    browser.sees("No documents yet.")


def test_the_ranking_follows_the_slider(browser: Browser, acme: Tenant) -> None:
    browser.sign_in(acme.key)
    browser.go("Search lab")
    browser.fill("Question or words", "refund period")
    browser.press("Search")
    browser.sees("semantic 0.70 · BM25 0.30")
    browser.driver.execute_script(
        "const s = document.querySelector('#rt-weight'); s.value = 0;"
        "s.dispatchEvent(new Event('input', {bubbles: true}))"
    )

    browser.sees("semantic 0.00 · BM25 1.00")
    first = browser.find("//*[contains(@class, 'rt-lab')]//li[1]")
    assert "score 1.0000" in first.text
    assert "100 % of the best" in first.text


def test_the_lab_scores_as_the_server_does(browser: Browser, acme: Tenant) -> None:
    with Client(acme.url, acme.key) as client:
        told = [f"{hit.score:.4f}" for hit in client.search("refund period", top_k=30).hits]
    browser.sign_in(acme.key)
    browser.go("Search lab")
    browser.fill("Question or words", "refund period")
    browser.press("Search")
    browser.sees("semantic 0.70")

    shown = browser.driver.execute_script(
        "return [...document.querySelectorAll('.rt-lab li > small')]"
        ".map(each => each.textContent.split(' ')[1])"
    )
    assert shown == told


def test_why_a_document_is_absent(browser: Browser, acme: Tenant, tmp_path: Path) -> None:
    note = tmp_path / "canteen.txt"
    note.write_text("The canteen serves soup.")
    acme.ingest(note)
    browser.sign_in(acme.key)
    browser.go("Search lab")
    browser.fill("Question or words", "refund period")
    browser.press("Search")
    browser.choose("Document", "canteen.txt")

    browser.sees("other hits score higher")


def test_usage_shows_figures_beside_limits(browser: Browser, acme: Tenant) -> None:
    browser.sign_in(acme.key)
    browser.go("Usage")

    browser.sees("Documents: 2 of 10,000")
    browser.sees("Uploads by day")


@pytest.mark.usefixtures("acme")
def test_the_operator_sees_metrics(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    browser.go("Usage")

    browser.sees("Uploads by day and client")
    browser.sees("Metrics of this process")


def test_the_operator_sees_what_a_client_used(browser: Browser, acme: Tenant) -> None:
    with Client(acme.url, acme.key) as client:
        client.ask("How long is the refund period?")
    browser.sign_in(OPERATOR)
    browser.go("Usage")

    browser.sees("Usage of a client")
    browser.choose("Client", acme.client_id)
    browser.sees("Tokens in")
    browser.choose("By", "Key")
    browser.sees("Requests")


def test_health_names_each_backend(browser: Browser) -> None:
    browser.sign_in(OPERATOR)
    browser.go("Health")

    browser.sees("Every backend is connected.")
    browser.sees("sqlite")


def test_a_new_clients_key_is_shown_once(browser: Browser, operator: Client) -> None:
    browser.sign_in(OPERATOR)
    browser.sees("New client")
    browser.click("//summary[contains(., 'New client')]")
    browser.fill("Id", "globex")
    browser.fill("Name", "Globex")
    browser.press("Create")

    browser.sees("Copy it now: it is not shown again.")
    assert "rtk_" in browser.text()
    browser.go("Usage")
    browser.go("Clients")
    assert "rtk_" not in browser.text()
    assert operator.admin.get_tenant("globex").name == "Globex"


def test_a_taken_id_is_refused_in_words(browser: Browser, empty: Tenant) -> None:
    browser.sign_in(OPERATOR)
    browser.click("//summary[contains(., 'New client')]")
    browser.fill("Id", empty.client_id)
    browser.press("Create")

    browser.sees("already_exists")


def test_a_configuration_is_saved_and_rolled_back(
    browser: Browser, empty: Tenant, operator: Client
) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", empty.client_id)
    browser.fill("Greeting", "Welcome to Acme!")
    browser.press("Save")
    browser.sees("Saved as version 2: prompts.greeting.")
    assert operator.admin.config(empty.client_id).prompts.greeting == "Welcome to Acme!"

    browser.press("Restore")

    browser.sees("Version 1 is restored as version 3.")


def test_a_configuration_is_tried_before_it_is_saved(
    browser: Browser, acme: Tenant, operator: Client
) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", acme.client_id)
    browser.fill("Persona and style", "Answer like a pirate.")
    browser.fill("Question", "How long is the refund period?")
    browser.press("Preview")
    browser.sees("14 days")
    browser.sees("no language model is connected")
    browser.click("//summary[contains(., 'Prompt')]")
    browser.sees("Answer like a pirate.")
    browser.sees("Question: How long is the refund period?")
    browser.click("//button[contains(@class, 'rt-marker')]")
    browser.find("//*[@role='dialog']//mark[contains(., '14 days')]")

    assert operator.admin.config(acme.client_id).version == 1


def test_a_configuration_that_does_not_hold_is_refused_in_words(
    browser: Browser, empty: Tenant
) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", empty.client_id)
    browser.fill("Model; empty: the default", "gpt-unknown")
    browser.fill("Question", "How long is the refund period?")
    browser.press("Preview")

    browser.sees("unknown_model")


def test_a_client_is_suspended_and_let_in_again(
    browser: Browser, empty: Tenant, operator: Client
) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", empty.client_id)
    browser.click("//*[@role='tab'][contains(., 'Access and deletion')]")
    browser.press("Suspend")
    browser.sees("Every key of this client is refused.")
    assert operator.admin.get_tenant(empty.client_id).status == "suspended"

    browser.press("Let it in again")

    browser.sees("A suspended client keeps its data")


def test_a_client_is_deleted_only_by_its_name(browser: Browser, empty: Tenant) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", empty.client_id)
    browser.click("//*[@role='tab'][contains(., 'Access and deletion')]")
    browser.fill("Type the client's id to delete it", "acme")
    browser.press("Delete this client")
    browser.sees("The id does not match; nothing was deleted.")
    browser.fill("Type the client's id to delete it", empty.client_id)
    browser.press("Delete this client")

    browser.sees("is deleted. Every store confirms that nothing is left.")


def test_a_key_is_created_and_revoked(browser: Browser, empty: Tenant) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", empty.client_id)
    browser.click("//*[@role='tab'][contains(., 'Keys')]")
    browser.fill("Label", "chat widget")
    browser.press("Create key")
    browser.sees("A new key of")

    browser.click("//*[@role='tab'][contains(., 'Keys')]")
    browser.sees("chat widget")
    browser.press("Revoke")
    browser.sees("revoked")


def test_hostile_names_and_texts_are_shown_as_they_are(
    browser: Browser, empty: Tenant, operator: Client, tmp_path: Path
) -> None:
    operator.admin.rename_tenant(empty.client_id, HOSTILE)
    note = tmp_path / "![x](y) <b>note<b> :red[hi].txt"
    note.write_text(f"The refund period is 14 days. {HOSTILE}")
    empty.ingest(note)
    browser.sign_in(empty.key)
    browser.sees(HOSTILE)
    browser.ask("How long is the refund period?")
    browser.sees("14 days")
    browser.sees(note.name)
    browser.go("Documents")
    browser.choose("Open a document", note.name)

    browser.sees(HOSTILE)
    assert browser.driver.title != "owned"
    assert browser.foreign_requests() == []
    assert browser.driver.execute_script("return document.querySelectorAll('main img').length") == 0
