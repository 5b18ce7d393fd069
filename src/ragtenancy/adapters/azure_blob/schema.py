"""Making the container."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.azure_blob.client import AzureBlobs
from ragtenancy.domain.errors import ConflictError


async def prepare(blobs: AzureBlobs, *, dry_run: bool) -> Sequence[str]:
    """Make the container where it is missing, for nobody to read without a credential.

    Returns what was, or would be, done. Raises `UnavailableError`.
    """
    async with blobs.call():
        present = await blobs.container.exists()
    if present:
        return [f"keep blob container {blobs.name}"]
    if not dry_run:
        await _make(blobs)
    return [f"create blob container {blobs.name}"]


async def _make(blobs: AzureBlobs) -> None:
    """Make it; another process may have been faster."""
    try:
        async with blobs.call():
            await blobs.container.create_container()
    except ConflictError:
        async with blobs.call():
            await blobs.container.get_container_properties()
