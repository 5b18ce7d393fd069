"""The SDK's clients for OpenAI's API and for Azure, and the server's health probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.adapters.openai.errors import translated
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from openai import AsyncAzureOpenAI, AsyncOpenAI


OPENAI = "https://api.openai.com/v1"
TIMEOUT = 60.0
RETRIES = 2


def open_client(
    api_key: str | None,
    base_url: str | None,
    *,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
) -> AsyncOpenAI:
    """Return a client; the SDK's retries are the only ones. `timeout` is in seconds.

    Raises `ConfigurationError` if the SDK is not installed.
    """
    try:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient
    except ImportError as error:
        raise ConfigurationError(
            "Models from OpenAI need the extra `ragtenancy[openai]`."
        ) from error
    from ragtenancy.adapters.openai.bounded import bound

    return AsyncOpenAI(
        api_key=api_key or "none",
        base_url=base_url or OPENAI,  # without one, the SDK would use an empty variable as one
        timeout=timeout,
        max_retries=retries,
        http_client=DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [bound]}),
    )


SCOPE = "https://cognitiveservices.azure.com/.default"


def open_azure_client(
    endpoint: str,
    api_key: str | None,
    api_version: str,
    closers: AsyncExitStack,
    *,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
) -> AsyncAzureOpenAI:
    """Return a client, closed at shutdown; uses managed identity without a key.

    Each call goes to the deployment named as its model: a tenant may have its own.
    The SDK's retries are the only ones; `timeout` is in seconds. Raises `ConfigurationError`
    when an SDK is not installed.
    """
    try:
        from openai import AsyncAzureOpenAI, DefaultAsyncHttpxClient
    except ImportError as error:
        raise ConfigurationError(
            "AZURE_OPENAI_ENDPOINT needs the extra `ragtenancy[cloud]`."
        ) from error
    from ragtenancy.adapters.openai.bounded import bound

    client = AsyncAzureOpenAI(
        azure_endpoint=endpoint,
        api_version=api_version,
        api_key=api_key,
        azure_ad_token_provider=None if api_key else _identity(closers),
        timeout=timeout,
        max_retries=retries,
        http_client=DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [bound]}),
    )
    closers.push_async_callback(client.close)
    return client


def _identity(closers: AsyncExitStack) -> Callable[[], Awaitable[str]]:
    """Return a function that fetches tokens for the machine's managed identity."""
    try:
        from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
    except ImportError as error:
        raise ConfigurationError(
            "Managed identity, used without AZURE_OPENAI_API_KEY, needs `ragtenancy[cloud]`."
        ) from error
    credential = DefaultAzureCredential()
    closers.push_async_callback(credential.close)
    return get_bearer_token_provider(credential, SCOPE)


PROBE_SECONDS = 5.0


class OpenAIProbe(Probe):
    """Lists the models, which is free; not required, since search and refusals still work."""

    def __init__(self, client: AsyncOpenAI, *, name: str = "openai") -> None:
        self._client = client
        self._name = name

    @property
    def name(self) -> str:
        """The backend's name."""
        return self._name

    @property
    def required(self) -> bool:
        """False: without models, lexical search still works."""
        return False

    async def check(self) -> ProbeResult:
        """Probe once, without the SDK's retries."""
        try:
            async with translated(seconds=PROBE_SECONDS):
                await self._client.with_options(max_retries=0).models.list()
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False, required=self.required)
        return ProbeResult(name=self.name, connected=True, required=self.required)
