"""Screenshots of every page, light, dark and narrow, in the folder that SCREENSHOTS names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ragtenancy.client import Client
from tests.browser import Browser
from tests.conftest import GUIDES, Tenant
from tests.processes import OPERATOR, Process

Take = Callable[[str], None]
BAR = "//*[@data-testid='stVegaLiteChart']//*[contains(@class, 'mark-rect')]/*[name()='path']"
LOOKS = {"light": ("light", 1180), "dark": ("dark", 1180), "narrow": ("light", 400)}


@pytest.fixture(scope="module")
def shown(service: Process) -> Iterator[Tenant]:
    """Yield a client with the demo's guides and a conversation."""
    with Client(service.url, OPERATOR) as operator:
        made = operator.admin.create_tenant("acme", name="Acme Corporation")
        tenant = Tenant(client_id="acme", key=made.api_key, url=service.url)
        tenant.ingest(GUIDES / "Acme_Handbook.docx", GUIDES / "Terms_of_Sale.docx")
        yield tenant


@pytest.fixture(params=list(LOOKS))
def take(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Take:
    """Return a function that saves a screenshot in one look; nothing may be cut off in it."""
    scheme, width = LOOKS[request.param]
    browser.scheme(scheme)
    browser.resize(width, 900)
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def taken(page: str) -> None:
        browser.shot(folder / f"console-{page}-{request.param}.png")
        assert browser.cut_off() == []

    return taken


def test_sign_in_looks(browser: Browser, take: Take) -> None:
    browser.sign_in("rtk_local_wrong")
    browser.sees("This key is not accepted.")

    take("sign-in")


def test_an_empty_client_looks(browser: Browser, empty: Tenant, take: Take) -> None:
    browser.sign_in(empty.key)
    browser.sees("Hello! Ask me anything about your documents.")
    take("chat-empty")
    browser.go("Documents")
    browser.sees("No documents yet.")

    take("documents-empty")


def test_chat_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.ask("How long is the refund period?")
    browser.find("//button[contains(@class, 'rt-source')]")
    take("chat")
    browser.click("//button[contains(@class, 'rt-marker')]")
    browser.find("//*[@role='dialog']//mark")

    take("source")


def test_earlier_conversations_look(browser: Browser, shown: Tenant, take: Take) -> None:
    with Client(shown.url, shown.key) as client:
        client.ask("How long is the refund period?", session_id="earlier")
    browser.sign_in(shown.key)
    browser.click("//button[contains(., 'Earlier conversations')]")
    browser.find("//button[contains(., 'question')]")

    take("sessions")


def test_documents_look(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Documents")
    browser.choose("Open a document", "Terms_of_Sale.docx")
    browser.find("//*[contains(@class, 'rt-chunk')]")

    take("documents")


def test_a_refused_upload_looks(
    browser: Browser, empty: Tenant, take: Take, tmp_path: Path
) -> None:
    bad, good = tmp_path / "Quarterly_figures_of_the_northern_region.docx", tmp_path / "notes.txt"
    bad.write_bytes(b"\x7fELF" + bytes(2000))
    good.write_text("Holiday requests go to Maria Lopez.")
    browser.sign_in(empty.key)
    browser.go("Documents")
    browser.upload("Upload documents", bad, good)
    browser.press("Upload 2 files")
    browser.sees("1 file ready, 1 failed")

    take("upload")


def test_a_deleted_document_looks(
    browser: Browser, empty: Tenant, take: Take, tmp_path: Path
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

    take("receipt")


def test_search_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Search lab")
    browser.fill("Question or words", "How long is the refund period?")
    browser.press("Search")
    browser.find("//*[contains(@class, 'rt-lab')]//li")
    take("search")
    browser.click("//*[contains(@class, 'rt-lab')]//summary")
    browser.sees("word stem")

    take("explained")


def test_usage_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Usage")
    browser.find(BAR)

    take("usage")


def test_health_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Health")
    browser.sees("sqlite")

    take("health")


def test_a_client_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", shown.client_id)
    browser.find("//*[@role='tab']")
    take("clients")
    browser.click("//*[@role='tab'][contains(., 'Keys')]")
    browser.sees("New key")
    take("keys")
    browser.click("//*[@role='tab'][contains(., 'Access and deletion')]")
    browser.sees("A suspended client keeps its data")

    take("access")


def test_a_new_client_looks(browser: Browser, take: Take) -> None:
    browser.sign_in(OPERATOR)
    browser.click("//summary[contains(., 'New client')]")
    browser.fill("Id", f"initech-{uuid4().hex[:6]}")
    browser.fill("Name", "Initech")
    browser.press("Create")
    browser.sees("Copy it now: it is not shown again.")

    take("new-client")


def test_a_preview_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", shown.client_id)
    browser.fill("Question", "How long is the refund period?")
    browser.press("Preview")
    browser.bring("//*[contains(@class, 'rt-answer')]")

    take("preview")


@pytest.mark.usefixtures("shown")
def test_the_installation_looks(browser: Browser, take: Take) -> None:
    browser.sign_in(OPERATOR)
    browser.go("Usage")
    browser.find(BAR)
    browser.sees("Metrics of this process")

    take("installation")
