"""A real account of Blob storage, for tier cloud: containers that the tests make and remove."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from ragtenancy.adapters.azure_blob.client import AzureBlobs, open_blobs, prepare

NEEDS = ("RAGTENANCY_BLOB_ENDPOINT", "RAGTENANCY_BLOB_KEY")
MARK = "ragtenancy-test"


@asynccontextmanager
async def cloud_container() -> AsyncIterator[AzureBlobs]:
    """Give a new container, marked by its name; no other is ever opened."""
    endpoint, key = (os.environ[name] for name in NEEDS)
    blobs = open_blobs(endpoint, key, f"{MARK}-{uuid4().hex}")
    try:
        await prepare(blobs, dry_run=False)
        yield blobs
        await blobs.container.delete_container()
    finally:
        await blobs.close()
