from __future__ import annotations

import pytest

from ragtenancy.adapters.system.joined import FallbackImageDescriber
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from tests.factories import ACME
from tests.scripted.images import ScriptedImageDescriber

PICTURE = Image(media_type="image/tiff", data=b"II*\0")


async def test_the_second_describes_what_the_first_rejects() -> None:
    first, second = ScriptedImageDescriber(), ScriptedImageDescriber("read by the second")
    first.failure = RejectedError("No.")

    words = await FallbackImageDescriber(first, second).describe(ACME, PICTURE, ImageContext())

    assert words == "read by the second"


async def test_the_second_does_not_stand_in_for_a_first_that_is_away() -> None:
    first, second = ScriptedImageDescriber(), ScriptedImageDescriber()
    first.failure = UnavailableError("Away.")

    with pytest.raises(UnavailableError):
        await FallbackImageDescriber(first, second).describe(ACME, PICTURE, ImageContext())

    assert second.contexts == []


def test_the_fingerprint_names_both() -> None:
    first = ScriptedImageDescriber(fingerprint="a")

    made = FallbackImageDescriber(first, ScriptedImageDescriber(fingerprint="b"))

    assert made.fingerprint == "a, else b"
