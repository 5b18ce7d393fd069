"""Bad keys: limited by the address of the client, before a store is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, TypeVar

from ragtenancy.domain.errors import LimitError, UnauthenticatedError
from ragtenancy.domain.rates import TokenBuckets
from ragtenancy.lru_cache import LruCache
from ragtenancy.ports.clock import Clock

MAX_ADDRESSES = 20_000
MAX_GOOD_KEYS = 20_000
MAX_HELD = 256
HELD = timedelta(seconds=1)
IPV6_PREFIX = 64
Principal = TypeVar("Principal")


class BadKeys:
    """Refuses an address that has sent too many bad keys within a minute.

    A key that was good of its kind in this process lately passes, so that a client is not locked
    out by a neighbour of the same address; whether it is still good is for the store to say. A refusal is
    held back for a second, so that a caller who does not wait cannot keep the process busy.
    """

    def __init__(self, clock: Clock, *, per_minute: int, trusted_proxies: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._proxies = trusted_proxies
        self._buckets: TokenBuckets[str] = TokenBuckets(MAX_ADDRESSES)
        self._good: LruCache[bytes, bool] = LruCache(MAX_GOOD_KEYS)
        self._held = 0

    async def checked(
        self,
        request: Mapping[str, Any],
        kind: str,
        key: Callable[[], str],
        authenticate: Callable[[str], Awaitable[Principal]],
    ) -> Principal:
        """Return who the presented key, one of a tenant or an operator by `kind`, belongs to.

        Raises `UnauthenticatedError`, and `LimitError` for an address with too many bad keys.
        """
        try:
            presented = key()
        except UnauthenticatedError:
            await self._require_token(self._address(request))
            raise
        known, address = _digest(kind + presented), self._address(request)
        if known in self._good:
            try:
                return await authenticate(presented)
            except UnauthenticatedError:
                self._good.drop(lambda key: key == known)
                self._buckets.take(address, self._per_minute, self._clock.monotonic())
                raise
        await self._require_token(address)
        try:
            principal = await authenticate(presented)
        except UnauthenticatedError:
            raise
        except BaseException:
            self._give_back(address)  # nothing is known of the key
            raise
        self._give_back(address)
        self._good.get(known, lambda: True)
        return principal

    def _address(self, request: Mapping[str, Any]) -> str:
        peer = (request.get("client") or ("",))[0]
        return client_address(peer, request["headers"], self._proxies)

    async def _require_token(self, address: str) -> None:
        now = self._clock.monotonic()
        if self._buckets.take(address, self._per_minute, now):
            return
        wait = self._buckets.level(address, self._per_minute, now).next_in
        await self._hold_back()
        raise LimitError(
            "This address has sent too many requests without a valid API key.",
            code="too_many_bad_keys",
            retry_after=wait,
            limit=self._per_minute,
        )

    def _give_back(self, address: str) -> None:
        self._buckets.give_back(address, self._per_minute, self._clock.monotonic())

    async def _hold_back(self) -> None:
        if self._held >= MAX_HELD:
            return
        self._held += 1
        try:
            await self._clock.sleep(HELD)
        finally:
            self._held -= 1


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], proxies: int) -> str:
    """Return the address that a client is limited by: of IPv6, its /64 network.

    Behind `proxies` trusted ones, each of which appends the address that it was called from to
    `X-Forwarded-For`, it is the last but so many there; without it, the peer's.
    """
    forwarded = [
        part.strip()
        for name, value in headers
        if proxies and name == b"x-forwarded-for"
        for part in value.decode("latin-1").split(",")
    ]
    claimed = forwarded[-proxies] if proxies and len(forwarded) >= proxies else peer
    try:
        found = ip_address(claimed)
    except ValueError:
        return peer
    if not isinstance(found, IPv6Address):
        return claimed
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, IPV6_PREFIX), strict=False))


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
