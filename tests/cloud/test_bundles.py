"""A client that moves from this machine to Cosmos DB and Pinecone, and back."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragtenancy.library.rag import RagTenancy, set_up
from ragtenancy.settings import Settings
from tests.bundles import QUESTION, furnish, held
from tests.cloud.test_cosmos_wiring import cloud
from tests.emulators import cosmos

pytestmark = pytest.mark.emulator


async def test_to_the_cloud_and_back_gives_the_start(tmp_path: Path) -> None:
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator() as running, cloud(running.endpoint, tmp_path) as services:
        await set_up(services)
        first = await exported(Settings(data_dir=tmp_path / "one"), tmp_path / "1.bundle", None)
        second = await exported(services, tmp_path / "2.bundle", tmp_path / "1.bundle")
        third = await exported(
            Settings(data_dir=tmp_path / "two"), tmp_path / "3.bundle", tmp_path / "2.bundle"
        )

    assert same(first, second)
    assert same(second, third)


def same(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> bool:
    """Whether two bundles hold the same; a vector store may round to 1e-6."""
    rounded = {name for name in one if name.endswith(".npy")}
    exact = all(other.get(name) == one[name] for name in one.keys() - rounded)
    return (
        exact
        and one.keys() == other.keys()
        and all(np.allclose(loaded(one[name]), loaded(other[name]), atol=1e-6) for name in rounded)
    )


def loaded(body: bytes) -> Any:
    return np.load(BytesIO(body))


async def exported(settings: Settings, bundle: Path, made_of: Path | None) -> dict[str, bytes]:
    """Make the client anew or of a bundle, let it answer, and return what its bundle holds."""
    async with RagTenancy.open(settings) as rag:
        if made_of is None:
            await furnish(rag, "acme")
        else:
            await rag.import_tenant(made_of)
        assert (await rag.tenant("acme").search(QUESTION)).hits[0].source.filename == "guide.md"
        await rag.export_tenant("acme", bundle)
        return dict(held(bundle, (await rag.get_tenant("acme")).tenant_uid))
