"""The header fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from ragtenancy.app.request_limits import RequestUse

POLICY = b"ratelimit-policy"
LIMIT = b"ratelimit"


def rate_limit_fields(use: RequestUse) -> Sequence[tuple[bytes, bytes]]:
    """Return the fields for a limited tenant, none for another."""
    policies, states = [], []
    if use.rate is not None:
        policies.append(f'"requests_per_minute";q={use.limits.requests_per_minute};w=60')
        states.append(f'"requests_per_minute";r={use.rate.left};t={ceil(use.rate.full_in)}')
    if use.more_at_once is not None:
        most = use.limits.max_concurrent_requests
        policies.append(f'"max_concurrent_requests";q={most};qu="concurrent-requests"')
        states.append(f'"max_concurrent_requests";r={use.more_at_once}')
    if not policies:
        return ()
    return ((POLICY, ", ".join(policies).encode()), (LIMIT, ", ".join(states).encode()))
