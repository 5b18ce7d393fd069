"""Usage of the service by a tenant: what is counted, by day, key and model, and its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct, structs

from ragtenancy.domain.errors import LimitError, MalformedError
from ragtenancy.domain.ids import ApiKeyId, TenantId, TenantUid

RETENTION = timedelta(days=400)
BUSY_RETRY_AFTER = 2.0
RESERVED_PROMPT = 8_000
RESERVED_FOR = timedelta(minutes=15)


Summed = TypeVar("Summed", bound=Struct)


def _sum(one: Summed, other: Summed) -> Summed:
    """Return the sums of the fields."""
    names = one.__struct_fields__
    return type(one)(**{name: getattr(one, name) + getattr(other, name) for name in names})


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens of language models.

    Cached tokens are among those of the prompt, reasoning tokens among those of the completion.
    Estimated tokens are those of prompt and completion that no provider reported.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """The tokens of prompt and completion."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return _sum(self, other)


class Counts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a tenant used.

    `questions` are turns, answered or cut off; `searches` and units are approximate. `documents`
    became searchable, with their `chunks` and the `bytes` of their originals;
    `deleted_documents` were searchable before. `embedding_tokens` are counted by the tokenizer of
    the chunks. `request_units` are Cosmos DB's, `read_units` Pinecone's.
    """

    questions: int = 0
    searches: int = 0
    uploads: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated_tokens: int = 0
    embedding_tokens: int = 0
    documents: int = 0
    chunks: int = 0
    bytes: int = 0
    deleted_documents: int = 0
    request_units: float = 0.0
    read_units: float = 0.0

    @property
    def total_tokens(self) -> int:
        """The tokens that `limits.tokens_per_day` counts: prompt and completion."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Counts) -> Counts:
        return _sum(self, other)


def counts_of(usage: Usage, *, questions: int = 0) -> Counts:
    """Return a model's tokens as counts."""
    return Counts(questions=questions, **structs.asdict(usage))


class UsageRow(Struct, frozen=True, kw_only=True):
    """The counts of one UTC day, key and model.

    Without a key: the command line and the Python API. A document counts with the model that
    embedded it; what has no model counts without one.
    """

    day: date
    key_id: str = ""
    model: str = ""
    counts: Counts

    @property
    def place(self) -> tuple[date, str, str]:
        """The key of the row."""
        return self.day, self.key_id, self.model


def embedded(model: str, tokens: int, now: datetime, key_id: str = "") -> UsageRow:
    """Return the usage of texts that were embedded."""
    counts = Counts(embedding_tokens=tokens)
    return UsageRow(day=day_of(now), key_id=key_id, model=model, counts=counts)


def uploaded(key_id: ApiKeyId | None, now: datetime, uploads: int = 1) -> UsageRow:
    """Return the usage of an upload; minus 1 for one that is withdrawn before it is acknowledged."""
    return UsageRow(day=day_of(now), key_id=key_id or "", counts=Counts(uploads=uploads))


def deleted(key_id: ApiKeyId | None, now: datetime) -> UsageRow:
    """Return the usage of the deletion of a searchable document."""
    return UsageRow(day=day_of(now), key_id=key_id or "", counts=Counts(deleted_documents=1))


def merged(rows: Iterable[UsageRow]) -> Sequence[UsageRow]:
    """Return one row for each day, key and model, in that order."""
    found: dict[tuple[date, str, str], UsageRow] = {}
    for row in rows:
        known = found.get(row.place)
        total = row.counts if known is None else known.counts + row.counts
        found[row.place] = structs.replace(row, counts=total)
    return tuple(found[place] for place in sorted(found))


def total(rows: Iterable[UsageRow]) -> Counts:
    """Return the sum of rows."""
    return sum((row.counts for row in rows), Counts())


class Period(Struct, frozen=True):
    """The UTC days from `first` to `last`, both included.

    Raises `MalformedError` if they are in the wrong order, or more than are kept.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Check the order and the length."""
        if self.first > self.last:
            raise MalformedError("`from` must not be after `to`.", field="from")
        if self.last - self.first > RETENTION:
            raise MalformedError(
                f"`from` and `to` must be at most {RETENTION.days} days apart.", field="from"
            )


def day_of(now: datetime) -> date:
    """Return the UTC day of a time."""
    return now.astimezone(UTC).date()


def month_to(day: date) -> Period:
    """Return the days of a month up to one of them."""
    return Period(day.replace(day=1), day)


def next_day(now: datetime) -> datetime:
    """Return when the next UTC day begins."""
    return _midnight(day_of(now) + timedelta(days=1))


def next_month(now: datetime) -> datetime:
    """Return when the next UTC month begins."""
    return _midnight((day_of(now).replace(day=1) + timedelta(days=32)).replace(day=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class Reservation(Struct, frozen=True, kw_only=True):
    """What a turn in progress may use at most, held until it ends or the reservation expires."""

    reservation_id: str
    tokens: int
    cost: float = 0.0
    expires_at: datetime


class Held(Struct, frozen=True):
    """What other turns in progress may use."""

    tokens: int = 0
    cost: float = 0.0


def held_by(reservations: Iterable[Reservation], now: datetime) -> Held:
    """Return what the unexpired reservations hold."""
    live = [each for each in reservations if each.expires_at > now]
    return Held(sum(each.tokens for each in live), sum(each.cost for each in live))


def require_within(
    name: str, *, used: float, held: float, limit: float, now: datetime, resets: datetime
) -> None:
    """Raise `LimitError` unless a turn may begin.

    It may while what is used and what other turns hold is below the limit, so that only the turn
    that reaches a limit exceeds it. If the limit is reached only by what is held, trying again soon
    may help.
    """
    if used >= limit:
        seconds = max(1.0, (resets - now).total_seconds())
        raise LimitError(SENTENCES[name], code=name, retry_after=seconds, limit=limit)
    if used + held >= limit:
        raise LimitError(
            "Answers in progress may use the rest of the client's limit.",
            code=name,
            retry_after=BUSY_RETRY_AFTER,
            limit=limit,
        )


TOKENS_PER_DAY = "tokens_per_day"
MONTHLY_BUDGET = "monthly_budget"
SENTENCES: Mapping[str, str] = {
    TOKENS_PER_DAY: "The client has used its tokens of the day (UTC).",
    MONTHLY_BUDGET: "The client has used its budget of the month (UTC).",
}


class UsageBy(StrEnum):
    """What a report's lines stand for."""

    DAY = "day"
    KEY = "key"
    MODEL = "model"

    def of(self, row: UsageRow) -> str:
        """Return the name of a row's line."""
        return {UsageBy.DAY: row.day.isoformat(), UsageBy.KEY: row.key_id}.get(self, row.model)


class UsageTally:
    """Counts of searches and units in memory, until they are taken to be stored.

    Those of a crash are lost: they are approximate to the interval at which they are taken.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[TenantId, TenantUid | None], list[UsageRow]] = {}

    def add(self, tenant_id: TenantId, row: UsageRow, uid: TenantUid | None = None) -> None:
        """Add counts; with a uid, only for the tenant that bears it."""
        rows = self._rows.setdefault((tenant_id, uid), [])
        rows[:] = merged([*rows, row])

    def take(self) -> Mapping[tuple[TenantId, TenantUid | None], Sequence[UsageRow]]:
        """Remove and return everything."""
        taken, self._rows = self._rows, {}
        return taken
