"""The metrics of the service: names, meanings, labels and buckets.

Labels hold no text of a client. Their values are bounded: routes, codes, models of the operator's
list; of `client_id`, an adapter keeps a bounded number of values.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
MINUTES = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0)
CLIENT = "client_id"


class Metric(Struct, frozen=True):
    """A metric's name, its meaning in a sentence, and the names of its labels."""

    name: str
    help: str
    labels: Sequence[str] = ()


class Counter(Metric, frozen=True):
    """A sum that only grows; its name ends in `_total`."""


class Gauge(Metric, frozen=True):
    """A value that rises and falls."""


class Histogram(Metric, frozen=True):
    """Observations, counted by the upper bounds of `buckets`."""

    buckets: Sequence[float] = SECONDS


# -- requests
REQUESTS = Counter("http_requests_total", "Requests answered.", ("method", "route", "status"))
REQUEST_SECONDS = Histogram(
    "http_request_seconds", "Time from a request's head to the end of its reply, in seconds.",
    ("method", "route"),
)  # fmt: skip
CLIENT_REQUESTS = Counter(
    "ragtenancy_client_requests_total",
    "Authenticated requests of a client, by class of status (2xx, 4xx, 5xx).",
    (CLIENT, "status"),
)
ADMISSION_SECONDS = Histogram(
    "ragtenancy_admission_seconds",
    "Time that a request which had to wait for its client's turn waited, in seconds.",
)
OPEN_CONNECTIONS = Gauge("http_connections_open", "Connections open now.")
REFUSED_CONNECTIONS = Counter(
    "http_connections_refused_total", "Connections that were closed with an error.", ("code",)
)
ISOLATION_BREACHES = Counter(
    "isolation_breaches_total",
    "Records of another client that a store returned; they were not delivered.",
    ("store",),
)

# -- answers
STEP_SECONDS = Histogram(
    "ragtenancy_step_seconds", "Time of a step of a chat turn or of an ingestion, in seconds.",
    ("step",),
)  # fmt: skip
ANSWERS = Counter(
    "ragtenancy_answers_total",
    "Chat turns by outcome: grounded, ungrounded, refused (nothing found), small_talk.",
    ("outcome", CLIENT),
)
MODEL_SECONDS = Histogram(
    "ragtenancy_model_call_seconds", "Time of a call of a model, in seconds.",
    ("operation", "model"),
)  # fmt: skip
MODEL_ERRORS = Counter(
    "ragtenancy_model_errors_total", "Calls of a model that failed.",
    ("operation", "model", "code"),
)  # fmt: skip
TOKENS = Counter(
    "ragtenancy_tokens_total", "Tokens of language models in turns, as usage counts them.",
    ("direction", "model", CLIENT),
)  # fmt: skip
CACHE_LOOKUPS = Counter(
    "ragtenancy_cache_lookups_total",
    "Lookups of a cache (embedding, description, question), by result (hit, miss).",
    ("cache", "result"),
)

# -- jobs
JOBS = Counter(
    "ragtenancy_jobs_total", "Attempts at ingestion jobs, by the job's status afterwards.",
    ("status",),
)  # fmt: skip
JOB_SECONDS = Histogram(
    "ragtenancy_job_seconds", "Time of an attempt at an ingestion job, in seconds.", (), MINUTES
)
QUEUED_JOBS = Gauge("ragtenancy_jobs_queued", "Jobs that wait, of all clients.")
RUNNING_JOBS = Gauge("ragtenancy_jobs_running", "Jobs that workers hold, in all processes.")
OLDEST_JOB = Gauge(
    "ragtenancy_oldest_job_seconds",
    "Time since the oldest waiting job was submitted, in seconds; 0 if none waits.",
)

# -- webhooks
WEBHOOK_ATTEMPTS = Counter(
    "ragtenancy_webhook_attempts_total",
    "Attempts to send a message to a webhook, by the delivery's status afterwards.",
    ("status",),
)

# -- the cloud's services
COSMOS_REQUESTS = Counter(
    "ragtenancy_cosmos_requests_total", "Requests to Cosmos DB.",
    ("container", "operation", CLIENT),
)  # fmt: skip
COSMOS_UNITS = Counter(
    "ragtenancy_cosmos_request_units_total", "Request units that Cosmos DB charged.",
    ("container", "operation", CLIENT),
)  # fmt: skip
COSMOS_PARTITION_BYTES = Gauge(
    "ragtenancy_cosmos_partition_bytes", "Size of a client's larger partitions, in bytes.",
    ("container", CLIENT),
)  # fmt: skip
COSMOS_THROTTLED = Counter(
    "ragtenancy_cosmos_throttled_total", "Requests that Cosmos DB refused with 429.", ("level",)
)
PINECONE_REQUESTS = Counter(
    "ragtenancy_pinecone_requests_total", "Requests to Pinecone.", ("operation", CLIENT)
)
PINECONE_UNITS = Counter(
    "ragtenancy_pinecone_read_units_total", "Read units that Pinecone reported.",
    ("operation", CLIENT),
)  # fmt: skip

# -- the process
BUILD = Gauge("ragtenancy_build_info", "1, labelled with the versions.", ("version", "python"))

METRICS: Sequence[Metric] = tuple(each for each in globals().values() if isinstance(each, Metric))
