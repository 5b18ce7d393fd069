"""What every `ImageDescriber` must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.scripted.images import ScriptedImageDescriber
from ragtenancy.adapters.system.images import NoImageDescriber
from ragtenancy.domain.parsed import Image
from ragtenancy.ports.images import ImageContext, ImageDescriber
from tests.contract.backends import Backend, Tier, params
from tests.factories import ACME


@asynccontextmanager
async def scripted(_folder: Path) -> AsyncIterator[ImageDescriber]:
    yield ScriptedImageDescriber()


@asynccontextmanager
async def nobody(_folder: Path) -> AsyncIterator[ImageDescriber]:
    yield NoImageDescriber()


BACKENDS = params(
    Backend(name="scripted", tier=Tier.FAKE, adapter=ScriptedImageDescriber, open=scripted),
    Backend(name="nobody", tier=Tier.EMBEDDED, adapter=NoImageDescriber, open=nobody),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def describer(
    backend: Backend[ImageDescriber], tmp_path: Path
) -> AsyncIterator[ImageDescriber]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_describes_in_words_or_not_at_all(describer: ImageDescriber) -> None:
    image = Image(media_type="image/png", data=b"\x89PNG")

    words = await describer.describe(ACME, image, ImageContext())

    assert words is None or words.strip()


async def test_the_same_picture_has_the_same_description(describer: ImageDescriber) -> None:
    image = Image(media_type="image/png", data=b"\x89PNG")

    first = await describer.describe(ACME, image, ImageContext())

    assert await describer.describe(ACME, image, ImageContext()) == first
