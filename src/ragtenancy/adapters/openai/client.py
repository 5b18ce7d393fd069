"""Building and closing the SDK's client, whose replies have a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.domain.errors import ConfigurationError

if TYPE_CHECKING:
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

    Raises `ConfigurationError` when the SDK is not installed.
    """
    try:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient
    except ImportError as error:
        raise ConfigurationError("OPENAI_MODEL needs the extra `ragtenancy[openai]`.") from error
    from ragtenancy.adapters.openai.bounded import bound

    return AsyncOpenAI(
        api_key=api_key or "none",
        base_url=base_url or OPENAI,  # without one, the SDK takes an empty variable for one
        timeout=timeout,
        max_retries=retries,
        http_client=DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [bound]}),
    )
