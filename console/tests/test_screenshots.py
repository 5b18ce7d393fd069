"""Screenshots of every page, light, dark and narrow, in the folder that SCREENSHOTS names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ragtenancy.client import Client
from tests.browser import Browser
from tests.conftest import GUIDES, Tenant
from tests.processes import OPERATOR, Process

CHART = "//*[@data-testid='stVegaLiteChart']"
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
def take(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that saves a screenshot in one look."""
    scheme, width = LOOKS[request.param]
    browser.scheme(scheme)
    browser.resize(width, 900)
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def taken(page: str) -> Path:
        path = folder / f"console-{page}-{request.param}.png"
        browser.shot(path)
        return path

    return taken


Take = Callable[[str], Path]


def test_sign_in_looks(browser: Browser, take: Take) -> None:
    browser.sign_in("rtk_local_wrong")
    browser.sees("This key is not accepted.")
    assert take("sign-in").stat().st_size > 0


def test_chat_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.ask("How long is the refund period?")
    browser.find("//button[contains(@class, 'rt-source')]")
    assert take("chat").stat().st_size > 0
    browser.click("//button[contains(@class, 'rt-marker')]")
    browser.find("//*[@role='dialog']//mark")
    assert take("source").stat().st_size > 0


def test_documents_look(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Documents")
    browser.choose("Open a document", "Terms_of_Sale.docx")
    browser.find("//*[contains(@class, 'rt-chunk')]")
    assert take("documents").stat().st_size > 0


def test_search_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Search lab")
    browser.fill("Question or words", "How long is the refund period?")
    browser.press("Search")
    browser.find("//*[contains(@class, 'rt-lab')]//li")
    assert take("search").stat().st_size > 0


def test_usage_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Usage")
    browser.find(CHART)
    assert take("usage").stat().st_size > 0


def test_health_looks(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(shown.key)
    browser.go("Health")
    browser.sees("sqlite")
    assert take("health").stat().st_size > 0


def test_clients_look(browser: Browser, shown: Tenant, take: Take) -> None:
    browser.sign_in(OPERATOR)
    browser.choose("Open a client", shown.client_id)
    browser.find("//*[@role='tab']")
    assert take("clients").stat().st_size > 0


@pytest.mark.usefixtures("shown")
def test_the_installation_looks(browser: Browser, take: Take) -> None:
    browser.sign_in(OPERATOR)
    browser.go("Usage")
    browser.find(CHART)
    browser.sees("Metrics of this process")
    assert take("installation").stat().st_size > 0
