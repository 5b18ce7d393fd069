"""Kinds of query: identifiers, part numbers, versions."""

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


SCATTERED = "Payment of the invoice is late, and a late fee is due for the payment plan of June."


@pytest.mark.parametrize("explain", [False, True])
async def test_a_quoted_phrase_is_found_before_its_words(
    container: Container, *, explain: bool
) -> None:
    installation = Installation(container)
    scope = await installation.tenant()
    for number in range(3):
        await installation.ingest(scope, SCATTERED, filename=f"scattered-{number}.txt")
    await installation.ingest(scope, "In June a Late\nPayment  fee is due.", filename="exact.txt")

    first, second = (
        await installation.search(scope, 'the "late payment fee" in June', top_k=2, explain=explain)
    ).hits

    assert first.source.filename == "exact.txt"
    assert first.source.scores.bm25 > second.source.scores.bm25
    if explain:
        assert first.explanation is not None
        terms = first.explanation.terms
        assert terms[-1].term == '"late payment fee"'
        assert (terms[-1].frequency, terms[-1].document_frequency) == (1, 1)
        assert sum(term.contribution for term in terms) == first.source.scores.bm25


async def test_a_phrase_goes_with_its_document(container: Container) -> None:
    installation = Installation(container)
    scope = await installation.tenant()
    document = await installation.ingest(scope, "A late payment fee.", filename="one.txt")
    await installation.ingest(scope, "No payment is late.", filename="two.txt")
    await installation.search(scope, '"late payment"')
    await installation.container.documents().delete(scope, document)

    [hit] = (await installation.search(scope, '"late payment"', explain=True)).hits

    assert hit.explanation is not None
    assert hit.explanation.terms[-1].document_frequency == 0
