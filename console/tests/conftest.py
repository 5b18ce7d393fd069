"""One server, one console and one browser for all tests; clients of their own for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import Struct

from ragtenancy.client import Client
from tests.browser import Browser
from tests.processes import OPERATOR, ROOT, Process, console, server

GUIDES = ROOT / "src/ragtenancy/demo/guides"


class Tenant(Struct, frozen=True, kw_only=True):
    """A client of the server, with its key."""

    client_id: str
    key: str
    url: str

    def ingest(self, *paths: Path) -> None:
        """Upload files and wait until they are ready."""
        with Client(self.url, self.key) as client:
            for path in paths:
                client.ingest(path)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    running = server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def app(service: Process, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    running = console(service.url, tmp_path_factory.mktemp("console"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium(app: Process) -> Iterator[Browser]:
    browser = Browser(app.url)
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    chromium.resize(1180, 900)
    chromium.scheme("light")
    return chromium


@pytest.fixture
def operator(service: Process) -> Iterator[Client]:
    with Client(service.url, OPERATOR) as client:
        yield client


@pytest.fixture
def empty(operator: Client, service: Process) -> Tenant:
    client_id = f"acme-{uuid4().hex[:8]}"
    made = operator.admin.create_tenant(client_id, name="Acme Corporation")
    return Tenant(client_id=client_id, key=made.api_key, url=service.url)


@pytest.fixture
def acme(empty: Tenant) -> Tenant:
    empty.ingest(GUIDES / "Acme_Handbook.docx", GUIDES / "Terms_of_Sale.docx")
    return empty
