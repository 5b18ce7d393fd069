"""A client's usage, by day, key or model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from ragtenancy.wire.fields import about

Day = Annotated[date, Meta(examples=["2026-01-31"])]


class UsageQuery(Struct, frozen=True, kw_only=True):
    """The query parameters for a report of usage."""

    first: Annotated[
        Day | None, about("The first day (UTC); by default the first of the month of `to`.")
    ] = field(name="from", default=None)
    last: Annotated[Day | None, about("The last day (UTC), included; by default today.")] = field(
        name="to", default=None
    )
    by: Annotated[Literal["day", "key", "model"], about("What a line stands for.")] = "day"


class UsageCounts(Struct, frozen=True, kw_only=True):
    """What was used."""

    questions: Annotated[int, about("Questions that were answered, or cut off by the client.")]
    searches: Annotated[int, about("Searches; approximate to 10 seconds before a crash.")]
    uploads: Annotated[int, about("Uploads that were accepted.")]
    prompt_tokens: Annotated[int, about("Tokens sent to language models.")]
    completion_tokens: Annotated[int, about("Tokens that language models wrote.")]
    cached_tokens: Annotated[int, about("Those of `prompt_tokens` that a provider had cached.")]
    reasoning_tokens: Annotated[int, about("Those of `completion_tokens` used for reasoning.")]
    estimated_tokens: Annotated[
        int,
        about(
            "Those of `prompt_tokens` and `completion_tokens` that the service counted itself, since no provider reported them: of answers that were cut off."
        ),
    ]
    embedding_tokens: Annotated[
        int,
        about(
            "Tokens of documents, questions and texts that were embedded, by the service's count."
        ),
    ]
    documents: Annotated[int, about("Documents and new versions that became searchable.")]
    chunks: Annotated[int, about("Their chunks.")]
    bytes: Annotated[int, about("The size of their originals.")]
    deleted_documents: Annotated[int, about("Searchable documents that were deleted.")]
    request_units: Annotated[float, about("Request units of Cosmos DB; approximate.")]
    read_units: Annotated[float, about("Read units that Pinecone reported; approximate.")]
    price: Annotated[float | None, about("The price by the operator's list; null without a list.")]


class UsageLine(UsageCounts, frozen=True, kw_only=True):
    """The usage of one day, key or model; of `day`, `key_id` and `model`, the other two are null."""

    day: Annotated[str | None, about("The day (UTC).")] = None
    key_id: Annotated[
        str | None,
        about("The key; empty for the command line, the Python API, embedded questions and units."),
    ] = None
    model: Annotated[str | None, about("The model; empty for what needs none.")] = None


class UsageReport(Struct, frozen=True, kw_only=True):
    """A client's usage in a period."""

    client_id: Annotated[str, about("The client.")]
    first: Annotated[Day, about("The first day (UTC).")] = field(name="from")
    last: Annotated[Day, about("The last day (UTC), included.")] = field(name="to")
    by: Annotated[Literal["day", "key", "model"], about("What a line stands for.")]
    currency: Annotated[
        str | None, about("The currency of the operator's prices; null without a list.")
    ]
    items: Annotated[Sequence[UsageLine], about("The lines, in order of what they stand for.")]
    total: Annotated[UsageCounts, about("The sum of the lines.")]
