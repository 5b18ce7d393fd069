from __future__ import annotations

import pytest

from ragtenancy.client import Client
from ragtenancy.domain.api_keys import Scope
from tests.browser import Browser
from tests.conftest import Tenant
from tests.processes import OPERATOR, Process


def test_a_wrong_key_is_refused_in_words(browser: Browser) -> None:
    browser.sign_in("rtk_local_wrong")

    browser.sees("This key is not accepted.")


@pytest.mark.parametrize("key", [" ", "schlüssel"])
def test_what_cannot_be_a_key_is_not_sent(browser: Browser, key: str) -> None:
    browser.sign_in(key)

    browser.sees("Enter a key, such as rtk_….")


def test_a_suspended_client_is_told_so(browser: Browser, empty: Tenant, operator: Client) -> None:
    operator.admin.suspend_tenant(empty.client_id)
    browser.sign_in(empty.key)

    browser.sees("This client is suspended. Its operator can let it in again.")


def test_a_page_beyond_the_keys_scopes_says_so(
    browser: Browser, empty: Tenant, operator: Client
) -> None:
    made = operator.admin.create_api_key(empty.client_id, scopes=[Scope.CHAT])
    browser.sign_in(made.api_key)
    browser.go("Documents")

    browser.sees("This key may not do that: it lacks a scope.")


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


def test_a_key_revoked_in_a_conversation_signs_out(
    browser: Browser, empty: Tenant, operator: Client
) -> None:
    browser.sign_in(empty.key)
    browser.sees("Acme Corporation")
    for key in operator.admin.api_keys(empty.client_id):
        operator.admin.revoke_api_key(empty.client_id, key.key_id)

    browser.ask("How long is the refund period?")

    browser.sees("This key is not accepted.")
    browser.sees("Sign in with a client's key")


def test_a_server_that_is_away_at_sign_in_is_named(
    browser: Browser, empty: Tenant, service: Process
) -> None:
    browser.open()
    browser.sees("Sign in with a client's key")
    service.stop()
    try:
        browser.fill("Key", empty.key)
        browser.press("Sign in")
        browser.sees("The server cannot be reached. Check that it is running, then try again.")
    finally:
        service.start()
    browser.press("Sign in")

    browser.sees("Acme Corporation")


def test_a_question_to_a_server_that_is_away_is_kept_with_the_reason(
    browser: Browser, acme: Tenant, service: Process
) -> None:
    browser.sign_in(acme.key)
    browser.sees("Acme Corporation")
    service.stop()
    try:
        browser.ask("How long is the refund period?")
        browser.sees("The server cannot be reached.")
        browser.sees("How long is the refund period?")
    finally:
        service.start()
    browser.ask("How long is the refund period?")

    browser.sees("14 days")


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
