"""An index of the real service that is marked as a test's, and left as it was found."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.client import PineconeIndex, open_pinecone
from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
from tests.emulators.pinecone import DIMENSION
from tests.library import ACME, OTHER

NEEDS = ("PINECONE_API_KEY", "PINECONE_TEST_INDEX")
MARK = {"purpose": "ragtenancy-test"}


@asynccontextmanager
async def cloud_pinecone() -> AsyncIterator[PineconeIndex]:
    """Give the index, made if it is absent; two tenants' namespaces are there and empty."""
    index = open_pinecone(os.environ["PINECONE_API_KEY"], os.environ["PINECONE_TEST_INDEX"])
    try:
        await schema.prepare(index, dimension=DIMENSION, cloud="aws", region="us-east-1", tags=MARK)
        await require_mark(index)
        storage = PineconeTenantStorage(index)
        await _drop(storage)
        for scope in (ACME, OTHER):
            await storage.create(scope)
        yield index
        await _drop(storage)
    finally:
        await index.close()


async def require_mark(index: PineconeIndex) -> None:
    """Fail for an index that is not marked as a test's: the suites delete what they find."""
    described = await index.control().indexes.describe(index.name)
    if not (described.tags or {}).items() >= MARK.items():
        pytest.fail(f"the index {index.name} is not marked {MARK}: not touched")


async def _drop(storage: PineconeTenantStorage) -> None:
    for scope in (ACME, OTHER):
        await storage.drop(scope)
