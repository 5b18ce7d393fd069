"""The SDK's clients for OpenAI's API and for Azure, and the server's health probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.openai.azure_address import AzureAddress
from ragtenancy.adapters.openai.errors import translated
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from openai import AsyncOpenAI


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
    from ragtenancy.adapters.openai.refusals import log_refusal

    return AsyncOpenAI(
        api_key=api_key or "none",
        base_url=base_url or OPENAI,  # without one, the SDK would use an empty variable as one
        timeout=timeout,
        max_retries=retries,
        http_client=DefaultAsyncHttpxClient(
            timeout=timeout, event_hooks={"response": [bound, log_refusal]}
        ),
    )


SCOPE = "https://cognitiveservices.azure.com/.default"


def open_azure_client(
    endpoint: str,
    api_key: str | None,
    api_version: str | None,
    closers: AsyncExitStack,
    *,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
) -> AsyncOpenAI:
    """Return a client, closed at shutdown; uses managed identity without a key.

    Each call goes to the deployment named as its model: a tenant may have its own. An endpoint
    with `/openai/v1/` is called like OpenAI's own. The SDK's retries are the only ones; `timeout`
    is in seconds. Raises `ConfigurationError` when an SDK is not installed.
    """
    try:
        from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient
    except ImportError as error:
        raise ConfigurationError(
            "AZURE_OPENAI_ENDPOINT needs the extra `ragtenancy[cloud]`."
        ) from error
    from ragtenancy.adapters.openai.bounded import bound
    from ragtenancy.adapters.openai.refusals import log_refusal

    address = AzureAddress.of(endpoint, api_version)
    common: dict[str, Any] = {
        "timeout": timeout,
        "max_retries": retries,
        "http_client": DefaultAsyncHttpxClient(
            timeout=timeout, event_hooks={"response": [bound, log_refusal]}
        ),
    }
    client: AsyncOpenAI
    if address.v1:
        client = AsyncOpenAI(
            base_url=address.base_url,
            api_key=api_key or _identity(closers),
            default_query={"api-version": address.api_version} if address.api_version else None,
            **common,
        )
    else:
        client = AsyncAzureOpenAI(
            azure_endpoint=address.resource,
            api_version=address.api_version,
            api_key=api_key,
            azure_ad_token_provider=None if api_key else _identity(closers),
            **common,
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
        except RagTenancyError as error:
            return self.unavailable(error)
        return ProbeResult(name=self.name, connected=True, required=self.required)
