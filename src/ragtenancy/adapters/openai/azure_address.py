"""The addresses of Azure OpenAI that its portals show, reduced to where requests go."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

API_VERSION = "2025-04-01-preview"
"""The last dated version; Microsoft names it for the o-series, and /openai/v1/ for later models."""
_V1 = re.compile(r"/openai/v1(?=/|\Z)")
_OPERATION = re.compile(r"/openai(?=/|\Z).*", re.DOTALL)
_FOUNDRY = re.compile(r"\.services\.ai\.azure\.[a-z]+(?::\d+)?\Z", re.IGNORECASE)


class AzureAddress(Struct, frozen=True):
    """A resource, its API version, and whether its requests go to `/openai/v1/`.

    With v1, an API version is sent only if the address names one (`preview`).
    """

    resource: str
    v1: bool
    api_version: str | None

    @classmethod
    def of(cls, endpoint: str, api_version: str | None = None) -> AzureAddress:
        """Return what an address means: a resource, `/openai/v1/`, or one operation's target URI.

        A given API version takes precedence over the address's; otherwise `API_VERSION` applies.
        """
        parts = urlsplit(endpoint)
        named = next(iter(parse_qs(parts.query).get("api-version", [])), None)
        v1 = _V1.search(parts.path)
        path = parts.path[: v1.start()] if v1 else _OPERATION.sub("", parts.path)
        if _FOUNDRY.search(parts.netloc):
            path = ""  # Foundry shows projects and /models below the resource
        resource = f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"
        if v1:
            return cls(resource, v1=True, api_version=named)
        return cls(resource, v1=False, api_version=api_version or named or API_VERSION)

    @property
    def base_url(self) -> str:
        """The address of `/openai/v1/`."""
        return f"{self.resource}/openai/v1/"
