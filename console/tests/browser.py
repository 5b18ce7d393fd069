"""Chromium, driven as a person uses it: by labels and by what is to be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

Found = TypeVar("Found")
WAIT_SECONDS = 60
_LINKS = "//a[@data-testid='stSidebarNavLink']"
_SHOW_LINKS = "//*[@data-testid='stExpandSidebarButton']"
_HIDE_LINKS = "//*[@data-testid='stSidebarCollapseButton']//button"
# Streamlit shows its running icon only after half a second; these attributes tell at once. Pages
# move while a section opens, so that a click meant for one field meets another.
_SETTLED = """
const app = document.querySelector("[data-testid='stApp']");
return app !== null
  && app.dataset.testConnectionState === "CONNECTED"
  && app.dataset.testScriptState === "notRunning"
  && document.querySelector("[data-stale='true'], [data-testid='stSkeleton']") === null
  && document.getAnimations().every(each =>
    each.playState !== "running" || each.effect.getComputedTiming().iterations === Infinity);
"""
# What a scrolling box of its own holds (a table, a code block) can be brought into sight.
_CUT_OFF = """
const beyond = element => element.getBoundingClientRect().right > innerWidth + 1;
const scrolls = element => element.closest("pre, table, [data-testid='stDataFrame']") !== null;
return [...document.querySelectorAll("[data-testid='stMain'] *, [role='dialog'] *")]
  .filter(each => each.children.length === 0 && each.textContent.trim() !== ""
    && each.checkVisibility() && beyond(each) && !scrolls(each))
  .map(each => each.textContent);
"""


class Browser:
    """A page of the console in Chromium."""

    def __init__(self, url: str) -> None:
        options = ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--force-device-scale-factor=1",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self.driver = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self._url = url
        self.resize(1180, 900)

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()

    def resize(self, width: int, height: int) -> None:
        """Give the page a size in CSS pixels."""
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def scheme(self, name: str) -> None:
        """Prefer the light or the dark scheme."""
        self._command(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}]
        )

    def open(self) -> None:
        """Load the console anew, which signs out, as in a browser that has never seen it."""
        self._command("Storage.clearDataForOrigin", origin=self._url, storageTypes="all")
        self.driver.get(self._url)

    def sign_in(self, key: str) -> None:
        """Open the console and give a key."""
        self.open()
        self.fill("Key", key)
        self.press("Sign in")

    def go(self, page: str) -> None:
        """Open a page by its link in the side bar, which a narrow window hides."""
        self.settle()
        self.wait(lambda: self._seen(_LINKS) or self._seen(_SHOW_LINKS))
        hidden = not self._seen(_LINKS)
        if hidden:
            self.click(_SHOW_LINKS)
        self.click(f"{_LINKS}[.//span[normalize-space()='{page}']]")
        self.find(f"//h1[normalize-space()='{page}']")
        if hidden:
            self.click(_HIDE_LINKS)
            self.wait(lambda: not self._seen(_LINKS))
        self.settle()

    def find(self, xpath: str) -> WebElement:
        """Return the first visible element."""
        return self.wait(lambda: next(each for each in self._all(xpath) if each.is_displayed()))

    def click(self, xpath: str) -> None:
        """Click on an element once the page is at rest and nothing covers it."""

        def clicked() -> bool:
            if not self._is_settled():
                return False
            element = next(each for each in self._all(xpath) if each.is_displayed())
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True

        self.wait(clicked, what=f"a click on {xpath}")

    def press(self, label: str) -> None:
        """Press a button by its words."""
        self.click(
            f"//button[not(@disabled)][normalize-space(.)='{label}' or .//p[normalize-space()='{label}']]"
        )

    def fill(self, label: str, text: str) -> None:
        """Type into a field by its label, in place of what it holds."""
        self._type(f'//*[self::input or self::textarea][@aria-label="{label}"]', text)

    def ask(self, question: str) -> None:
        """Send a chat message."""
        field = "//textarea[@data-testid='stChatInputTextArea']"
        self._type(field, question)
        self.find(field).send_keys(Keys.ENTER)

    def choose(self, label: str, text: str) -> None:
        """Choose an entry of a select box by typing it."""
        option = f"//*[@role='option'][contains(., '{text}')]"

        def chosen() -> bool:
            if not self._is_settled():
                return False
            if not self._seen(option):
                self._typed(f"//input[contains(@aria-label, '{label}')]", text)
                return False
            self._all(option)[0].click()
            return True

        self.wait(chosen, what=f"the entry {text!r}")
        self.settle()

    def upload(self, label: str, *paths: Path) -> None:
        """Give files to an upload box."""
        field = self.wait(
            lambda: self._all(
                f"//*[@data-testid='stFileUploader'][.//label[@aria-label='{label}' or contains(., '{label}')] or contains(., '{label}')]//input[@type='file']"
            )[0]
        )
        field.send_keys("\n".join(map(str, paths)))

    def sees(self, text: str) -> None:
        """Wait until a text can be read on the page."""
        self.wait(lambda: text in self.text(), what=f"the text {text!r}")

    def text(self) -> str:
        """Return what can be read on the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def settle(self) -> None:
        """Wait until the page's script has run and nothing moves."""
        self.wait(self._is_settled, what="the page to come to rest")

    def shot(self, path: Path) -> None:
        """Save what the window shows as a PNG, with the pointer out of the way."""
        self._command("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
        self.settle()
        self.driver.save_screenshot(str(path))

    def bring(self, xpath: str) -> None:
        """Scroll an element to the middle of the window."""
        self.settle()
        element = self.find(xpath)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)

    def cut_off(self) -> list[str]:
        """Return the texts that lie beyond the right edge of the window, out of sight."""
        found: list[str] = self.driver.execute_script(_CUT_OFF)
        return found

    def foreign_requests(self) -> list[str]:
        """Return the addresses beyond this machine that pages have asked for."""
        entries: list[dict[str, Any]] = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        messages = [json.loads(each["message"])["message"] for each in entries]
        urls = [
            m["params"]["request"]["url"]
            for m in messages
            if m["method"] == "Network.requestWillBeSent"
        ]
        return [
            url
            for url in urls
            if urlsplit(url).scheme in {"http", "https", "ws", "wss"}
            and urlsplit(url).hostname != "127.0.0.1"
        ]

    def wait(self, condition: Callable[[], Found], *, what: str = "") -> Found:
        """Wait until a condition holds; what is not there yet is waited for."""

        def tried(_: object) -> Found | None:
            try:
                return condition()
            except (WebDriverException, StopIteration, IndexError):
                return None

        try:
            found = WebDriverWait(self.driver, WAIT_SECONDS, poll_frequency=0.1).until(tried)
        except WebDriverException as error:
            raise AssertionError(
                f"waited in vain for {what}; the page reads:\n{self.text()}"
            ) from error
        assert found is not None
        return found

    def _type(self, xpath: str, text: str) -> None:
        self.wait(lambda: self._typed(xpath, text), what=f"{text!r} in {xpath}")

    def _typed(self, xpath: str, text: str) -> bool:
        """Type once, if the page is at rest; return whether the field holds the text."""
        if not self._is_settled():
            return False
        field = next(each for each in self._all(xpath) if each.is_displayed())
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)
        return field.get_attribute("value") == text

    def _is_settled(self) -> bool:
        return bool(self.driver.execute_script(_SETTLED))

    def _seen(self, xpath: str) -> bool:
        return any(each.is_displayed() for each in self._all(xpath))

    def _all(self, xpath: str) -> list[WebElement]:
        return self.driver.find_elements(By.XPATH, xpath)

    def _command(self, name: str, **parameters: object) -> None:
        self.driver.execute_cdp_cmd(name, parameters)
