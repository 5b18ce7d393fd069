"""One example per body, by the name of its Struct."""

from __future__ import annotations

from collections.abc import Mapping

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
_COUNTS = {"total_chunks": 350, "images_processed": 15}
_WEBHOOK = {
    "webhook_id": "wh_x4m7",
    "url": "https://example.com/hooks/ragtenancy",
    "events": ["document.ready", "document.failed"],
    "enabled": True,
    "created_at": _AT,
}

EXAMPLES: Mapping[str, object] = {
    "Problem": {
        "type": "urn:ragtenancy:malformed",
        "title": "Malformed",
        "status": 400,
        "detail": "`message` must be a string.",
        "code": "malformed",
        "request_id": "req_x4m7",
        "field": "$.message",
    },
    "ChatRequest": {
        "message": "How do I create a report?",
        "session_id": "user123_session_001",
    },
    "ChatReply": {
        "answer": "Open **Reports** and press *New* [1].",
        "sources": [_SOURCE],
        "citations": [
            {
                "index": 1,
                "marker": [33, 36],
                "quote": "Open Reports and press New.",
                "range": [4180, 4207],
            }
        ],
        "session_id": "user123_session_001",
        "turn_id": "turn_k3v8",
        "client_id": "circular_ai",
        "grounded": True,
        "truncated": False,
        "unsupported": [],
        "missing_identifiers": [],
        "degraded": [],
        "usage": {"prompt_tokens": 812, "completion_tokens": 64},
        "config_version": 3,
        "request_id": "req_x4m7",
    },
    "NewFeedback": {
        "rating": "down",
        "comment": "The answer is about last year's prices.",
        "right_document_id": "doc_x4m7",
    },
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
    "NewKey": {"label": "website", "scopes": ["chat"]},
    "DeletionStarted": {"deletion_id": "del_x4m7"},
    "Health": {"status": "healthy", "services": {"sqlite": "connected"}},
    "State": {"status": "ready"},
}
