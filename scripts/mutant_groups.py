"""What `make mutants` mutates together, and the fast tests that must notice it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Files of `src/ragtenancy` that are mutated together, and the fast tests of `tests` for them."""

    files: Sequence[str]
    tests: Sequence[str]


GROUPS: Mapping[str, Group] = {
    "keys": Group(
        ["domain/api_keys", "domain/principals", "domain/tenants"],
        [
            "unit/domain/test_api_keys.py",
            "unit/domain/test_tenants.py",
            "unit/domain/test_guards.py",
        ],
    ),
    "requests": Group(
        ["http/auth", "http/cursors", "app/api_keys", "persistence/cursors"],
        [
            "unit/http",
            "unit/persistence/test_cursors.py",
            "http/test_credentials.py",
            "contract/test_api_key_repository.py",
        ],
    ),
    "jobs": Group(
        ["domain/jobs", "domain/queueing", "domain/idempotency"],
        [
            "unit/domain/test_jobs.py",
            "unit/domain/test_queueing.py",
            "unit/domain/test_idempotency.py",
            "contract/test_job_repository.py",
        ],
    ),
    "documents": Group(
        ["domain/documents", "domain/deletions", "domain/conversations", "domain/manifest"],
        [
            "unit/domain/test_documents.py",
            "unit/domain/test_deletions.py",
            "unit/domain/test_conversations.py",
            "unit/domain/test_manifest.py",
        ],
    ),
    "answers": Group(
        [
            "domain/grounding",
            "domain/support",
            "domain/safe_text",
            "domain/code_fences",
            "domain/visible_text",
            "domain/citations",
            "domain/prompting",
        ],
        [
            "unit/domain/test_grounding.py",
            "unit/domain/test_safe_text.py",
            "unit/domain/test_code_fences.py",
            "unit/domain/test_visible_text.py",
            "unit/domain/test_citations.py",
            "unit/domain/test_prompting.py",
        ],
    ),
    "search": Group(
        ["domain/ranking", "domain/relevance", "domain/hits", "domain/query", "domain/chunking"],
        [
            "unit/domain/test_ranking.py",
            "unit/domain/test_relevance.py",
            "unit/domain/test_query.py",
            "unit/domain/test_chunking.py",
            "unit/domain/test_chunks.py",
        ],
    ),
    "webhooks": Group(
        ["domain/webhooks", "domain/webhook_targets"], ["unit/domain/test_webhooks.py"]
    ),
    "fairness": Group(
        [
            "domain/fairness",
            "domain/fair_turns",
            "domain/rates",
            "app/jobs/quota",
            "http/gate",
            "http/bad_keys",
        ],
        [
            "unit/domain/test_fairness.py",
            "unit/domain/test_fair_turns.py",
            "unit/domain/test_rates.py",
            "unit/http/test_bad_keys.py",
            "unit/http/test_route.py",
        ],
    ),
    "tenants": Group(
        [
            "app/tenant_records",
            "app/ingestion/idempotency",
            "app/search/manifests",
            "app/search/query_vectors",
            "adapters/caching/lookups",
        ],
        [
            "unit/app/test_races.py",
            "unit/app/test_query_vectors.py",
            "unit/adapters/caching",
        ],
    ),
    "pinecone": Group(
        [
            "adapters/pinecone/namespaces",
            "adapters/pinecone/records",
            "adapters/pinecone/nearest",
            "adapters/pinecone/vectors",
        ],
        [
            "unit/adapters/pinecone/test_calls.py",
            "unit/adapters/pinecone/test_drops.py",
            "unit/adapters/pinecone/test_foreign.py",
            "unit/adapters/pinecone/test_lag.py",
            "unit/adapters/pinecone/test_questions.py",
            "unit/adapters/pinecone/test_schema.py",
        ],
    ),
    "stores": Group(
        [
            "adapters/memory/client",
            "adapters/memory/documents",
            "adapters/memory/vectors",
            "adapters/sqlite/documents",
            "adapters/sqlite/chunks",
            "adapters/sqlite/jobs",
            "adapters/sqlite/conversations",
            "adapters/sqlite/expiring",
            "adapters/files/blobs",
            "adapters/files/durable",
            "lru_cache",
        ],
        [
            "contract/test_document_repository.py",
            "contract/test_chunk_repository.py",
            "contract/test_job_repository.py",
            "contract/test_conversation_repository.py",
            "contract/test_idempotency_store.py",
            "contract/test_blob_store.py",
            "contract/test_vector_index.py",
            "unit/adapters/files",
            "unit/test_lru_cache.py",
        ],
    ),
}
