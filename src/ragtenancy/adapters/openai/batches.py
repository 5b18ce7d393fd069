"""Cutting texts into requests that an embedding model takes.

A request may hold 2,048 texts and 300,000 tokens, a text 8,192 tokens and not nothing. A token is
at least one byte of UTF-8, so that bytes bound tokens without the model's tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BATCH = 64
BATCH_BYTES = 300_000
TEXT_BYTES = 8_192
NOTHING = " "


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts in order, each as it is sent, in as few requests as the limits allow."""
    batch: list[str] = []
    left = BATCH_BYTES
    for text in map(fitting, texts):
        size = len(text.encode())
        if batch and (len(batch) == BATCH or size > left):
            yield batch
            batch, left = [], BATCH_BYTES
        batch.append(text)
        left -= size
    if batch:
        yield batch


def fitting(text: str) -> str:
    """Return the beginning of a text that surely fits; a space for one that holds nothing."""
    whole = text.encode(errors="replace")
    return whole[:TEXT_BYTES].decode(errors="ignore") or NOTHING
