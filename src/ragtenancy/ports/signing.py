"""Signatures that a third party can verify."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Signer(Protocol):
    """A private key that never leaves its adapter."""

    @property
    @abstractmethod
    def public_key(self) -> bytes:
        """The public key as PEM (SubjectPublicKeyInfo)."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """The SHA-256 of the public key's DER form, in hex."""

    @abstractmethod
    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""


class SigningKey(Protocol):
    """Where the installation's signing key is kept."""

    @abstractmethod
    async def signer(self) -> Signer | None:
        """Return a signer with the key; None if there is none.

        Raises `ConfigurationError` if the key is damaged, or others may read it.
        """
