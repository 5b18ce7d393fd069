"""The SDK's clients of models: one of OpenAI's protocol, and one per deployment of Azure's."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ragtenancy.composition.needed import given, require_package, revealed
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncAzureOpenAI, AsyncOpenAI


class ModelClients:
    """Opens each client when it is first asked for; all are closed at the end."""

    def __init__(self, settings: Settings, closers: AsyncExitStack) -> None:
        self._settings = settings
        self._closers = closers
        self._openai: AsyncOpenAI | None = None
        self._azure: dict[str, AsyncAzureOpenAI] = {}

    def openai(self) -> AsyncOpenAI:
        """Return the one client of OpenAI's protocol."""
        if self._openai is None:
            from ragtenancy.adapters.openai.client import open_client

            openai = self._settings.openai
            self._openai = open_client(revealed(openai.api_key), openai.base_url)
            self._closers.push_async_callback(self._openai.close)
        return self._openai

    def azure(self, deployment: str) -> AsyncAzureOpenAI:
        """Return the client of a deployment."""
        if deployment not in self._azure:
            self._azure[deployment] = self._open_azure()
        return self._azure[deployment]

    def _open_azure(self) -> AsyncAzureOpenAI:
        require_package("openai", "Azure OpenAI")
        from ragtenancy.adapters.openai.azure import open_azure_client

        azure = self._settings.azure_openai
        return open_azure_client(
            given(azure.endpoint, "AZURE_OPENAI_ENDPOINT"),
            revealed(azure.api_key),
            azure.api_version,
            self._closers,
        )
