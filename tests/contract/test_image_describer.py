"""What every `ImageDescriber` must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.measured.models import MeasuredImageDescriber
from ragtenancy.adapters.ocr.images import OcrImageDescriber
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.images import OpenAIImageDescriber
from ragtenancy.adapters.system.joined import FallbackImageDescriber
from ragtenancy.adapters.system.null_adapters import NoImageDescriber
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.ports.images import ImageDescriber
from tests.azure_openai import azure_client
from tests.contract.backends import Backend, Tier, params
from tests.contract.measuring import model_calls
from tests.factories import ACME
from tests.factories_docx import png
from tests.openai_server import completion_reply, openai_server
from tests.scripted.images import ScriptedImageDescriber

PICTURE = Image(media_type="image/png", data=png())
BROKEN = Image(media_type="image/png", data=png()[:20])


@asynccontextmanager
async def scripted(_folder: Path) -> AsyncIterator[ImageDescriber]:
    yield ScriptedImageDescriber()


@asynccontextmanager
async def nobody(_folder: Path) -> AsyncIterator[ImageDescriber]:
    yield NoImageDescriber()


@asynccontextmanager
async def ocr(_folder: Path) -> AsyncIterator[ImageDescriber]:
    describer = OcrImageDescriber()
    yield describer
    await describer.close()


@asynccontextmanager
async def openai(_folder: Path) -> AsyncIterator[ImageDescriber]:
    with openai_server(lambda *_: completion_reply("A red button.")) as server:
        async with open_client("key", server.url) as client:
            yield OpenAIImageDescriber(client, "gpt-test")


@asynccontextmanager
async def azure_openai(_folder: Path) -> AsyncIterator[ImageDescriber]:
    with openai_server(lambda *_: completion_reply("A red button.")) as server:
        async with azure_client(server) as client:
            yield OpenAIImageDescriber(client, "gpt-test")


@asynccontextmanager
async def measured(_folder: Path) -> AsyncIterator[ImageDescriber]:
    yield MeasuredImageDescriber(ScriptedImageDescriber(), model_calls())


@asynccontextmanager
async def fallback(_folder: Path) -> AsyncIterator[ImageDescriber]:
    yield FallbackImageDescriber(ScriptedImageDescriber(), NoImageDescriber())


BACKENDS = params(
    Backend(name="scripted", tier=Tier.FAKE, adapter=ScriptedImageDescriber, open=scripted),
    Backend(name="nobody", tier=Tier.EMBEDDED, adapter=NoImageDescriber, open=nobody),
    Backend(
        name="ocr",
        tier=Tier.EMBEDDED,
        adapter=OcrImageDescriber,
        open=ocr,
        packages=("rapidocr",),
    ),
    Backend(name="openai", tier=Tier.EMULATOR, adapter=OpenAIImageDescriber, open=openai),
    Backend(
        name="azure_openai", tier=Tier.EMULATOR, adapter=OpenAIImageDescriber, open=azure_openai
    ),
    Backend(name="measured", tier=Tier.FAKE, adapter=MeasuredImageDescriber, open=measured),
    Backend(name="fallback", tier=Tier.FAKE, adapter=FallbackImageDescriber, open=fallback),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def describer(
    backend: Backend[ImageDescriber], tmp_path: Path
) -> AsyncIterator[ImageDescriber]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_describes_in_words_or_not_at_all(describer: ImageDescriber) -> None:
    words = await describer.describe(ACME, PICTURE, ImageContext())

    assert words is None or words.strip()


async def test_the_same_picture_has_the_same_description(describer: ImageDescriber) -> None:
    first = await describer.describe(ACME, PICTURE, ImageContext())

    assert await describer.describe(ACME, PICTURE, ImageContext()) == first


async def test_a_broken_picture_harms_nobody(describer: ImageDescriber) -> None:
    first = await describer.describe(ACME, PICTURE, ImageContext())

    await _describe_broken(describer)

    assert await describer.describe(ACME, PICTURE, ImageContext()) == first


async def test_a_fingerprint_names_what_describes(describer: ImageDescriber) -> None:
    assert describer.fingerprint == describer.fingerprint.strip() != ""


async def _describe_broken(describer: ImageDescriber) -> str | None:
    try:
        return await describer.describe(ACME, BROKEN, ImageContext())
    except RejectedError as error:
        return error.reason
