"""Turning pictures into text."""

from __future__ import annotations

from datetime import date

from dependency_injector import providers

from ragtenancy.adapters.system.null_adapters import NoImageDescriber
from ragtenancy.app.ingestion.image_descriptions import GIVE_UP_AFTER, MAX_CHARACTERS, MAX_DESCRIBED
from ragtenancy.container import Container
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.parsed import Heading, Image, Paragraph, ParsedDocument, Picture
from ragtenancy.domain.tenant_config import Features, TenantConfig
from ragtenancy.domain.usage import Counts, Usage, day_of, month_to, total
from tests.scripted.images import ScriptedImageDescriber
from tests.unit.app.conftest import Installation

DOCUMENT = ParsedDocument(
    blocks=[
        Heading(text="Reports", level=1),
        Paragraph(text="Press the button."),
        Picture(index=0, alternative_text="Screenshot"),
        Picture(index=0),
    ],
    images=[Image(media_type="image/png", data=b"\x89PNG")],
)


def described_by(container: Container, describer: ScriptedImageDescriber) -> Installation:
    container.image_describer.override(providers.Object(describer))
    return Installation(container)


async def test_a_description_takes_the_pictures_place(container: Container) -> None:
    installation = described_by(container, ScriptedImageDescriber("A red button"))
    scope = await installation.tenant()

    described = await container.image_descriptions().describe(scope, DOCUMENT)

    pictures = [b for b in described.document.blocks if isinstance(b, Picture)]
    assert [p.alternative_text for p in pictures] == ["Screenshot\nA red button", "A red button"]
    assert described.images_processed == 1


async def test_the_describer_gets_the_surrounding_text(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.image_descriptions().describe(scope, DOCUMENT)

    context = describer.contexts[0]
    assert (list(context.section), context.before) == (["Reports"], "Press the button.")


async def test_the_same_picture_is_described_once(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.image_descriptions().describe(scope, DOCUMENT)
    await container.image_descriptions().describe(scope, DOCUMENT)

    assert len(describer.contexts) == 1


async def test_another_tenants_picture_is_described_again(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)

    await container.image_descriptions().describe(await installation.tenant("mine"), DOCUMENT)
    await container.image_descriptions().describe(await installation.tenant("theirs"), DOCUMENT)

    assert len(describer.contexts) == 2


async def test_a_failed_description_is_a_warning(container: Container) -> None:
    describer = ScriptedImageDescriber()
    describer.failure = RejectedError("No.")
    installation = described_by(container, describer)
    scope = await installation.tenant()

    described = await container.image_descriptions().describe(scope, DOCUMENT)

    assert described.images_processed == 0
    assert described.warnings == ["Pictures that could not be described (rejected): 1."]


async def test_pictures_without_a_describer_are_a_warning(container: Container) -> None:
    container.image_describer.override(providers.Object(NoImageDescriber()))
    scope = await Installation(container).tenant()

    described = await container.image_descriptions().describe(scope, DOCUMENT)

    assert (described.document, described.images_processed) == (DOCUMENT, 0)
    assert described.warnings == ["Pictures not described (no_describer): 1."]


async def test_switched_off_pictures_are_left_alone(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    config = TenantConfig(features=Features(image_processing=False))
    scope = await installation.tenant(config=config)

    described = await container.image_descriptions().describe(scope, DOCUMENT)

    assert (describer.contexts, described.document) == ([], DOCUMENT)
    assert described.warnings == ["Pictures not described: 1."]


async def test_a_description_is_bounded_and_visible(container: Container) -> None:
    installation = described_by(container, ScriptedImageDescriber("\u202eword " * 2_000))
    scope = await installation.tenant()

    described = await container.image_descriptions().describe(scope, DOCUMENT)

    text = described.document.blocks[-1]
    assert isinstance(text, Picture)
    assert len(text.alternative_text) == MAX_CHARACTERS
    assert "\u202e" not in text.alternative_text


async def test_a_picture_without_a_description_is_asked_once(container: Container) -> None:
    describer = ScriptedImageDescriber(None)
    installation = described_by(container, describer)
    scope = await installation.tenant()

    first = await container.image_descriptions().describe(scope, DOCUMENT)
    await container.image_descriptions().describe(scope, DOCUMENT)

    assert (len(describer.contexts), first.images_processed, first.document) == (1, 0, DOCUMENT)


async def test_another_describer_describes_again(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    scope = await installation.tenant()
    await container.image_descriptions().describe(scope, DOCUMENT)

    described_by(container, other := ScriptedImageDescriber(fingerprint="other"))
    container.image_descriptions.reset()
    await container.image_descriptions().describe(scope, DOCUMENT)

    assert len(other.contexts) == 1


async def test_an_unreachable_describer_is_not_asked_for_every_picture(
    container: Container,
) -> None:
    describer = ScriptedImageDescriber()
    describer.failure = UnavailableError("Away.")
    installation = described_by(container, describer)
    scope = await installation.tenant()

    described = await container.image_descriptions().describe(scope, pictures(40))

    assert len(describer.contexts) == GIVE_UP_AFTER
    assert described.warnings == [
        "Pictures that could not be described (unavailable): 1, 2, 3.",
        f"Pictures that could not be described (describer_away): {numbers(4, 40)}.",
    ]


async def test_a_refused_picture_does_not_stop_the_others(
    container: Container,
) -> None:
    describer = ScriptedImageDescriber()
    describer.failure = RejectedError("No.")
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.image_descriptions().describe(scope, pictures(40))

    assert len(describer.contexts) == 40


async def test_no_more_than_a_bounded_number_is_described(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    scope = await installation.tenant()

    described = await container.image_descriptions().describe(scope, pictures(MAX_DESCRIBED + 2))

    assert (len(describer.contexts), described.images_processed) == (MAX_DESCRIBED,) * 2
    assert described.warnings == ["Pictures not described, beyond the first 200: 2."]


async def test_the_tokens_of_a_description_are_usage_of_the_uploads_key(
    container: Container,
) -> None:
    describer = ScriptedImageDescriber()
    describer.usage = Usage(prompt_tokens=900, completion_tokens=20)
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.image_descriptions().describe(scope, DOCUMENT, ApiKeyId("key1"))
    await container.image_descriptions().describe(scope, DOCUMENT, ApiKeyId("key1"))

    (row,) = await container.usage_repository().rows(scope, month_to(today(container)))
    assert (row.key_id, row.model) == ("key1", "scripted")
    assert row.counts == Counts(prompt_tokens=900, completion_tokens=20)


async def test_the_tokens_of_a_description_that_failed_count(container: Container) -> None:
    describer = ScriptedImageDescriber()
    describer.usage, describer.failure = Usage(prompt_tokens=900), RejectedError("No.")
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.image_descriptions().describe(scope, DOCUMENT)

    rows = await container.usage_repository().rows(scope, month_to(today(container)))
    assert total(rows) == Counts(prompt_tokens=900)


def today(container: Container) -> date:
    return day_of(container.clock().now())


def pictures(count: int) -> ParsedDocument:
    return ParsedDocument(
        blocks=[Picture(index=index) for index in range(count)],
        images=[
            Image(media_type="image/png", data=index.to_bytes(2, "big")) for index in range(count)
        ],
    )


def numbers(first: int, last: int) -> str:
    return ", ".join(map(str, range(first, last + 1)))
