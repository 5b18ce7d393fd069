"""An SDK transport that accepts only replies from the service; imported on use."""

from __future__ import annotations

from typing import Any

from azure.core.pipeline.transport import AioHttpTransport

from ragtenancy.adapters.azure_blob.errors import bad_reply

FIRST_ERROR = 300
REQUEST_ID = "x-ms-request-id"


class CheckedTransport(AioHttpTransport):  # type: ignore[misc]  # exported untyped
    """Rejects a success without the service's header, such as a proxy's page."""

    async def send(self, request: Any, **config: Any) -> Any:  # noqa: ANN401 - the SDK's own
        """Return the reply. Raises `RejectedError`."""
        reply: Any = await super().send(request, **config)
        if reply.status_code < FIRST_ERROR and REQUEST_ID not in reply.headers:
            await reply.close()
            raise bad_reply()
        return reply
