"""Real OCR in real processes: what is read, and what a hostile picture does to the reader."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ragtenancy.adapters.ocr.images import OcrImageDescriber
from ragtenancy.adapters.ocr.limits import ReaderLimits
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from tests.drawn_pictures import animated, drawn, encoded, needs_ocr, png_header
from tests.factories import ACME, GLOBEX

pytestmark = [needs_ocr, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def describer() -> AsyncIterator[OcrImageDescriber]:
    describer = OcrImageDescriber()
    yield describer
    await describer.close()


async def read(describer: OcrImageDescriber, data: bytes) -> str | None:
    return await describer.describe(ACME, Image(media_type="", data=data), ImageContext())


async def refused(describer: OcrImageDescriber, data: bytes) -> str:
    with pytest.raises(RejectedError) as caught:
        await read(describer, data)
    return caught.value.reason


async def test_a_screenshots_lines_are_read(describer: OcrImageDescriber) -> None:
    picture = drawn("Error 0x80070005: Access is denied", "Ticket ERR-4711 was not saved")

    words = await read(describer, encoded(picture))

    assert words == "Error 0x80070005: Access is denied\nTicket ERR-4711 was not saved"


async def test_a_picture_without_text_says_nothing(describer: OcrImageDescriber) -> None:
    assert await read(describer, encoded(drawn())) is None


async def test_a_cmyk_photograph_is_read(describer: OcrImageDescriber) -> None:
    data = encoded(drawn("Invoice 20931", mode="CMYK"), "JPEG", quality=95)

    assert await read(describer, data) == "Invoice 20931"


async def test_of_many_frames_the_first_is_read(describer: OcrImageDescriber) -> None:
    frames = [drawn("First frame"), *(drawn(f"Frame {number}") for number in range(2, 300))]

    assert await read(describer, animated(frames)) == "First frame"


async def test_too_many_pixels_are_refused(describer: OcrImageDescriber) -> None:
    assert await refused(describer, png_header(13_000, 13_000)) == "picture_too_large"


@pytest.mark.parametrize("kept", [1, 8, 40, 200, 1_000])
async def test_a_truncated_picture_is_refused(describer: OcrImageDescriber, kept: int) -> None:
    data = encoded(drawn("Error 4711", "and more"))[:kept]

    assert await refused(describer, data) == "picture_unreadable"


async def test_a_vector_picture_is_refused(describer: OcrImageDescriber) -> None:
    assert await refused(describer, bytes(40) + b" EMF") == "picture_unreadable"


async def test_a_reader_that_was_killed_is_replaced(describer: OcrImageDescriber) -> None:
    data = encoded(drawn("Error 4711"))
    await read(describer, data)
    assert describer._reader is not None

    os.kill(describer._reader.pid, signal.SIGKILL)
    with pytest.raises(UnavailableError):
        await read(describer, data)

    assert await read(describer, data) == "Error 4711"


async def test_too_little_memory_is_the_pictures_failure() -> None:
    small = OcrImageDescriber(ReaderLimits(memory_bytes=700 << 20))

    reason = await refused(small, encoded(drawn("a").resize((2_000, 2_000))))

    await small.close()
    assert reason == "picture_memory"


async def test_too_little_time_is_the_pictures_failure() -> None:
    hasty = OcrImageDescriber(ReaderLimits(wall_seconds=0.01))

    reason = await refused(hasty, encoded(drawn("Error 4711")))

    await hasty.close()
    assert reason == "picture_timeout"


async def test_a_reader_without_work_ends_and_comes_back() -> None:
    idle = OcrImageDescriber(ReaderLimits(idle_seconds=0.01))
    data = encoded(drawn("Error 4711"))
    await read(idle, data)
    assert idle._reader is not None

    assert await idle._reader.wait() == 0

    assert await read(idle, data) == "Error 4711"
    await idle.close()


async def test_many_pictures_of_one_tenant_do_not_delay_anothers(
    describer: OcrImageDescriber,
) -> None:
    picture = Image(media_type="", data=encoded(drawn("Ticket ERR-4711")))
    ended: list[TenantScope] = []

    async def read_for(scope: TenantScope) -> None:
        await describer.describe(scope, picture, ImageContext())
        ended.append(scope)

    await asyncio.gather(*(read_for(ACME) for _ in range(4)), read_for(GLOBEX))

    assert ended.index(GLOBEX) == 1
