"""Building the SDK's client of an Azure OpenAI resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.adapters.openai.client import RETRIES, TIMEOUT
from ragtenancy.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from openai import AsyncAzureOpenAI

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
    """Return a client, closed at the end; managed identity without a key.

    Each call goes to the deployment that it names as its model: a tenant may have its own.
    The SDK's retries are the only ones; `timeout` is in seconds. Raises `ConfigurationError`
    when an SDK is not installed.
    """
    try:
        from openai import AsyncAzureOpenAI, DefaultAsyncHttpxClient
    except ImportError as error:
        raise ConfigurationError(
            "AZURE_OPENAI_ENDPOINT needs the extra: pip install ragtenancy[cloud]."
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
    """Return what fetches tokens for the machine's managed identity."""
    try:
        from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
    except ImportError as error:
        raise ConfigurationError(
            "Without AZURE_OPENAI_API_KEY managed identity signs in: pip install ragtenancy[cloud]."
        ) from error
    credential = DefaultAzureCredential()
    closers.push_async_callback(credential.close)
    return get_bearer_token_provider(credential, SCOPE)
