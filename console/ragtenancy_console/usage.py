"""Usage: a client's figures beside its limits; the installation's jobs and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from ragtenancy.client import Admin, Client
from ragtenancy.wire.documents import Job
from ragtenancy_console.access import in_words, me
from ragtenancy_console.wording import plain, size

JOBS_SHOWN = 2_000
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
        st.metric("Documents", f"{usage.documents:,}", border=True)
        st.metric("Chunks", f"{usage.chunks:,}", border=True)
        st.metric("Originals", size(usage.bytes), border=True)
        st.metric("Open jobs", f"{usage.pending_jobs:,}", border=True)
    st.subheader("Limits")
    _share("Documents", usage.documents, limits.max_documents)
    _share("Open jobs", usage.pending_jobs, limits.max_pending_jobs)
    if limits.max_upload_bytes is not None:
        st.caption(f"Largest upload: {size(limits.max_upload_bytes)}")
    st.subheader("Uploads by day")
    _by_day(list(client.jobs()), by_client=False)


def _share(name: str, used: int, limit: int | None) -> None:
    if limit is not None:
        st.progress(min(1.0, used / limit), text=f"{name}: {used:,} of {limit:,}")


def _installation(admin: Admin) -> None:
    jobs = list(admin.jobs())[:JOBS_SHOWN]
    states = Counter(job.status for job in jobs)
    with st.container(horizontal=True):
        for state in ("queued", "running", "succeeded", "failed"):
            st.metric(f"Jobs {state}", f"{states[state]:,}", border=True)
    st.subheader("Uploads by day and client")
    _by_day(jobs, by_client=True)
    st.subheader("Metrics of this process")
    _metrics(admin.metrics())


def _by_day(jobs: Sequence[Job], *, by_client: bool) -> None:
    if not jobs:
        st.info("No uploads yet.", icon=":material/bar_chart:")
        return
    counts = Counter((f"{job.created_at:%Y-%m-%d}", job.client_id) for job in jobs)
    st.bar_chart(
        {
            "day": [day for day, _ in counts],
            "client": [client for _, client in counts],
            "uploads": list(counts.values()),
        },
        x="day",
        y="uploads",
        color="client" if by_client else None,
        height=240,
    )


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
