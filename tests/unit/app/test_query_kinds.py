"""What users type: identifiers, part numbers, versions."""

from __future__ import annotations

import pytest

from ragtenancy.container import Container
from tests.unit.app.conftest import Installation


@pytest.mark.parametrize(
    ("question", "text", "scattered"),
    [
        ("ERR-4021", "The code ERR-4021 is shown.", "The code ERR is shown, room 4021."),
        ("what is ERR_4021?", "The code ERR-4021 is shown.", "The code ERR is shown, room 4021."),
        ("release v2.3.1", "The release v2.3.1 is old.", "The release v2 is old, see 1 and 3."),
        ("part AB-12/7", "The part AB-12/7 is sold.", "The part 7 is sold, AB has 12."),
    ],
)
async def test_an_identifier_is_found_before_its_parts(
    container: Container, question: str, text: str, scattered: str
) -> None:
    installation = Installation(container)
    scope = await installation.tenant()
    for number in range(3):
        await installation.ingest(scope, scattered, filename=f"scattered-{number}.txt")
    await installation.ingest(scope, text, filename="exact.txt")

    first, second = (await installation.search(scope, question, top_k=2)).hits

    assert first.source.filename == "exact.txt"
    assert first.source.scores.bm25 > second.source.scores.bm25
