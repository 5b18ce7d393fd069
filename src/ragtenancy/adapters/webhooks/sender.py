"""Webhooks by HTTP, to addresses that are checked when they are connected to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, urlunsplit

import httpx2

from ragtenancy.domain.errors import InvalidError, UnavailableError
from ragtenancy.domain.webhook_targets import is_public, refused, require_target
from ragtenancy.ports.webhooks import WebhookSender
from ragtenancy.version import __version__

SECONDS = 15.0
RESOLVING_SECONDS = 5.0
PORTS = {"https": 443, "http": 80}
LIMITS = httpx2.Limits(max_keepalive_connections=0)


class HttpWebhookSender(WebhookSender):
    """Resolves a host once, checks all its addresses and connects to one of them.

    Neither redirects nor proxies are followed, and no connection is reused. With `allow_any`, an
    operator's setting, http and addresses that are not public are allowed, too.
    """

    def __init__(self, *, allow_any: bool) -> None:
        self._allow_any = allow_any
        self._tls = ssl.create_default_context()

    async def check(self, url: str) -> None:
        await self._addresses(require_target(url, allow_any=self._allow_any))

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        parts = require_target(url, allow_any=self._allow_any)
        address = (await self._addresses(parts))[0]
        try:
            async with asyncio.timeout(SECONDS):
                return await self._posted(parts, address, headers, body)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:  # TimeoutError is one
            raise _unreachable(f"The address did not answer ({type(error).__name__}).") from error

    async def _posted(
        self, parts: SplitResult, address: str, headers: Mapping[str, str], body: bytes
    ) -> int:
        """Post to the checked address by its number; TLS verifies the host's name."""
        host = f"[{address}]" if ":" in address else address
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        sent = {
            **headers,
            "host": parts.netloc,
            "user-agent": f"ragtenancy/{__version__}",
            "accept-encoding": "identity",
        }
        async with (
            httpx2.AsyncClient(
                verify=self._tls, trust_env=False, follow_redirects=False, limits=LIMITS
            ) as client,
            client.stream(
                "POST",
                f"{parts.scheme}://{host}:{_port(parts)}{path}",
                headers=sent,
                content=body,
                extensions={"sni_hostname": parts.hostname},
            ) as response,
        ):
            return response.status_code

    async def _addresses(self, parts: SplitResult) -> Sequence[str]:
        """Return the host's addresses. Raises as `check` and `send` do."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVING_SECONDS):
                found = await loop.getaddrinfo(
                    parts.hostname, _port(parts), type=socket.SOCK_STREAM
                )
        except (OSError, UnicodeError) as error:
            if not self._allow_any and _is_unknown(error):
                raise _not_public() from error
            raise _unreachable("The host's name could not be resolved.") from error
        addresses = [str(address[0]) for *_, address in found]
        if not self._allow_any and not all(map(is_public, addresses)):
            raise _not_public()
        return addresses


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _is_unknown(error: OSError | UnicodeError) -> bool:
    """Return whether there is no such name, as far as this network knows."""
    return isinstance(error, UnicodeError) or (
        isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN
    )


def _not_public() -> InvalidError:
    """Return one error for private and for unknown hosts, so that it tells no names of a network."""
    return refused("`url` must lead to public addresses only.")


def _unreachable(detail: str) -> UnavailableError:
    return UnavailableError(detail, code="webhook_unreachable")
