"""Signing keys for tests."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ragtenancy.adapters.ed25519.signing import Ed25519Signer
from ragtenancy.ports.signing import Signer, SigningKey


class ScriptedSigningKey(SigningKey):
    """A new Ed25519 key; `lost` takes it away."""

    def __init__(self) -> None:
        self.lost = False
        self.key = Ed25519Signer(Ed25519PrivateKey.generate())

    async def signer(self) -> Signer | None:
        return None if self.lost else self.key
