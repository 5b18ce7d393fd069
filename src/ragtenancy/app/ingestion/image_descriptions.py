"""Text descriptions of a document's pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from msgspec import Struct, field, structs

from ragtenancy.app.concurrency import together
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.usage.accounts import Accounts
from ragtenancy.domain.errors import RagTenancyError, RejectedError, UnavailableError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.parsed import Block, Image, ParsedDocument, Picture
from ragtenancy.domain.pictures import ImageContext, picture_contexts
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage
from ragtenancy.domain.visible_text import visible_text
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.derived_cache import DESCRIPTION, DerivedCache
from ragtenancy.ports.images import NOBODY, ImageDescriber

MAX_DESCRIBED = 200
MAX_CHARACTERS = 4_000
AT_ONCE = 4
GIVE_UP_AFTER = 3
GIVEN_UP = "describer_away"


class DescribedDocument(Struct, frozen=True, kw_only=True):
    """A document with its pictures' descriptions, and the number of described pictures."""

    document: ParsedDocument
    images_processed: int = 0
    warnings: Sequence[str] = ()


class PictureInContext(Struct, frozen=True, kw_only=True):
    """A picture at its first occurrence; `key` identifies its content and the describer."""

    key: str
    number: int
    image: Image
    context: ImageContext


class Descriptions(Struct):
    """Descriptions by key ("" for none), and failed pictures' numbers by reason."""

    words: dict[str, str] = field(default_factory=dict)
    failed: dict[str, list[int]] = field(default_factory=dict)
    failures_in_a_row: int = 0

    def add(self, key: str, words: str) -> None:
        """Record a description."""
        self.words[key] = words
        self.failures_in_a_row = 0

    def fail(self, number: int, error: RagTenancyError) -> None:
        """Record a failure; count it towards giving up if the describer was unavailable."""
        self.failed.setdefault(error.reason, []).append(number)
        self.failures_in_a_row += isinstance(error, UnavailableError)


class ImageDescriptions:
    """Describes each distinct picture once per tenant; a failure becomes a warning.

    A call's tokens are recorded when it ends, before its description is stored.
    """

    def __init__(
        self,
        configs: TenantConfigs,
        describer: ImageDescriber,
        cache: DerivedCache,
        accounts: Accounts,
        clock: Clock,
    ) -> None:
        self._configs = configs
        self._describer = describer
        self._cache = cache
        self._accounts = accounts
        self._clock = clock

    async def fingerprint(self, scope: TenantScope) -> str:
        """Return what identifies the tenant's descriptions: the describer's fingerprint, or "off"."""
        effective = await self._configs.effective(scope)
        return self._describer.fingerprint if effective.config.features.image_processing else "off"

    async def describe(
        self, scope: TenantScope, parsed: ParsedDocument, key_id: ApiKeyId | None = None
    ) -> DescribedDocument:
        """Return the document with its pictures described; unchanged if that is switched off.

        The tokens are usage of the key.
        """
        if not parsed.images:
            return DescribedDocument(document=parsed)
        effective = await self._configs.effective(scope)
        if not effective.config.features.image_processing:
            return _counted(parsed)
        if self._describer.fingerprint == NOBODY:
            return _counted(parsed, " (no_describer)")
        keys = [_key(image, self._describer.fingerprint) for image in parsed.images]
        distinct = list(_distinct(parsed, keys))
        descriptions = await self._descriptions(scope, distinct[:MAX_DESCRIBED], key_id)
        words = [descriptions.words.get(key, "") for key in keys]
        return DescribedDocument(
            document=structs.replace(parsed, blocks=[_with(b, words) for b in parsed.blocks]),
            images_processed=sum(1 for text in descriptions.words.values() if text),
            warnings=list(_warnings(descriptions, len(distinct) - MAX_DESCRIBED)),
        )

    async def _descriptions(
        self,
        scope: TenantScope,
        pictures: Sequence[PictureInContext],
        key_id: ApiKeyId | None,
    ) -> Descriptions:
        """Describe the pictures that are not cached, a few at a time."""
        descriptions = Descriptions()
        known = await self._cache.get(scope, DESCRIPTION, [shown.key for shown in pictures])
        for key, value in known.items():
            descriptions.add(key, value.decode())
        missing = iter([shown for shown in pictures if shown.key not in known])
        await together(self._describe(scope, missing, descriptions, key_id) for _ in range(AT_ONCE))
        return descriptions

    async def _describe(
        self,
        scope: TenantScope,
        pictures: Iterator[PictureInContext],
        descriptions: Descriptions,
        key_id: ApiKeyId | None,
    ) -> None:
        """Describe pictures one by one, until none is left or the describer is unavailable."""
        for shown in pictures:
            if descriptions.failures_in_a_row >= GIVE_UP_AFTER:
                descriptions.failed.setdefault(GIVEN_UP, []).append(shown.number)
                continue
            used: dict[str, Usage] = {}
            words = await self._words(scope, shown, descriptions, used)
            if used:
                await self._accounts.add(scope, self._accounts.rows(key_id, used, questions=0))
            if words is not None:
                values = {shown.key: words.encode()}
                await self._cache.put(scope, DESCRIPTION, values, at=self._clock.now())

    async def _words(
        self,
        scope: TenantScope,
        shown: PictureInContext,
        descriptions: Descriptions,
        used: dict[str, Usage],
    ) -> str | None:
        """Describe a picture, and add its tokens to `used`; None if that failed."""

        def spent(model: str, usage: Usage) -> None:
            if usage.total_tokens:
                used[model] = used.get(model, Usage()) + usage

        try:
            said = await self._describer.describe(scope, shown.image, shown.context, spent)
        except (UnavailableError, RejectedError) as error:
            descriptions.fail(shown.number, error)
            return None
        words = visible_text(said or "")[:MAX_CHARACTERS]
        descriptions.add(shown.key, words)
        return words


def _counted(parsed: ParsedDocument, why: str = "") -> DescribedDocument:
    warning = f"Pictures not described{why}: {len(parsed.images)}."
    return DescribedDocument(document=parsed, warnings=[warning])


def _key(image: Image, fingerprint: str) -> str:
    return sha256(f"{fingerprint}\n".encode() + image.data).hexdigest()


def _distinct(parsed: ParsedDocument, keys: Sequence[str]) -> Iterator[PictureInContext]:
    """Yield each distinct picture that the document shows, in order."""
    seen = set()
    for index, context in picture_contexts(parsed.blocks).items():
        if keys[index] not in seen:
            seen.add(keys[index])
            image = parsed.images[index]
            yield PictureInContext(key=keys[index], number=index + 1, image=image, context=context)


def _warnings(descriptions: Descriptions, left_out: int) -> Iterator[str]:
    for reason, numbers in descriptions.failed.items():
        named = ", ".join(map(str, sorted(numbers)))
        yield f"Pictures that could not be described ({reason}): {named}."
    if left_out > 0:
        yield f"Pictures not described, beyond the first {MAX_DESCRIBED}: {left_out}."


def _with(block: Block, words: Sequence[str]) -> Block:
    """Return a picture's block with the description appended to its alternative text."""
    if not isinstance(block, Picture) or block.index < 0 or not words[block.index]:
        return block
    text = "\n".join(filter(None, (block.alternative_text, words[block.index])))
    return structs.replace(block, alternative_text=text)
