"""What records calls of models in the suites: real metrics, and no traces."""

from __future__ import annotations

from ragtenancy.adapters.measured.models import ModelCalls
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.adapters.system.null_adapters import SilentTracer
from ragtenancy.domain.model_standing import ModelStandings


def model_calls() -> ModelCalls:
    """Return the recorder of a provider's calls."""
    return ModelCalls(PrometheusMetrics(), SilentTracer(), "test", "test", ModelStandings())
