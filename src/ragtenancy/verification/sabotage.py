"""The known seams of isolation; the verification must notice when any of them is broken."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, structs

from ragtenancy.domain.api_keys import ALL_SCOPES
from ragtenancy.verification.seams import (
    Break,
    any_store_by_name,
    anyone_operates,
    as_admitted,
    deletion_lies,
    deletion_stops_early,
    first_caller_for_all,
    foreign_is_told,
    foreign_takes_longer,
    forgetting,
    health_tells,
    jobs_in_the_last_scope,
    named,
    operators_are_tenants,
    pooling,
    questions_are_logged,
    revoked_keys_work,
    scores_of_all,
    streams_mix,
    suspended,
    without_tenant,
)


class Sabotage(Struct, frozen=True):
    """A seam and how to break it; `title` says what is wrong then."""

    name: str
    title: str
    apply: Break


SABOTAGES: Sequence[Sabotage] = (
    Sabotage("documents.get", "a document is read without its tenant", forgetting("documents", "get")),
    Sabotage("documents.find", "equal uploads of two tenants are one", forgetting("documents", "find")),
    Sabotage("documents.page", "the list of documents is everybody's", pooling("documents", "page")),
    Sabotage("chunks.get", "a chunk is read without its tenant", forgetting("chunks", "get")),
    Sabotage("chunks.revisions", "revisions are listed without their tenant", pooling("chunks", "revisions")),
    Sabotage("conversations.get", "a session is read without its tenant", forgetting("conversations", "get")),
    Sabotage("conversations.turns", "a session's turns are read without its tenant", forgetting("conversations", "turns")),
    Sabotage("conversations.page", "the list of sessions is everybody's", pooling("conversations", "page")),
    Sabotage("conversations.rated", "the list of feedback is everybody's", pooling("conversations", "rated")),
    Sabotage("conversations.rate", "feedback reaches a foreign turn", forgetting("conversations", "rate")),
    Sabotage("jobs.get", "a job is read without its tenant", forgetting("jobs", "get")),
    Sabotage("jobs.page", "the list of jobs is everybody's", pooling("jobs", "page")),
    Sabotage("api_keys.get", "a key's record is read without its tenant", forgetting("api_keys", "get")),
    Sabotage("webhooks.every", "the list of webhooks is everybody's", pooling("webhooks", "every")),
    Sabotage("blobs.names", "originals are listed without their tenant", pooling("blobs", "names")),
    Sabotage("vectors.count", "vectors are counted without their namespace", forgetting("vectors", "count")),
    Sabotage("vectors.revisions", "vectors are listed without their namespace", pooling("vectors", "revisions")),
    Sabotage("vectors.scores", "statistics of all tenants are in the scores", scores_of_all),
    Sabotage("manifests", "the manifest is cached without its tenant", without_tenant(lambda c: c.manifests(), "read")),
    Sabotage("search", "a search is cached without its tenant", without_tenant(lambda c: c.search(), "search")),
    Sabotage("configs", "a configuration is cached without its tenant", without_tenant(lambda c: c.configs(), "effective")),
    Sabotage("derived_cache", "what was computed is cached without its tenant", without_tenant(lambda c: c.derived_cache(), "get", "put")),
    Sabotage("session_locks", "a session is locked without its tenant", without_tenant(lambda c: c.stores().session_locks, "acquire")),
    Sabotage("idempotency", "an Idempotency-Key is looked up without its tenant", without_tenant(lambda c: c.stores().idempotency, "claim", "settle")),
    Sabotage("vector_stores", "a vector store is searched by its name", any_store_by_name),
    Sabotage("principals", "who calls is cached without the key", first_caller_for_all()),
    Sabotage("revocation", "a revoked key works", revoked_keys_work),
    Sabotage("operators", "a client's key works for the operator's routes", anyone_operates),
    Sabotage("tenants", "the operator's key works for a client's routes", operators_are_tenants),
    Sabotage("scopes", "a key's scopes are ignored", as_admitted(lambda p: structs.replace(p, scopes=ALL_SCOPES))),
    Sabotage("refusal.status", "a foreign document is forbidden, not absent", foreign_is_told(suspended)),
    Sabotage("refusal.words", "a refusal names a foreign file", foreign_is_told(named)),
    Sabotage("refusal.time", "a foreign id takes 50 ms longer", foreign_takes_longer),
    Sabotage("jobs.context", "a job runs in the scope of the one before", jobs_in_the_last_scope),
    Sabotage("streams", "a turn is answered in the scope of another", streams_mix),
    Sabotage("log", "questions are logged", questions_are_logged),
    Sabotage("health", "the health page names clients", health_tells),
    Sabotage("deletion", "a deletion leaves a store out", deletion_stops_early),
    Sabotage("deletion.heir", "a client's successor inherits its place", deletion_lies),
)  # fmt: skip
"""Every seam that is known; the verification must notice each."""
