"""Reports of usage, as JSON and as CSV."""

from __future__ import annotations

import csv
import io

import msgspec
from msgspec import structs

from ragtenancy.app.usage import reports
from ragtenancy.domain.usage import UsageBy
from ragtenancy.wire import usage as wire

NAMES = {UsageBy.DAY: "day", UsageBy.KEY: "key_id", UsageBy.MODEL: "model"}


def report(found: reports.UsageReport) -> wire.UsageReport:
    """Return a report."""
    name = NAMES[found.by]
    return wire.UsageReport(
        client_id=found.client_id,
        first=found.period.first,
        last=found.period.last,
        by=found.by.value,
        currency=found.currency,
        items=msgspec.convert(
            [{**_counts(each), name: each.name} for each in found.lines], list[wire.UsageLine]
        ),
        total=msgspec.convert(_counts(found.total), wire.UsageCounts),
    )


def as_csv(found: reports.UsageReport) -> str:
    """Return a report's lines as CSV (RFC 4180): a line of names, then one for each."""
    text = io.StringIO()
    names = [NAMES[found.by], *wire.UsageCounts.__struct_fields__, "currency"]
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    for each in found.lines:
        counts = {name: value for name, value in _counts(each).items() if value is not None}
        writer.writerow({names[0]: each.name, **counts, "currency": found.currency or ""})
    return text.getvalue()


def _counts(line: reports.UsageLine) -> dict[str, int | float | None]:
    return {**structs.asdict(line.counts), "price": line.price}
