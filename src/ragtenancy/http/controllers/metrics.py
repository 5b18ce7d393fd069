"""The process's counters."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Response, get
from litestar.di import NamedDependency

from ragtenancy.http.operations import operator

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@get("/metrics", opt=operator(text=True))
async def read_metrics(render_metrics: NamedDependency[Callable[[], str]]) -> Response[bytes]:
    """Read the counters in Prometheus' text format."""
    return Response(render_metrics().encode(), headers={"content-type": MEDIA_TYPE})


HANDLERS = (read_metrics,)
