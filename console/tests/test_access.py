from __future__ import annotations

from ragtenancy.client import Client
from tests.browser import Browser
from tests.conftest import Tenant
from tests.processes import OPERATOR, Process


def test_a_wrong_key_is_refused_in_words(browser: Browser) -> None:
    browser.sign_in("rtk_local_wrong")

    browser.sees("This key is not accepted.")


def test_a_clients_key_opens_the_clients_pages(browser: Browser, empty: Tenant) -> None:
    browser.sign_in(empty.key)

    browser.sees("Acme Corporation")
    browser.sees("Search lab")
    assert "Clients" not in browser.text()


def test_the_operators_key_opens_the_operators_pages(browser: Browser) -> None:
    browser.sign_in(OPERATOR)

    browser.sees("All clients")
    browser.sees("New client")
    assert "Search lab" not in browser.text()


def test_signing_out_forgets_the_key(browser: Browser, empty: Tenant) -> None:
    browser.sign_in(empty.key)
    browser.press("Sign out")

    browser.sees("Sign in with a client's key")
    assert empty.key not in browser.driver.page_source


def test_the_browser_never_holds_the_key(browser: Browser, empty: Tenant) -> None:
    browser.sign_in(empty.key)
    browser.sees("Acme Corporation")

    stored = browser.driver.execute_script(
        "return JSON.stringify([localStorage, sessionStorage, document.cookie])"
    )
    assert empty.key not in stored
    assert empty.key not in browser.driver.page_source


def test_a_revoked_key_signs_out(browser: Browser, empty: Tenant, operator: Client) -> None:
    browser.sign_in(empty.key)
    browser.sees("Acme Corporation")
    for key in operator.admin.api_keys(empty.client_id):
        operator.admin.revoke_api_key(empty.client_id, key.key_id)

    browser.click("//a[@data-testid='stSidebarNavLink'][.//span[normalize-space()='Usage']]")

    browser.sees("This key is not accepted.")


def test_a_server_that_is_away_is_named(browser: Browser, empty: Tenant, service: Process) -> None:
    browser.sign_in(empty.key)
    browser.sees("Acme Corporation")
    service.stop()
    try:
        browser.click("//a[@data-testid='stSidebarNavLink'][.//span[normalize-space()='Health']]")
        browser.sees("The server cannot be reached.")
    finally:
        service.start()

    browser.sees("Every backend is connected.")


def test_nothing_is_fetched_from_elsewhere(browser: Browser, acme: Tenant) -> None:
    browser.sign_in(acme.key)
    browser.go("Documents")
    browser.go("Search lab")
    browser.go("Usage")
    browser.go("Health")

    assert browser.foreign_requests() == []
