"""Rates: token buckets, by tenant or by address."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct

Key = TypeVar("Key", bound=Hashable)
MINUTE = 60.0


class Bucket(Struct):
    """The tokens of one key, as of a time in seconds."""

    tokens: float
    at: float


class Level(Struct, frozen=True, kw_only=True):
    """A bucket's state: whole tokens left, seconds until the next one and until all are back."""

    left: int
    next_in: float
    full_in: float


class TokenBuckets(Generic[Key]):
    """A token bucket for each key: it holds a minute's tokens, which come back evenly.

    The `most` most recently used keys are remembered; a forgotten bucket is full again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._buckets: OrderedDict[Key, Bucket] = OrderedDict()

    def take(self, key: Key, per_minute: int, now: float) -> bool:
        """Take a token at a time in seconds; return whether there was one."""
        bucket = self._filled(key, per_minute, now)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def give_back(self, key: Key, per_minute: int, now: float) -> None:
        """Return a token that was taken in vain."""
        bucket = self._filled(key, per_minute, now)
        bucket.tokens = min(bucket.tokens + 1, per_minute)

    def level(self, key: Key, per_minute: int, now: float) -> Level:
        """Return the state of a key's bucket."""
        tokens = self._filled(key, per_minute, now).tokens
        rate = per_minute / MINUTE
        return Level(
            left=int(tokens),
            next_in=max(0.0, 1 - tokens) / rate,
            full_in=(per_minute - tokens) / rate,
        )

    def __len__(self) -> int:
        return len(self._buckets)

    def _filled(self, key: Key, per_minute: int, now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(float(per_minute), now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        gained = (now - bucket.at) * per_minute / MINUTE
        bucket.tokens, bucket.at = min(bucket.tokens + max(gained, 0.0), per_minute), now
        return bucket
