"""Putting a document's pictures into words."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct, structs

from ragtenancy.app.config.effective import ReadConfig
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.parsed import Block, Heading, Paragraph, ParsedDocument, Picture
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.images import ImageContext, ImageDescriber

DESCRIPTIONS = "description"


class Described(Struct, frozen=True, kw_only=True):
    """A document whose pictures carry their descriptions, and how many were described."""

    document: ParsedDocument
    images_processed: int = 0
    warnings: Sequence[str] = ()


class DescribeImages:
    """Describes each picture once per content and tenant; a failure is a warning."""

    def __init__(
        self,
        read_config: ReadConfig,
        describer: ImageDescriber,
        cache: DerivedCache,
        clock: Clock,
    ) -> None:
        self._read_config = read_config
        self._describer = describer
        self._cache = cache
        self._clock = clock

    async def __call__(self, scope: TenantScope, parsed: ParsedDocument) -> Described:
        """Return the document with described pictures; unchanged where that is switched off."""
        effective = await self._read_config(scope)
        if not parsed.images or not effective.config.features.image_processing:
            return Described(document=parsed)
        blocks: list[Block] = []
        warnings: list[str] = []
        processed = 0
        section: dict[int, str] = {}
        before = ""
        for block in parsed.blocks:
            if isinstance(block, Heading):
                section = {k: v for k, v in section.items() if k < block.level}
                section[block.level] = block.text
            elif isinstance(block, Paragraph):
                before = block.text
            if not isinstance(block, Picture) or block.index < 0:
                blocks.append(block)
                continue
            context = ImageContext(
                section=list(section.values()),
                before=before,
                alternative_text=block.alternative_text,
            )
            words = await self._words(scope, parsed, block, context, warnings)
            processed += words is not None
            blocks.append(_with(block, words))
        return Described(
            document=structs.replace(parsed, blocks=blocks),
            images_processed=processed,
            warnings=warnings,
        )

    async def _words(
        self,
        scope: TenantScope,
        parsed: ParsedDocument,
        picture: Picture,
        context: ImageContext,
        warnings: list[str],
    ) -> str | None:
        image = parsed.images[picture.index]
        key = sha256(image.data).hexdigest()
        known = await self._cache.get(scope, DESCRIPTIONS, [key])
        if key in known:
            return known[key].decode()
        try:
            words = await self._describer.describe(scope, image, context)
        except (UnavailableError, RejectedError) as error:
            warnings.append(f"Picture {picture.index + 1} could not be described ({error.reason}).")
            return None
        if words:
            values = {key: words.encode()}
            await self._cache.put(scope, DESCRIPTIONS, values, at=self._clock.now())
        return words or None


def _with(picture: Picture, words: str | None) -> Picture:
    if not words:
        return picture
    text = f"{picture.alternative_text}\n{words}" if picture.alternative_text else words
    return structs.replace(picture, alternative_text=text)
