"""Pictures on their way into the text."""

from __future__ import annotations

from dependency_injector import providers

from ragtenancy.adapters.scripted.images import ScriptedImageDescriber
from ragtenancy.container import Container
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.parsed import Heading, Image, Paragraph, ParsedDocument, Picture
from ragtenancy.domain.tenant_config import Features, TenantConfig
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


async def test_a_description_stands_where_the_picture_stands(container: Container) -> None:
    installation = described_by(container, ScriptedImageDescriber("A red button"))
    scope = await installation.tenant()

    described = await container.describe_images()(scope, DOCUMENT)

    pictures = [b for b in described.document.blocks if isinstance(b, Picture)]
    assert [p.alternative_text for p in pictures] == ["Screenshot\nA red button", "A red button"]
    assert described.images_processed == 2


async def test_the_describer_is_told_what_stands_around(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.describe_images()(scope, DOCUMENT)

    context = describer.contexts[0]
    assert (list(context.section), context.before) == (["Reports"], "Press the button.")


async def test_the_same_picture_is_described_once(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    scope = await installation.tenant()

    await container.describe_images()(scope, DOCUMENT)
    await container.describe_images()(scope, DOCUMENT)

    assert len(describer.contexts) == 1


async def test_another_tenants_picture_is_described_anew(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)

    await container.describe_images()(await installation.tenant("mine"), DOCUMENT)
    await container.describe_images()(await installation.tenant("theirs"), DOCUMENT)

    assert len(describer.contexts) == 2


async def test_a_failed_description_is_a_warning(container: Container) -> None:
    describer = ScriptedImageDescriber()
    describer.failure = RejectedError("No.")
    installation = described_by(container, describer)
    scope = await installation.tenant()

    described = await container.describe_images()(scope, DOCUMENT)

    assert (described.images_processed, len(described.warnings)) == (0, 2)


async def test_switched_off_pictures_are_left_alone(container: Container) -> None:
    describer = ScriptedImageDescriber()
    installation = described_by(container, describer)
    config = TenantConfig(features=Features(image_processing=False))
    scope = await installation.tenant(config=config)

    described = await container.describe_images()(scope, DOCUMENT)

    assert (describer.contexts, described.document) == ([], DOCUMENT)
