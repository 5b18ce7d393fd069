"""The process's counters."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import Dependency

from ragtenancy.http.operations import operator
from ragtenancy.ports.metrics import Metrics

Counters = Annotated[Metrics, Dependency(skip_validation=True)]  # a protocol has no instances
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@get("/metrics", opt=operator(text=True))
async def read_metrics(metrics: Counters) -> Response[bytes]:
    """Read the counters in Prometheus' text format."""
    return Response(metrics.render().encode(), headers={"content-type": MEDIA_TYPE})


HANDLERS = (read_metrics,)
