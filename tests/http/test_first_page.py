"""The first page: self-contained, and off by setting."""

from __future__ import annotations

import re

from ragtenancy.settings import Settings
from tests.http.service import Service

ELSEWHERE = re.compile(r"""(?:src|href)=["'](?!/)|url\(|@import|https?://""")


async def test_the_page_fetches_nothing_from_elsewhere(service: Service) -> None:
    reply = await service.call("GET", "/")

    assert reply.headers["content-type"].startswith("text/html")
    assert ELSEWHERE.search(reply.text) is None


async def test_the_policy_allows_the_pages_own_code_only(service: Service) -> None:
    policy = (await service.call("GET", "/")).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert policy.count("'sha256-") == 2


async def test_the_page_has_no_inline_handlers_or_styles(service: Service) -> None:
    page = (await service.call("GET", "/")).text

    assert re.search(r"\son[a-z]+=|\sstyle=", page) is None


async def test_an_operator_can_hide_it() -> None:
    service = Service(Settings(storage="memory", first_page=False))

    async with service.http:
        reply = await service.call("GET", "/")

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_it_links_to_the_console_and_the_documentation_that_the_operator_names() -> None:
    console, docs = "http://127.0.0.1:8501/?a=1&b=2", "https://docs.example.com"
    service = Service(Settings(storage="memory", console_url=console, docs_url=docs))

    async with service.http:
        page = (await service.call("GET", "/")).text

    assert '<a href="http://127.0.0.1:8501/?a=1&amp;b=2">Console</a>' in page
    assert f'<a href="{docs}">Documentation</a>' in page
