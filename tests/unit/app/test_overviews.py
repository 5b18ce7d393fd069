"""Questions about a document as a whole."""

from __future__ import annotations

import pytest

from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.tenant_config import SearchSettings, TenantConfig
from tests.unit.app.conftest import GUIDE, Installation

HANDBOOK = """# Handbook of Tern

This handbook tells how we work together. It applies to everybody.

## Working hours

Core hours are from ten to three.

## Travel

Trains are booked in second class.
"""
ABOUT = "What is the employee handbook about?"


async def test_an_overview_has_title_first_sentences_and_headings(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, HANDBOOK, filename="Employee_Handbook.md")
    await installation.ingest(scope, GUIDE, filename="guide.md")

    reply = await installation.ask(scope, ABOUT)

    assert reply.answer.startswith(
        "**Handbook of Tern** [1]\nThis handbook tells how we work together. [1]\n"
        "It applies to everybody. [1]\n"
    )
    assert "- Working hours" in reply.answer
    assert "- Travel" in reply.answer
    assert {source.filename for source in reply.sources} == {"Employee_Handbook.md"}
    assert (reply.grounded, list(reply.unsupported)) == (True, [])


async def test_an_overview_mentions_parts_beyond_the_sources(installation: Installation) -> None:
    settings = SearchSettings(top_k=2)
    scope = await installation.tenant(config=TenantConfig(search_settings=settings))
    long = "Trains are booked in second class, and everything else is up to you. " * 12
    parts = "\n\n".join(f"## Part {name}\n\n{long}" for name in ("one", "two", "three"))
    await installation.ingest(scope, f"# Rules\n\n{parts}", filename="rules.md")

    reply = await installation.ask(scope, "Summarise rules.md")

    assert len(reply.sources) == 2
    assert "- Part two\n- … [2]" in reply.answer
    assert "three" not in reply.answer


async def test_a_document_of_tables_is_shown_by_its_first_rows(installation: Installation) -> None:
    scope = await installation.tenant()
    rows = "\n".join(f"A-{n},Part {n},{n}" for n in range(100, 112))
    await installation.ingest(scope, f"Article,Name,Price\n{rows}", filename="price_list.csv")

    reply = await installation.ask(scope, "show me the price list")

    assert "| A-100 | Part 100 | 100 |" in reply.answer
    assert "A-110" not in reply.answer
    assert reply.grounded


@pytest.mark.parametrize("question", ["What is the minutes file about?", "What is travel about?"])
async def test_a_question_that_names_no_document_is_searched(
    installation: Installation, question: str
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, HANDBOOK, filename="Employee_Handbook.md")

    reply = await installation.ask(scope, question)

    assert "**" not in reply.answer


async def test_a_filtered_or_foreign_document_gets_no_overview(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    other = await installation.tenant("other")
    await installation.ingest(scope, HANDBOOK, filename="Employee_Handbook.md")
    filters = SearchFilters(document_ids=[DocumentId("doc_other")])

    assert not (await installation.ask(scope, ABOUT, filters=filters)).sources
    assert not (await installation.ask(other, ABOUT)).sources
