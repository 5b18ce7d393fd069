"""The first page: what this is, and a box to try a client's key in."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from litestar import Response
from msgspec import Struct

from ragtenancy.domain.errors import NotFoundError
from ragtenancy.http.route import public_route
from ragtenancy.settings import Settings

FOLDER = "<span>Documentation: the folder <code>docs</code></span>"
_INLINE = re.compile(r"<(style|script)>(.*?)</\1>", re.DOTALL)


class Page(Struct, frozen=True, kw_only=True):
    """A page, and the policy that allows its own style and script and nothing else."""

    html: bytes
    policy: str


@public_route("GET", "/", fails=(404,), html=True)
async def read_first_page(settings: Settings) -> Response[bytes]:
    """Read a page for people, with a box to ask a question; 404 if the operator hides it."""
    if not settings.first_page:
        raise NotFoundError("There is no such resource.")
    page = first_page(console=settings.console_url, docs=settings.docs_url)
    return Response(
        page.html, media_type="text/html", headers={"Content-Security-Policy": page.policy}
    )


@lru_cache(maxsize=1)
def first_page(*, console: str | None = None, docs: str | None = None) -> Page:
    """Return the page, which fetches nothing from elsewhere; it links to the addresses given."""
    html = (files("ragtenancy.http") / "first_page.html").read_text(encoding="utf-8")
    links = [_link(console, "Console")] if console else []
    links += [_link(docs, "Documentation") if docs else FOLDER]
    html = html.replace("<!-- links -->", "\n".join(links))
    hashes = {kind: _hash(text) for kind, text in _INLINE.findall(html)}
    policy = (
        f"default-src 'none'; style-src {hashes['style']}; script-src {hashes['script']}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html=html.encode(), policy=policy)


def _link(address: str, name: str) -> str:
    return f'<a href="{escape(address)}">{name}</a>'


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


ROUTES = (read_first_page,)
