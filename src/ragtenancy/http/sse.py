"""Server-sent events, as the WHATWG HTML standard writes them."""

from __future__ import annotations

import msgspec

MEDIA_TYPE = "text/event-stream"


def encode(name: str, data: msgspec.Struct | bytes) -> bytes:
    """Return one event; JSON holds no line break, so one `data:` line is enough."""
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"


def accepts(accept: str) -> bool:
    """Tell whether an `Accept` header asks for events."""
    kinds = [part.partition(";") for part in accept.lower().split(",")]
    return any(
        kind.strip() == "text/event-stream" and "q=0" not in _weights(parameters)
        for kind, _, parameters in kinds
    )


def _weights(parameters: str) -> set[str]:
    return {parameter.strip() for parameter in parameters.split(";")}
