"""Seconds and memory of reading screenshots: `make bench-ocr` (needs the extra `[ocr]`)."""

from __future__ import annotations

import asyncio
import io
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ragtenancy.adapters.ocr.images import OcrImageDescriber
from ragtenancy.domain.ids import Namespace, TenantId, TenantUid
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

LINES = (
    "Error 0x80070005: Access is denied",
    "The operation could not be completed.",
    "Please contact the administrator (ERR-4711-ACX).",
    "File > Settings > Accounts > Reset password",
    "192.168.10.254:8443  user_name=jdoe@example.org",
    "Total: 1,284.50 EUR   Invoice no. 2024/0931",
)
SCREENSHOTS = (
    ("dialog, 480 x 160, 2 lines", 480, 160, 14, 2),
    ("window, 1280 x 800, 12 lines", 1280, 800, 14, 12),
    ("screen, 1920 x 1080, 36 lines", 1920, 1080, 16, 36),
    ("dense page, 2480 x 3508, 100 lines", 2480, 3508, 30, 100),
    ("no text, 1920 x 1080", 1920, 1080, 16, 0),
)
TIMES = 3


def screenshot(width: int, height: int, size: int, lines: int) -> Drawn:
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    picture = Pillow.new("RGB", (width, height), "white")
    font = ImageFont.load_default(size)
    for row in range(lines):
        place = (20, 10 + int(row * size * 1.12 if lines > 50 else row * size * 1.7))
        ImageDraw.Draw(picture).text(place, LINES[row % len(LINES)], fill="#111", font=font)
    return picture


def png(picture: Drawn) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def similarity(words: str, lines: int) -> float:
    wanted = "".join("".join(LINES[row % len(LINES)].split()) for row in range(lines))
    return SequenceMatcher(None, "".join(words.split()), wanted, autojunk=False).ratio()


@asynccontextmanager
async def reader() -> AsyncIterator[OcrImageDescriber]:
    describer = OcrImageDescriber()
    yield describer
    await describer.close()


async def read(describer: OcrImageDescriber, data: bytes) -> tuple[float, str]:
    uid = TenantUid("t" + "a" * 26)
    scope = TenantScope(
        tenant_id=TenantId("bench"), tenant_uid=uid, namespace=Namespace("ns-bench")
    )
    started = time.perf_counter()
    words = await describer.describe(
        scope, Image(media_type="image/png", data=data), ImageContext()
    )
    return time.perf_counter() - started, words or ""


async def main() -> None:
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print("| picture | first, s | next, s | characters right | peak, MiB |\n|---|---|---|---|---|")
    for name, width, height, size, lines in SCREENSHOTS:
        data = png(screenshot(width, height, size, lines))
        async with reader() as describer:
            first, words = await read(describer, data)
            following = [(await read(describer, data))[0] for _ in range(TIMES)]
        right = similarity(words, lines) if lines else float(not words)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"| {name} | {first:.1f} | {min(following):.2f} | {right:.3f} | {peak} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
