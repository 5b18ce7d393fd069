"""Usage: a client's figures beside its limits; the installation's jobs, usage and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import streamlit as st
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from ragtenancy.client import Admin, Client
from ragtenancy.wire.documents import Job
from ragtenancy.wire.usage import UsageLine, UsageReport
from ragtenancy_console.access import in_words, me
from ragtenancy_console.wording import plain, size

By = Literal["day", "key", "model"]
JOBS_SHOWN = 2_000
FEWEST_DAYS = 14
MOST_COLOURS = 7
LEGEND = {"orient": "bottom", "columns": 2}  # two beside each other fit a narrow page
_CARD = 160  # pixels: two beside each other on a narrow page
_BY: Mapping[By, str] = {"day": "Day", "key": "Key", "model": "Model"}
_FIGURES = {
    "questions": "Questions",
    "searches": "Searches",
    "uploads": "Uploads",
    "prompt_tokens": "Tokens in",
    "completion_tokens": "Tokens out",
    "cached_tokens": "Cached",
    "reasoning_tokens": "Reasoning",
    "estimated_tokens": "Estimated",
    "embedding_tokens": "Embedded",
    "documents": "Documents",
    "chunks": "Chunks",
    "bytes": "Bytes",
    "deleted_documents": "Deleted",
    "request_units": "Request units",
    "read_units": "Read units",
    "price": "Price",
}
_FIRST = "http_requests"


@in_words
def page() -> None:
    """Show the figures of the key's role."""
    known = me()
    st.title("Usage")
    if known.role == "client":
        _own(known.client)
    else:
        _installation(known.client.admin)


def _own(client: Client) -> None:
    view = client.view()
    usage, limits = view.usage, view.limits
    with st.container(horizontal=True):
        _card("Documents", f"{usage.documents:,}")
        _card("Chunks", f"{usage.chunks:,}")
        _card("Originals", size(usage.bytes))
        _card("Open jobs", f"{usage.pending_jobs:,}")
    st.subheader("Limits")
    _share("Documents", usage.documents, limits.max_documents)
    _share("Open jobs", usage.pending_jobs, limits.max_pending_jobs)
    if limits.max_upload_bytes is not None:
        st.caption(f"Largest upload: {size(limits.max_upload_bytes)}")
    st.subheader("Uploads by day")
    _by_day(list(client.jobs()), by_client=False)


def _card(name: str, value: str) -> None:
    st.metric(name, value, border=True, width=_CARD)


def _share(name: str, used: int, limit: int | None) -> None:
    if limit is not None:
        st.progress(min(1.0, used / limit), text=f"{name}: {used:,} of {limit:,}")


def _installation(admin: Admin) -> None:
    jobs = list(admin.jobs())[:JOBS_SHOWN]
    states = Counter(job.status for job in jobs)
    with st.container(horizontal=True):
        for state in ("queued", "running", "succeeded", "failed"):
            _card(f"Jobs {state}", f"{states[state]:,}")
    st.subheader("Uploads by day and client")
    _by_day(jobs, by_client=True)
    _usage_of_a_client(admin)
    st.subheader("Metrics of this process")
    _metrics(admin.metrics())


def _by_day(jobs: Sequence[Job], *, by_client: bool) -> None:
    if not jobs:
        st.info("No uploads yet.", icon=":material/bar_chart:")
        return
    clients = Counter(job.client_id for job in jobs)
    named = {client for client, _ in clients.most_common(MOST_COLOURS)} if by_client else set()
    counts = Counter(
        (job.created_at.astimezone(UTC).date(), _named(job.client_id, named)) for job in jobs
    )
    first = min(day for day, _ in counts)
    _bars(
        [(day, name, counts[day, name]) for day in days(first) for name in {n for _, n in counts}]
    )


def _named(client_id: str, named: Collection[str]) -> str:
    return client_id if client_id in named else "others" if named else ""


def _bars(rows: Sequence[tuple[date, str, int]]) -> None:
    """Draw a bar for each day, in parts by name if there are names."""
    names = {name for _, name, _ in rows}
    day = {"field": "day", "type": "ordinal", "timeUnit": "utcyearmonthdate", "title": None}
    count = {"field": "count", "type": "quantitative", "title": None}
    colour = {"field": "name", "type": "nominal", "title": None}
    st.vega_lite_chart(
        {
            "day": [f"{day:%Y-%m-%d}" for day, _, _ in rows],
            "name": [name for _, name, _ in rows],
            "count": [count for _, _, count in rows],
        },
        {
            "height": 240,
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "x": {**day, "axis": {"format": "%d %b", "labelAngle": 0, "labelOverlap": True}},
                "y": {**count, "axis": {"format": ",d", "tickMinStep": 1}},
                **({"color": {**colour, "legend": LEGEND}} if len(names) > 1 else {}),
            },
        },
    )


def days(first: date) -> list[date]:
    """Return the days from one until today (UTC), two weeks at least."""
    today = datetime.now(UTC).date()
    count = max((today - first).days + 1, FEWEST_DAYS)
    return [today - timedelta(days=ago) for ago in reversed(range(count))]


@in_words
def _usage_of_a_client(admin: Admin) -> None:
    """Show what one client used this month."""
    clients = [each.client_id for each in admin.tenants()]
    if not clients:
        return
    st.subheader("Usage of a client")
    left, right = st.columns(2)
    client_id = left.selectbox("Client", clients, key="usage_client")
    by = right.selectbox("By", list(_BY), format_func=_BY.__getitem__, key="usage_by")
    report = admin.usage(client_id, by=by)
    if not report.items:
        st.info("Nothing was used this month.", icon=":material/bar_chart:")
        return
    _report(report)


def _report(report: UsageReport) -> None:
    total = report.total
    with st.container(horizontal=True):
        _card("Requests", f"{total.questions + total.searches + total.uploads:,}")
        _card("Tokens in", f"{total.prompt_tokens:,}")
        _card("Tokens out", f"{total.completion_tokens:,}")
        if total.price is not None:
            _card("Price", f"{total.price:,.2f} {report.currency or ''}")
    if report.by == "day":
        _bars(
            [
                (date.fromisoformat(_name(line)), name, count)
                for line in report.items
                for name, count in (
                    ("tokens in", line.prompt_tokens),
                    ("tokens out", line.completion_tokens),
                )
            ]
        )
    _lines(report.items, _BY[report.by])


def _lines(lines: Sequence[UsageLine], first: str) -> None:
    figures = {
        label: [getattr(each, name) for each in lines]
        for name, label in _FIGURES.items()
        if any(getattr(each, name) for each in lines)
    }
    st.dataframe({first: [_name(each) or "none" for each in lines], **figures}, hide_index=True)


def _name(line: UsageLine) -> str:
    return line.day or line.key_id or line.model or ""


def _metrics(text: str) -> None:
    families = {
        family.name: family
        for family in text_string_to_metric_families(text)
        if family.name.split("_")[0] not in {"python", "process"} and family.samples
    }
    if not families:
        st.info("No metrics yet.", icon=":material/bar_chart:")
        return
    names = sorted(families)
    name = st.selectbox(
        "Metric",
        names,
        index=names.index(_FIRST) if _FIRST in names else 0,
        key="metric",
    )
    _family(families[name])


def _family(family: Metric) -> None:
    if family.documentation:
        st.caption(plain(family.documentation))
    hidden = ("_bucket", "_created")
    samples = [each for each in family.samples if not each.name.endswith(hidden)]
    labels = sorted({label for each in samples for label in each.labels})
    st.dataframe(
        {
            "series": [each.name for each in samples],
            **{label: [each.labels.get(label, "") for each in samples] for label in labels},
            "value": [each.value for each in samples],
        },
        hide_index=True,
    )
